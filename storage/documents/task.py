"""Tasks (seed 3.1) and the body that creates one (seed 6.1)."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, field_validator, model_validator

from storage.documents.base import ColorString, Document, JsonObject, Timestamp, schema_says
from storage.documents.grammar import SAYS_SOMETHING, says_something
from storage.documents.ids import Id
from storage.documents.picture import PictureAddress
from storage.documents.poster import WITHIN_BUDGET, Side, check_budget
from storage.documents.progress import TaskProgress
from storage.documents.style import Url

TaskStatus = Literal["pending", "processing", "completed", "failed", "cancelled"]
# Who makes the poster: this service, or the client itself through the endpoints for executors.
TaskExecutor = Literal["cluster", "external"]
# Who waits for it goes before who needs many by tomorrow.
TaskLane = Literal["interactive", "bulk"]
FINAL_STATUSES: frozenset[str] = frozenset({"completed", "failed", "cancelled"})
MAX_PROMPT = 4_000
QUEUE_POSITION = "1 is next, 0 is at work; null when in no queue."
ESTIMATED_SECONDS = "How long it still takes: half of the tasks that end like the latest are done by then."
ESTIMATED_SECONDS_P90 = "The same for nine of ten."
WAITS_FOR = "Why it is not done yet; empty when nothing holds it up."
StyleName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)]


class Size(Document):
    """Pixels: 64-8192 a side, at most 40 megapixels."""

    model_config = ConfigDict(json_schema_extra=WITHIN_BUDGET)

    width: Side
    height: Side

    @model_validator(mode="after")
    def _within_budget(self) -> "Size":
        check_budget(self.width, self.height)
        return self


class ElementRequirement(Document):
    """Something that must appear on the poster, verbatim. ``style`` keys may be camelCase or snake_case."""

    type: Literal["text", "image", "shape"] = "text"
    content: Annotated[str, StringConstraints(min_length=1, max_length=500), schema_says(pattern=SAYS_SOMETHING)]
    position: Annotated[str, StringConstraints(max_length=50)] = ""
    style: JsonObject = {}

    @field_validator("content")
    @classmethod
    def _content_is_drawable(cls, value: str) -> str:
        if not says_something(value):
            raise ValueError("is empty; say what must appear")
        return value


class TaskParams(Document):
    """What the client asked for."""

    prompt: Annotated[str, StringConstraints(max_length=MAX_PROMPT), schema_says(pattern=SAYS_SOMETHING)]
    style: StyleName = ""
    size: Size = Size(width=1080, height=1920)
    elements: Annotated[list[ElementRequirement], Field(max_length=100)] = []
    color_scheme: Annotated[list[ColorString], Field(max_length=10)] = []
    reference: Annotated[list[PictureAddress], Field(max_length=10)] = []
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None

    @field_validator("prompt")
    @classmethod
    def _prompt_says_something(cls, value: str) -> str:
        if not says_something(value):
            raise ValueError("is empty; describe the poster in one sentence")
        return value


class CreateTask(TaskParams):
    """Flat body of ``POST /api/v1/tasks``."""

    user_id: Id | None = None
    priority: Annotated[int, Field(ge=0, le=9)] = 0
    executor: TaskExecutor = "cluster"
    lane: TaskLane = "interactive"

    def params(self) -> TaskParams:
        """The part that is stored as ``input_params``."""
        return TaskParams.model_validate(self.model_dump(exclude={"user_id", "priority", "executor", "lane"}))


class TaskResult(Document):
    """What a completed task made."""

    poster_id: Id
    preview: Url
    layers: list[Id] = []


class TaskError(Document):
    """Why a task failed."""

    code: str
    message: str
    details: JsonObject | None = None


class WaitReason(Document):
    """Something a task waits for."""

    code: Literal["RETRY", "COLD_START", "NO_WORKER", "OWN_TASKS", "TASKS_BEFORE", "ALL_BUSY"]
    message: Annotated[str, Field(description="A sentence for people.", examples=["3 tasks of yours run."])]


class Task(Document):
    """A stored task.

    Ours beyond the seed: who executes it, which task it repeats, the group it is one of, its lane, and while it waits
    or runs its place in the queue, about how many seconds it still takes, and why.
    """

    id: Id
    user_id: Id
    type: str = "poster_generation"
    status: TaskStatus
    priority: int = 0
    input_params: TaskParams
    progress: TaskProgress
    result: TaskResult | None = None
    error: TaskError | None = None
    created_at: Timestamp
    started_at: Timestamp | None = None
    completed_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    executor: TaskExecutor = "cluster"
    retry_of: Id | None = None
    group_id: Id | None = None
    lane: TaskLane = "interactive"
    queue_position: Annotated[int | None, Field(description=QUEUE_POSITION)] = None
    estimated_seconds: Annotated[int | None, Field(description=ESTIMATED_SECONDS)] = None
    estimated_seconds_p90: Annotated[int | None, Field(description=ESTIMATED_SECONDS_P90)] = None
    waits_for: Annotated[list[WaitReason], Field(description=WAITS_FOR)] = []

    @property
    def final(self) -> bool:
        """Whether the status can change no more."""
        return self.status in FINAL_STATUSES
