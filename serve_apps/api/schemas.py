"""Envelopes and views of the wire, typed so that the OpenAPI document is exact."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from serve_apps.api.partial import partial
from storage.database.paging import cursor_pattern
from storage.documents.base import JsonObject, Timestamp, one_of
from storage.documents.element import ElementUpdate
from storage.documents.ids import Id
from storage.documents.progress import TaskProgress
from storage.documents.task import (
    ESTIMATED_SECONDS,
    ESTIMATED_SECONDS_P90,
    QUEUE_POSITION,
    WAITS_FOR,
    Task,
    TaskError,
    TaskExecutor,
    TaskLane,
    TaskResult,
    TaskStatus,
    WaitReason,
)

DataT = TypeVar("DataT")
TaskId = Annotated[Id, Path(description="A task's id.", examples=["task_a1b2c3d4e5f6"])]
PosterId = Annotated[Id, Path(description="A poster's id.", examples=["poster_xyz789"])]
ElementId = Annotated[Id, Path(description="An element's id.", examples=["elem_title_001"])]
Limit = Annotated[int, Query(ge=1, le=100, description="How many items a page has.")]
TaskCursor = Annotated[
    str | None,
    Query(description="`next` of the page before.", json_schema_extra={"pattern": cursor_pattern("task")}),
]
PosterCursor = Annotated[
    str | None,
    Query(description="`next` of the page before.", json_schema_extra={"pattern": cursor_pattern("poster")}),
]


class Success(BaseModel, Generic[DataT]):
    """``{"code": 0, "data": ...}``."""

    code: Literal[0] = 0
    data: DataT


class Done(BaseModel):
    """``{"code": 0, "message": ...}``."""

    code: Literal[0] = 0
    message: str = Field(examples=["progress updated"])


class StoredFile(BaseModel):
    """An upload. ``url`` gives it back; ``key`` is its name among the objects."""

    url: str
    key: str
    content_type: str
    size: int = Field(description="Bytes.")


class Listing(BaseModel, Generic[DataT]):
    """A page, newest first. ``next`` is the cursor of the next page, null on the last."""

    items: list[DataT]
    next: str | None


class ErrorBody(BaseModel):
    """Every error of every endpoint."""

    code: str = Field(description="A stable code for programs.", examples=["TASK_NOT_FOUND"])
    error: str = Field(description="A sentence for people.", examples=["There is no task with this id."])
    details: JsonObject = Field(description="`fields`: [{field, problem}] when the input is invalid.")
    request_id: str = Field(description="Also in the X-Request-ID header and in our logs.")


class TaskState(BaseModel):
    """A task without what was asked for."""

    id: Id
    status: TaskStatus
    progress: TaskProgress
    result: TaskResult | None
    error: TaskError | None
    created_at: Timestamp
    started_at: Timestamp | None
    completed_at: Timestamp | None
    updated_at: Timestamp | None
    executor: TaskExecutor
    retry_of: Id | None
    lane: TaskLane
    queue_position: int | None = Field(description=QUEUE_POSITION)
    estimated_seconds: int | None = Field(description=ESTIMATED_SECONDS)
    estimated_seconds_p90: int | None = Field(description=ESTIMATED_SECONDS_P90)
    waits_for: list[WaitReason] = Field(description=WAITS_FOR)

    @classmethod
    def of(cls, task: Task) -> "TaskState":
        """The state of a task."""
        return cls.model_validate(task, from_attributes=True)


class ProgressReport(TaskProgress):
    """Body of ``PUT /tasks/{id}/progress``. Only phase ``failed`` goes below 0."""

    model_config = ConfigDict(json_schema_extra=one_of(
        {"phase": {"const": "failed"}}, {"percentage": {"minimum": 0}}, required=([], []),
    ))  # fmt: skip


class ElementEdit(ElementUpdate):
    """Body of ``PUT /elements/{id}``: each object given replaces the stored one, whole.

    What ``GET`` gives beyond these may be sent back as it is; it changes nothing.
    """

    id: Any = Field(None, description="Ignored.")
    layer_id: Any = Field(None, description="Ignored.")
    type: Any = Field(None, description="Ignored.")
    layer: Any = Field(None, description="Ignored.")
    version: Any = Field(None, description="Ignored.")
    created_at: Any = Field(None, description="Ignored.")
    updated_at: Any = Field(None, description="Ignored.")

    def update(self) -> ElementUpdate:
        """The part that changes something."""
        return ElementUpdate(**{name: getattr(self, name) for name in ElementUpdate.model_fields})


_PatchedFields: Any = partial(ElementUpdate)


class ElementPatch(_PatchedFields):  # type: ignore[misc]
    """Body of ``PATCH /elements/{id}``: merged into the stored element (RFC 7396), if ``version`` is still its own."""

    version: Annotated[int, Field(ge=1, lt=2**31, description="The element's version that this changes.")]

    def change(self) -> JsonObject:
        """What was given, nulls among it."""
        given: JsonObject = self.model_dump(mode="json", exclude_unset=True, exclude={"version"})
        return given


class Health(BaseModel):
    """Which build answers."""

    version: str
    commit: str
    sources: str = Field(description="Hash of the source tree that runs.")
    profile: str


class Readiness(BaseModel):
    """State of every part. ``degraded``: parts that answer slower or not at first, but answer."""

    model_config = ConfigDict(json_schema_extra={"example": {
        "status": "ready", "checks": {"database": "ready", "objects": "ready", "queue": "ready"}, "degraded": [],
    }})  # fmt: skip

    status: Literal["ready"] = "ready"
    checks: dict[str, str]
    degraded: list[str]
