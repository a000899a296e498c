"""What the nodes work with: the engines behind the model ports, the objects, and the hooks of the executor."""

from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from pipelines.models.base import ImageModel, LanguageModel, TextReader, Usage, Work
from pipelines.models.references import NoSource, ReferenceSource
from pipelines.steps import StepStore
from storage.documents.poster import PosterDocument, PosterFiles
from storage.objects.base import ObjectStore


@dataclass(frozen=True, slots=True)
class Engines:
    """The models of this process and the store they write to."""

    language_model: LanguageModel
    image_model: ImageModel
    text_reader: TextReader
    objects: ObjectStore
    repair_rounds: int = 2
    references: ReferenceSource = field(default_factory=NoSource)

    def image(self, key: str) -> bytes:
        """Bytes of a picture an element refers to. Raises ObjectNotFound."""
        return self.objects.get(key.removeprefix("/api/v1/objects/")).data


class Executor(Protocol):
    """What the owner of a task lets its nodes do; each raises StaleAttempt or TaskCancelled to stop the work."""

    def check(self) -> None:
        """Whether this attempt may go on; asked before each node."""

    def report(self, phase: str, details: dict[str, Any] | None = None) -> None:
        """A phase starts."""

    def complete(self, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]) -> None:
        """Store the result and end the task, in one transaction."""


@runtime_checkable
class Accounting(Protocol):
    """What an executor has beside it that keeps accounts; one without is told nothing."""

    def spent(self, stage: str, step: str, usage: Usage) -> None:
        """A stored step took this. ``step`` names it among the stage's; told again when the task resumes."""


@dataclass(frozen=True, slots=True)
class TaskContext:
    """Everything one run of the graph needs beside its state."""

    engines: Engines
    executor: Executor
    steps: StepStore
    task_id: str

    @property
    def work(self) -> Work:
        """What a model is told of the task."""
        return Work(task_id=self.task_id, check=self.executor.check)

    def account(self, key: str, usage: Usage | None) -> None:
        """Tell the accounts what the stored step with this key took; None: no model was asked."""
        if usage is not None and isinstance(self.executor, Accounting):
            *_, stage, step = key.split("/")
            self.executor.spent(stage, step, usage)
