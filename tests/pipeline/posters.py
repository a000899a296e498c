"""Small posters for the export and quality tests."""

from typing import Any

from storage.documents.element import ElementContent, ElementSpec, LayerSpec, Transform
from storage.documents.poster import PosterDocument, assemble
from storage.documents.style import ElementStyle, Fill, Pattern, TextStyle, linear, solid

TRANSFORM = ("rotation", "scale_x", "scale_y", "skew_x", "skew_y")
LOOK = ("opacity", "blend_mode", "stroke", "shadow", "filters")


def _pick(given: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given.pop(name) for name in names if name in given}


def shape(
    x: float, y: float, width: float, height: float, fill: str | Fill = "#e05030", *, name: str | None = None,
    kind: Any = "rect", visible: bool = True, role: str | None = None, **given: Any,
) -> ElementSpec:  # fmt: skip
    transform = Transform(x=x, y=y, width=width, height=height, **_pick(given, TRANSFORM))
    paint = solid(fill) if isinstance(fill, str) else fill
    style = ElementStyle(fill=paint, **_pick(given, LOOK))
    content = ElementContent(shape_type=kind, name=name, role=role, **given)
    return ElementSpec(type="shape", transform=transform, style=style, content=content, visible=visible)


def text(
    words: str, x: float, y: float, size: float = 30, color: str = "#ffffff", *, width: float = 0,
    visible: bool = True, role: str | None = None, name: str | None = None, **given: Any,
) -> ElementSpec:  # fmt: skip
    transform = Transform(x=x, y=y, width=width, **_pick(given, TRANSFORM))
    look = _pick(given, LOOK)
    style = ElementStyle(fill=solid(color), text_style=TextStyle(font_size=size, **given), **look)
    content = ElementContent(text=words, role=role, name=name)
    return ElementSpec(type="text", transform=transform, style=style, content=content, visible=visible)


def grain(width: float, height: float, amount: float = 0.1) -> ElementSpec:
    pattern = Fill(type="pattern", pattern=Pattern(type="noise", seed=7))
    return shape(0, 0, width, height, pattern, opacity=amount, blend_mode="soft_light", name="Grain", role="grain")


def page(width: float, height: float) -> ElementSpec:
    return shape(0, 0, width, height, linear(["#16366a", "#20504a"]), name="Page colour")


def poster(layers: dict[str, list[ElementSpec]], width: int = 540, height: int = 960, **fields: Any) -> PosterDocument:
    specs = [LayerSpec(role=role, name=role, elements=elements) for role, elements in layers.items()]
    return assemble("task_test", "user", width, height, specs, background="#ffffff", **fields)


def no_images(url: str) -> bytes:
    raise LookupError(url)
