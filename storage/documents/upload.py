"""Uploaded files, and addresses of stored objects."""

from typing import Annotated

from pydantic import Field

from storage.documents.base import Document
from storage.documents.ids import Id

OBJECTS_PATH = "/api/v1/objects/"
UPLOADS = "uploads/"  # what keys of uploads begin with


class Upload(Document):
    """An object that a user sent; ``key`` is its name in the object store."""

    key: Annotated[str, Field(min_length=1, max_length=100)]
    user_id: Id
    content_type: str
    size: int


def is_foreign(url: str) -> bool:
    """Whether an address leads out of this service: ours are stored as keys or paths."""
    return "://" in url
