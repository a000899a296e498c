"""Small documents, and pictures of pixels as text."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.rendering.canvas import render
from storage.documents.element import Element, ElementContent, ElementSpec, LayerSpec, Transform
from storage.documents.poster import PosterDocument, assemble
from storage.documents.style import ElementStyle, TextStyle, solid

COLORS = {
    "_": (255, 255, 255, 255),
    "R": (255, 0, 0, 255),
    "G": (0, 255, 0, 255),
    "B": (0, 0, 255, 255),
    "K": (0, 0, 0, 255),
    "Y": (255, 255, 0, 255),
    "r": (255, 128, 128, 255),
}


def no_pictures(url: str) -> bytes:
    raise LookupError(url)


def shape(x: float, y: float, width: float, height: float, color: str | None = "#f00", **fields: Any) -> ElementSpec:
    place = {key: fields.pop(key) for key in list(fields) if key in Transform.model_fields}
    content = {key: fields.pop(key) for key in list(fields) if key in ElementContent.model_fields}
    visible = fields.pop("visible", True)
    fill = fields.pop("fill", solid(color) if color else None)
    return ElementSpec(
        type="shape", transform=Transform(x=x, y=y, width=width, height=height, **place),
        content=ElementContent(**content), style=ElementStyle(fill=fill, **fields), visible=visible,
    )  # fmt: skip


def text(content: str, x: float, y: float, width: float = 0, color: str | None = "#000", **fields: Any) -> ElementSpec:
    place = {key: fields.pop(key) for key in list(fields) if key in Transform.model_fields}
    look = {key: fields.pop(key) for key in list(fields) if key in ElementStyle.model_fields}
    return ElementSpec(
        type="text", transform=Transform(x=x, y=y, width=width, **place), content=ElementContent(text=content),
        style=ElementStyle(fill=solid(color) if color else None, text_style=TextStyle(**fields), **look),
    )  # fmt: skip


def poster(*elements: ElementSpec, width: int = 64, height: int = 64, **layer: Any) -> PosterDocument:
    return assemble(
        "task_1", "user", width, height, [LayerSpec(role="all", name="All", elements=list(elements), **layer)]
    )


def drawn(*elements: ElementSpec, width: int = 64, height: int = 64, **layer: Any) -> NDArray[np.uint8]:
    return render(poster(*elements, width=width, height=height, **layer), no_pictures)


def ids(document: PosterDocument) -> list[str]:
    return [element.id for element in document.walk()]


def grouped(document: PosterDocument, children: list[int], group: Element) -> PosterDocument:
    """The document with a group of these elements (by index) added on top of its layer."""
    names = ids(document)
    group = group.model_copy(update={"content": ElementContent(children=[names[index] for index in children])})
    layer = document.layers[0].id
    return document.model_copy(update={"elements": {layer: [*document.elements[layer], group]}})


def assert_pixels(actual: NDArray[np.uint8], picture: str, tolerance: int = 1) -> None:
    """Compare the poster's top-left corner with a picture of letters; the rest must be white."""
    rows = [row.strip() for row in picture.strip().splitlines()]
    height, width = len(rows), len(rows[0])
    wanted = np.array([[COLORS[letter] for letter in row] for row in rows], dtype=int)
    difference = np.abs(actual[:height, :width].astype(int) - wanted).max(axis=-1)
    seen = "\n".join("".join(nearest(pixel) for pixel in row) for row in actual[:height, :width])
    assert difference.max() <= tolerance, f"drawn:\n{seen}"
    assert (actual[height:] == 255).all()
    assert (actual[:, width:] == 255).all()


def nearest(pixel: NDArray[np.uint8]) -> str:
    letter, color = min(COLORS.items(), key=lambda item: int(np.abs(np.array(item[1]) - pixel.astype(int)).sum()))
    return letter if np.abs(np.array(color) - pixel.astype(int)).max() <= 1 else "?"
