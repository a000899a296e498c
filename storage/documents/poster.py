"""Posters (seed 3.2) and the whole document that a renderer draws."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from storage.documents.base import ColorString, Document, JsonObject, Timestamp, one_of
from storage.documents.element import Element, Layer, LayerSpec
from storage.documents.ids import Id, element_id_of, layer_id_of, poster_id_of
from storage.documents.style import Url

Side = Annotated[int, Field(ge=64, le=8192)]
MAX_PIXELS = 40_000_000
# A schema cannot multiply: three boxes of sides whose product is always within the budget.
WITHIN_BUDGET: JsonObject = one_of(
    *(
        {"width": {"maximum": width}, "height": {"maximum": height}}
        for width, height in ((8192, 4882), (6324, 6324), (4882, 8192))
    ),
    required=([], [], []),
)


def check_budget(width: int, height: int) -> None:
    """Raises ValueError for a page of more than 40 megapixels."""
    if width * height > MAX_PIXELS:
        raise ValueError("is more than 40 megapixels; ask for a smaller width or height")


class PosterMetadata(Document):
    """Facts about a poster; open, because executors add their own."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    style: str = ""
    color_scheme: list[ColorString] = []
    fonts: list[str] = []
    tags: list[str] = []
    ai_params: JsonObject = {}


class Poster(Document):
    """A stored poster. ``background`` is a CSS colour or gradient, kept as text."""

    id: Id
    task_id: Id
    user_id: Id
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    description: Annotated[str, StringConstraints(max_length=4000)] = ""
    width: Side
    height: Side
    background: Annotated[str, StringConstraints(max_length=500)] = ""
    preview_url: Url | None = None
    source_url: Url | None = None
    metadata: PosterMetadata = PosterMetadata()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    version: int = 1


class PosterDocument(Document):
    """``/full`` and poster.json: ``{poster, layers: [in order], elements: {layer_id: [in order]}}``."""

    poster: Poster
    layers: list[Layer] = []
    elements: dict[Id, list[Element]] = {}

    def element(self, element_id: str) -> Element:
        """The element with this id. Raises KeyError."""
        for element in self.walk():
            if element.id == element_id:
                return element
        raise KeyError(element_id)

    def walk(self) -> list[Element]:
        """All elements, bottom to top."""
        return [element for layer in self.layers for element in self.elements.get(layer.id, [])]


class PosterFiles(Document):
    """Object keys of the files of one version of a poster."""

    version: int
    png: str
    jpg: str
    psd: str


def assemble(
    task_id: str, user_id: str, width: int, height: int, layers: list[LayerSpec], **poster_fields: Any
) -> PosterDocument:
    """A document from layer specs, with every id derived from the task id."""
    poster = Poster(
        id=poster_id_of(task_id), task_id=task_id, user_id=user_id, width=width, height=height, **poster_fields
    )
    document = PosterDocument(poster=poster)
    for order, spec in enumerate(layers):
        layer_id = layer_id_of(task_id, spec.role)
        document.layers.append(
            Layer(id=layer_id, name=spec.name, type=spec.type, order=order, opacity=spec.opacity,
                  blend_mode=spec.blend_mode)
        )  # fmt: skip
        document.elements[layer_id] = [
            Element(id=element_id_of(task_id, spec.role, index), layer_id=layer_id, **dict(element))
            for index, element in enumerate(spec.elements)
        ]
    return document
