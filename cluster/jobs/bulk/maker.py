"""Makes posters with engines of its own: the graph of the service, without its database."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import structlog
from langgraph.checkpoint.memory import InMemorySaver

from cluster.jobs.bulk.engines import bulk_engines
from cluster.jobs.bulk.on_ray import needs_service
from cluster.jobs.bulk.outcome import Outcome
from cluster.jobs.bulk.rows import BulkRow
from configs.settings import get_settings
from pipelines.models.base import Usage
from pipelines.runner import run_task
from serve_apps.charging import usage_entry
from serve_apps.logs import configure_logging
from storage.database.base import Database
from storage.documents.base import utc_now
from storage.documents.ids import derived_id, poster_id_of
from storage.documents.poster import PosterDocument, PosterFiles
from storage.documents.progress import TaskProgress
from storage.documents.task import Task, TaskParams
from storage.documents.upload import OBJECTS_PATH, is_foreign
from storage.errors import DesignAgentError, ObjectNotFound, UnavailableError
from storage.factory import open_database

NICENESS = 10
"""Somebody waits for a poster of the service; for one of a table nobody does."""
USER = "bulk"
"""Whom the ledger names for bulk runs, which have no user of the API."""
PICTURES = "pictures"
log = structlog.get_logger()


@dataclass(slots=True)
class _Keeper:
    """The pipeline's Executor over nothing: what completes is kept. ``ledger``: where the service's models are paid."""

    row_id: str
    ledger: Database | None
    document: PosterDocument | None = None
    files: PosterFiles | None = None
    quality: dict[str, Any] | None = None

    def check(self) -> None:
        """Nobody else owns the row."""

    def report(self, phase: str, details: dict[str, Any] | None = None) -> None:
        """Nobody watches a phase."""

    def spent(self, stage: str, step: str, usage: Usage) -> None:
        """Put into the ledger what a model of the service took; a row is made without a database as well."""
        if self.ledger is None:
            return
        try:
            self.ledger.append_bulk_usage(self.row_id, USER, usage_entry(stage, step, usage))
        except UnavailableError as error:
            log.warning("not in the ledger", stage=stage, reason=error.message)

    def complete(self, document: PosterDocument, files: PosterFiles, quality: dict[str, Any]) -> None:
        """Keep what the files of the row are made of."""
        self.document, self.files, self.quality = document, files, quality


class PosterMaker:
    """``run``: a name that no other run has meanwhile. ``pictures``: the rows' reference files, by key, as Ray's
    references to their bytes.
    """

    def __init__(self, run: str, pictures: Mapping[str, Any]) -> None:
        os.nice(NICENESS)
        settings = get_settings()
        configure_logging("error")
        self._run, self._pictures = run, pictures
        self._engines = bulk_engines(settings)
        self._ledger = open_database(settings) if needs_service(settings) else None
        # The first picture after loading takes several times as long as the next.
        self._engines.text_reader.read(np.full((64, 64, 3), 255, np.uint8))

    def make(self, row: BulkRow) -> Outcome:
        """See ``Maker``."""
        started = time.monotonic()
        # The same in every try, so what a process that died has left is found done.
        task_id = derived_id("task", self._run, row.id)
        try:
            files, facts = self._made(task_id, row.params)
        except Exception as error:
            log.exception("row failed", row=row.number)
            code = error.code if isinstance(error, DesignAgentError) else DesignAgentError.code
            message = str(error)[:1000] or type(error).__name__
            return Outcome(row.number, row.id, _since(started), code=code, message=message)
        finally:
            self._engines.objects.delete_under(f"tasks/{task_id}")
            self._engines.objects.delete_under(f"posters/{poster_id_of(task_id)}")
        return Outcome(row.number, row.id, _since(started), files, facts)

    def _made(self, task_id: str, params: TaskParams | None) -> tuple[dict[str, bytes], dict[str, Any]]:
        assert params is not None
        task = Task(
            id=task_id, user_id=USER, status="processing", input_params=self._placed(task_id, params),
            progress=TaskProgress(phase="init", percentage=0), created_at=utc_now(),
        )  # fmt: skip
        keeper = _Keeper(task_id, self._ledger)
        run_task(task, self._engines, keeper, InMemorySaver())
        assert keeper.document is not None
        assert keeper.files is not None
        assert keeper.quality is not None
        objects = self._engines.objects
        files = {PurePosixPath(key).name: objects.get(key).data for key in
                 (keeper.files.png, keeper.files.jpg, keeper.files.psd)}  # fmt: skip
        document, pictures = self._with_pictures(keeper.document)
        value = document.model_dump(mode="json")
        value["poster"]["metadata"]["quality"] = keeper.quality
        files["poster.json"] = json.dumps(value, ensure_ascii=False).encode()
        facts = {"poster_id": document.poster.id, "verdict": keeper.quality.get("verdict"),
                 "title": document.poster.title}  # fmt: skip
        return {name: bytes(data) for name, data in (files | pictures).items()}, facts

    def _placed(self, task_id: str, params: TaskParams) -> TaskParams:
        """The task with its reference files in the object store, under its own key."""
        placed: list[str] = []
        for source in params.reference:
            if source in self._pictures:
                import ray

                key = f"tasks/{task_id}/given/{PurePosixPath(source).name}"
                self._engines.objects.put(key, ray.get(self._pictures[source]), "application/octet-stream")
                source = key
            placed.append(source)
        return params.model_copy(update={"reference": placed})

    def _with_pictures(self, document: PosterDocument) -> tuple[PosterDocument, dict[str, bytes]]:
        """The document with its pictures named by files beside it, and those files."""
        document = document.model_copy(deep=True)
        names: dict[str, str] = {}
        files: dict[str, bytes] = {}
        for element in document.walk():
            image = element.style.fill.image if element.style.fill else None
            for holder in (element.content, image):
                url = holder.image_url if holder else None
                if holder is None or not url or is_foreign(url):
                    continue
                if url not in names:
                    names[url] = f"{PICTURES}/{len(names) + 1}-{PurePosixPath(url).name}"
                    try:
                        files[names[url]] = bytes(self._engines.objects.get(url.removeprefix(OBJECTS_PATH)).data)
                    except ObjectNotFound:
                        log.error("picture is gone", url=url)
                holder.image_url = names[url]
        return document, files


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
