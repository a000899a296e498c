"""Elements and layers of a poster (seed 3.3)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from storage.documents.base import Coordinate, Document, Extent, JsonObject, Timestamp, Unit, schema_says
from storage.documents.grammar import PATH_DATA
from storage.documents.ids import Id
from storage.documents.style import BlendMode, ElementStyle, Url

ElementType = Literal["text", "image", "shape", "group"]
LayerType = Annotated[str, StringConstraints(min_length=1, max_length=50)]
PathData = Annotated[str, StringConstraints(max_length=400_000), schema_says(pattern=PATH_DATA)]
ShapeType = Literal["rect", "rounded_rect", "ellipse", "circle", "line", "polygon", "path"]


class Transform(Document):
    """Place: ``x, y`` is the top-left corner in poster pixels before rotation about the centre.

    ``rotation`` clockwise degrees; scale and skew also act about the centre. Absent numbers are the identity.
    """

    x: Coordinate = 0
    y: Coordinate = 0
    width: Extent = 0
    height: Extent = 0
    rotation: Annotated[float, Field(ge=-3600, le=3600)] = 0
    scale_x: Annotated[float, Field(ge=-100, le=100)] = 1
    scale_y: Annotated[float, Field(ge=-100, le=100)] = 1
    skew_x: Annotated[float, Field(ge=-89, le=89)] = 0
    skew_y: Annotated[float, Field(ge=-89, le=89)] = 0


class ElementContent(Document):
    """What an element shows.

    ``shape_path`` is SVG path data in the element's own pixels, (0, 0) at its top-left corner; it wins over the
    outline that ``shape_type`` alone gives. ``radius`` is a rounded_rect's corner. Ours beyond the seed: ``name``
    (the layer's name in a PSD), ``role`` (title, key_fact, hero, grain ...), ``seed`` of a painted picture.
    """

    text: Annotated[str, StringConstraints(max_length=4000)] | None = None
    image_url: Url | None = None
    shape_type: ShapeType | None = None
    shape_path: PathData | None = None
    radius: Annotated[float, Field(ge=0, le=10_000)] | None = None
    children: Annotated[list[Id], Field(max_length=500)] | None = None
    name: Annotated[str, StringConstraints(max_length=100)] | None = None
    role: Annotated[str, StringConstraints(max_length=50)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None


class ElementSpec(Document):
    """An element before it has an id: what layout, painters and clients hand in."""

    type: ElementType
    transform: Transform = Transform()
    style: ElementStyle = ElementStyle()
    content: ElementContent = ElementContent()
    locked: bool = False
    visible: bool = True
    selectable: bool = True


class Element(ElementSpec):
    """A stored element."""

    id: Id
    layer_id: Id
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    version: int = 1


class Layer(Document):
    """A stored layer: a stack of elements drawn together."""

    id: Id
    name: Annotated[str, StringConstraints(max_length=100)] = ""
    type: LayerType = "content"
    order: int = 0
    opacity: Unit = 1.0
    blend_mode: BlendMode = "normal"
    locked: bool = False
    visible: bool = True
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class LayerSpec(Document):
    """A layer before it has an id: its role names it within the poster."""

    role: str
    name: str
    type: LayerType = "content"
    elements: list[ElementSpec] = []
    opacity: Unit = 1.0
    blend_mode: BlendMode = "normal"


class ElementUpdate(Document):
    """Body of ``PUT /api/v1/elements/{id}``: each object given replaces the stored one, whole."""

    transform: Transform | None = None
    style: ElementStyle | None = None
    content: ElementContent | None = None
    locked: bool | None = None
    visible: bool | None = None
    selectable: bool | None = None


__all__ = ["Element", "ElementContent", "ElementSpec", "ElementType", "ElementUpdate", "JsonObject", "Layer",
           "LayerSpec", "Transform"]  # fmt: skip
