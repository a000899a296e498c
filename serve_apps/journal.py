"""A journal of real work for tests of durability, and barriers that hold work in flight.

Active only by ``DESIGN_AGENT_JOURNAL`` and ``DESIGN_AGENT_BARRIER``: without them nothing is wrapped.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog
from typing_extensions import override

from configs.settings import Settings
from pipelines.models.base import (
    ImageModel,
    LanguageModel,
    Painted,
    Scene,
    Understanding,
    Work,
)  # fmt: skip
from storage.documents.task import TaskParams
from storage.objects.base import Data, ListedObject, ObjectStore, StoredObject

BARRIER_POLL_SECONDS = 0.02
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Journal:
    """Appends a line a happening to one file of all processes; ``barriers``: step -> file that holds it."""

    path: Path
    barriers: dict[str, Path]

    def run(self, step: str, work: Callable[[], ResultT]) -> ResultT:
        """Do a model's work for real."""
        self.note("run", step)
        self.wait(step)
        return work()

    def note(self, event: str, step: str, **more: str) -> None:
        """One line; the task is the one at work in this thread, if the process knows it."""
        task = structlog.contextvars.get_contextvars().get("task_id")
        line = json.dumps({"event": event, "step": step, "task": task, "pid": os.getpid()} | more)
        # One write in append mode: lines of several processes do not mix.
        with self.path.open("ab", buffering=0) as file:
            file.write(line.encode() + b"\n")

    def wait(self, step: str) -> None:
        """Return once the step's barrier file is gone."""
        barrier = self.barriers.get(step)
        while barrier is not None and barrier.exists():
            time.sleep(BARRIER_POLL_SECONDS)


def journal_of(settings: Settings) -> Journal | None:
    """The journal that the settings ask for. ``barrier``: ``<step>:<path>``, several with commas."""
    if settings.journal is None:
        return None
    pairs = [entry.partition(":") for entry in settings.barrier.split(",") if entry]
    return Journal(settings.journal, {step: Path(path) for step, _, path in pairs})


@dataclass(frozen=True, slots=True)
class JournalledLanguageModel:
    """Runs are journalled as ``understand``."""

    engine: LanguageModel
    journal: Journal

    @property
    def name(self) -> str:
        """The engine's."""
        return self.engine.name

    def understand(self, params: TaskParams, work: Work, seen: Sequence[str] = ()) -> Understanding:
        """See ``pipelines.models.base.LanguageModel``."""
        return self.journal.run("understand", lambda: self.engine.understand(params, work, seen))


@dataclass(frozen=True, slots=True)
class JournalledImageModel:
    """Runs are journalled as ``paint`` (the background) and ``hero``."""

    engine: ImageModel
    journal: Journal

    @property
    def name(self) -> str:
        """The engine's."""
        return self.engine.name

    def background(self, scene: Scene, painter: str | None, work: Work) -> Painted:
        """See ``pipelines.models.base.ImageModel``."""
        return self.journal.run("paint", lambda: self.engine.background(scene, painter, work))

    def hero(self, scene: Scene, hero: str, work: Work) -> Painted:
        """See ``pipelines.models.base.ImageModel``."""
        return self.journal.run("hero", lambda: self.engine.hero(scene, hero, work))


class JournalledObjects(ObjectStore):
    """Tells of a task's steps: ``start`` when a step's result is looked up and not there, ``stored`` once it is.

    A step of the pipeline is held here, between looking up and working.
    """

    def __init__(self, store: ObjectStore, journal: Journal) -> None:
        self._store = store
        self._journal = journal

    @override
    def exists(self, key: str) -> bool:
        there = self._store.exists(key)
        if not there and (step := _step_of(key)):
            self._journal.note("start", step, key=key)
            self._journal.wait(step)
        return there

    @override
    def put(self, key: str, data: Data, content_type: str) -> None:
        self._store.put(key, data, content_type)
        if step := _step_of(key):
            self._journal.note("stored", step, key=key)

    @override
    def get(self, key: str) -> StoredObject:
        return self._store.get(key)

    @override
    def content_type(self, key: str) -> str:
        return self._store.content_type(key)

    @override
    def public_url(self, key: str, seconds: int, download_name: str | None = None) -> str | None:
        return self._store.public_url(key, seconds, download_name)

    @override
    def listed(self) -> Iterator[ListedObject]:
        return self._store.listed()

    @override
    def delete(self, key: str) -> None:
        self._store.delete(key)

    @override
    def delete_under(self, prefix: str) -> None:
        self._store.delete_under(prefix)

    @override
    def ping(self) -> None:
        self._store.ping()


def _step_of(key: str) -> str | None:
    parts = key.split("/")
    return parts[2] if len(parts) == 4 and parts[0] == "tasks" else None
