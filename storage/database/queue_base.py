"""The part of the database port that a message broker needs: the outbox's way to it, and claims of what it delivered.

``published_at`` of an unclaimed outbox row says that a broker has it. It is taken back whenever that may not be so.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database.base import Claim


@dataclass(frozen=True, slots=True)
class Band:
    """Levels (see ``lanes``) that share a topic, both ends included."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Publication:
    """A task for the broker. ``turn``, then ``place``, is its fair order within a priority."""

    task_id: str
    priority: int
    turn: int
    place: int


@dataclass(frozen=True, slots=True)
class ClaimedTasks:
    """Of the tasks asked for: those claimed, those that still wait for a claim, those that were never heard of.

    Whatever is in none of them needs no delivery: somebody has it, it ended, or it waits for a retry.
    """

    claims: list["Claim"]
    waiting: set[str]
    unknown: set[str]


class QueueDatabase(ABC):
    """Every method is one transaction."""

    @abstractmethod
    def reserve_publications(
        self, bands: Sequence[Band], window: int, lost_after_seconds: float
    ) -> dict[Band, list[Publication]]:
        """Mark as published what is to be sent now, in fair order, and give it to the caller alone.

        Each band gets as much as keeps its published, unclaimed tasks at ``window``; two callers at once may exceed
        it by one batch. What was published, or confirmed, more than ``lost_after_seconds`` ago counts as lost and is
        published again.
        """

    @abstractmethod
    def return_publications(self, task_ids: Sequence[str]) -> None:
        """They were not sent; they are published again."""

    @abstractmethod
    def confirm_publications(self, task_ids: Sequence[str]) -> None:
        """A consumer holds them, so they are not lost."""

    @abstractmethod
    def claim_tasks(self, task_ids: Sequence[str], owner: str, limit: int, lease_seconds: float) -> ClaimedTasks:
        """Claim the first ``limit`` of these that wait for a worker; one that waits for a retry is published later."""

    @abstractmethod
    def fail_unstarted(self, longest_seconds: float) -> list[str]:
        """Fail (QUEUE_ERROR) tasks that no worker took within that time after they were accepted; their ids."""
