"""Rows to document types and back."""

import json
from typing import Any

from storage.database.client_tables import TaskExtraRow
from storage.database.tables import ElementRow, LayerRow, PosterRow, TaskEventRow, TaskRow
from storage.documents.element import Element, Layer
from storage.documents.poster import Poster
from storage.documents.progress import TaskEvent
from storage.documents.task import Task


def dump(document: Any) -> dict[str, Any]:
    """A document's JSON without the fields that are absent."""
    fields: dict[str, Any] = document.model_dump(mode="json", exclude_none=True)
    return fields


def to_json(value: Any) -> str:
    """JSON as it is stored: readable Chinese, no spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def task_of(row: TaskRow, extra: TaskExtraRow | None) -> Task:
    """The task of a row, with what its side row says."""
    beyond = {} if extra is None else extra.model_dump(include={"executor", "retry_of", "group_id", "lane"})
    return Task.model_validate({**row.model_dump(), **beyond})


def event_of(row: TaskEventRow) -> TaskEvent:
    """The event of a row."""
    return TaskEvent.model_validate(row.model_dump(exclude={"id", "task_id"}))


def poster_of(row: PosterRow, quality: dict[str, Any] | None) -> Poster:
    """The poster of a row, with the verdict of its current version as ``metadata.quality``."""
    fields = row.model_dump(exclude={"metadata_"})
    metadata = dict(row.metadata_ or {})
    if quality is not None:
        metadata["quality"] = quality
    return Poster.model_validate({**_present(fields), "metadata": metadata})


def layer_of(row: LayerRow, order: int) -> Layer:
    """The layer of a row, at its place in the poster."""
    return Layer.model_validate({**_present(row.model_dump(exclude={"user_id"})), "order": order})


def element_of(row: ElementRow) -> Element:
    """The element of a row."""
    return Element.model_validate(_present(row.model_dump(exclude={"position"})))


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
