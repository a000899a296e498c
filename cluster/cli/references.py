"""Pictures that ``generate`` takes along: files are uploaded first, and what the poster shows is saved beside it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from cluster.client import Client
from storage.documents.upload import OBJECTS_PATH
from storage.errors import ValidationError

PICTURES = "pictures"
Given = str | tuple[str, bytes]


def read_references(references: Sequence[str]) -> list[Given]:
    """Addresses as they are, files as (name, bytes). Raises ValidationError for a file that cannot be read."""
    found: list[Given] = []
    for reference in references:
        if "://" in reference:
            if not reference.lower().startswith("https://"):
                raise ValidationError(f"reference {reference!r} must be a file or an https:// address.")
            found.append(reference)
            continue
        try:
            found.append((Path(reference).name, Path(reference).read_bytes()))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a file name"
            raise ValidationError(f"reference {reference!r} cannot be read: {reason}.") from None
    return found


def uploaded(client: Client, references: Sequence[Given]) -> list[str]:
    """The references as a task takes them."""
    return [given if isinstance(given, str) else client.upload_image(given[1], given[0]) for given in references]


def save_pictures(client: Client, folder: Path) -> None:
    """Save what poster.json shows beside it and name it there by its file, so that ``render`` finds it."""
    file = folder / "poster.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    names: dict[str, str] = {}
    for holder in _picture_holders(document):
        url = str(holder["image_url"])
        if OBJECTS_PATH not in url:
            continue
        if url not in names:
            name = PurePosixPath(url).name
            while f"{PICTURES}/{name}" in names.values():
                name = f"{len(names)}-{name}"
            names[url] = f"{PICTURES}/{name}"
            (folder / PICTURES).mkdir(exist_ok=True)
            (folder / names[url]).write_bytes(client.get_object(url))
        holder["image_url"] = names[url]
    if names:
        file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _picture_holders(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object of a poster.json that names a picture."""
    for elements in document["elements"].values():
        for element in elements:
            image = (element["style"].get("fill") or {}).get("image")
            for holder in (element["content"], image):
                if holder and holder.get("image_url"):
                    yield holder
