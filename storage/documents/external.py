"""What an executor outside the cluster hands in (seed 4.1-4.3, 5.1)."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from storage.documents.base import Document
from storage.documents.element import ElementSpec
from storage.documents.ids import Id
from storage.documents.poster import WITHIN_BUDGET, PosterMetadata, Side, check_budget

# Addresses are columns of 500 characters; empty means none.
FileUrl = Annotated[str, StringConstraints(max_length=500)]


def _all_different(ids: list[str]) -> list[str]:
    if len(set(ids)) < len(ids):
        raise ValueError("names a layer twice")
    return ids


LayerIds = Annotated[
    list[Id], Field(max_length=500, json_schema_extra={"uniqueItems": True}), AfterValidator(_all_different)
]


class NewPoster(Document):
    """Body of ``POST /api/v1/posters``; user, title and description are the task's when left out."""

    model_config = ConfigDict(json_schema_extra=WITHIN_BUDGET)

    task_id: Id
    width: Side
    height: Side
    background: Annotated[str, StringConstraints(max_length=500)] = ""
    preview_url: FileUrl = ""
    source_url: FileUrl = ""
    metadata: PosterMetadata = PosterMetadata()
    user_id: Id | None = None
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    description: Annotated[str, StringConstraints(max_length=4000)] = ""
    layers: LayerIds = []

    @model_validator(mode="after")
    def _within_budget(self) -> "NewPoster":
        check_budget(self.width, self.height)
        return self


class NewElement(ElementSpec):
    """An element and the layer it goes on top of; the layer is made at its first use."""

    layer_id: Id


class NewElements(Document):
    """Body of ``POST /api/v1/elements/batch``; with ``poster_id`` the layers join that poster at once."""

    elements: Annotated[list[NewElement], Field(max_length=1000)]
    poster_id: Id | None = None


class TaskCompletion(Document):
    """Body of ``POST /api/v1/tasks/{id}/complete``; ``layers`` bottom to top."""

    poster_id: Id
    preview: FileUrl = ""
    layers: LayerIds = []
