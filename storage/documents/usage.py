"""What engines took: entries of the ledger, and their sums over a period."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from storage.documents.base import Document, Timestamp
from storage.documents.ids import Id

UsageKind = Literal["user", "task", "stage", "model"]


class UsageEntry(Document):
    """One stored step of a task. ``step`` tells apart the steps of a stage: a repair does a stage again.

    ``gpus``: how many worked for those seconds, a part of one included.
    """

    stage: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    step: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    model: Annotated[str, StringConstraints(max_length=200)]
    seconds: Annotated[float, Field(ge=0)] = 0.0
    gpus: Annotated[float, Field(ge=0)] = 0.0
    tokens: Annotated[int, Field(ge=0)] = 0
    steps: Annotated[int, Field(ge=0)] = 0

    @property
    def gpu_seconds(self) -> float:
        """Seconds times GPUs."""
        return self.seconds * self.gpus

    @property
    def charge(self) -> float:
        """What it counts in the fair share: GPU seconds, or plain seconds where no GPU worked."""
        return self.gpu_seconds if self.gpus else self.seconds


class UsageSums(Document):
    """Tasks that the entries are of, and the sums over these."""

    tasks: int = 0
    seconds: Annotated[float, Field(description="Seconds that engines worked.")] = 0.0
    gpu_seconds: Annotated[float, Field(description="Seconds times the GPUs that worked, parts of one included.")] = 0.0
    tokens: int = 0
    steps: Annotated[int, Field(description="Denoising steps.")] = 0


class UsageItem(UsageSums):
    """Sums of one user, task, stage or model; only what the report is by is named, and a task's user."""

    user_id: Id | None = None
    task_id: Id | None = None
    stage: str | None = None
    model: str | None = None


class UsageReport(Document):
    """The dearest items first; ``total`` is of all entries of the period, also of those that ``limit`` leaves out."""

    since: Annotated[Timestamp, Field(description="Included.")]
    until: Annotated[Timestamp, Field(description="Excluded.")]
    by: UsageKind
    items: list[UsageItem]
    total: UsageSums
