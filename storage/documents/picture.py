"""Pictures that a task brings along: which files are taken, and how they are named."""

from typing import Annotated

from pydantic import Field

from storage.documents.style import Url

PICTURE_TYPES = frozenset({"image/png", "image/jpeg", "image/webp"})
MAX_PIXELS = 50_000_000
# The schema names the form that needs nothing done before; the endpoint also takes what an upload answers with.
PictureAddress = Annotated[
    Url,
    Field(
        description="A picture that leads the colours and becomes part of the poster: the url or key of your upload "
        "(PNG, JPEG or WebP), or an https address, which is fetched when the poster is made.",
        examples=["https://example.com/pictures/tea-house.jpg"],
        json_schema_extra={"pattern": r"^https://([a-z0-9]+\.)+[a-z]{2,12}(/[!-~]*)?$"},
    ),
]
