"""Types of what the methods take and give that are no documents of the service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypedDict, TypeVar

ItemT = TypeVar("ItemT")
ExportFormat = Literal["png", "jpg", "psd", "json"]


class SizeOption(TypedDict):
    """Pixels."""

    width: int
    height: int


class TaskOptions(TypedDict, total=False):
    """What ``POST /api/v1/tasks`` takes beside the prompt."""

    user_id: str
    style: str
    size: SizeOption
    elements: Sequence[Mapping[str, Any]]
    color_scheme: Sequence[str]
    reference: Sequence[str]
    priority: int
    seed: int
    executor: Literal["cluster", "external"]
    lane: Literal["interactive", "bulk"]


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """Items, newest first. ``next`` is the cursor of the next page, None on the last."""

    items: list[ItemT]
    next: str | None
