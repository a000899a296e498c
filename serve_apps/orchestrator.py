"""Deployment of the orchestrator: runs the workflow of claimed tasks in the background, under their leases."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from ray.serve.handle import DeploymentHandle

from configs.settings import get_settings
from serve_apps.execution import execute, give_back
from serve_apps.handles import generators
from serve_apps.leases import LeaseKeeper
from serve_apps.logs import configure_logging
from serve_apps.model_states import READY, model_states
from serve_apps.scaling import HELD
from storage.database.backoff import Backoff
from storage.documents.poster import PosterDocument, PosterFiles
from storage.errors import ConflictError, NotFoundError
from storage.factory import open_checkpointer, open_database, open_objects

log = structlog.get_logger()
DRAIN_POLL_SECONDS = 0.05


class Orchestrator:
    """Short calls only: work goes on in threads after the call has returned."""

    def __init__(
        self, text_reader: DeploymentHandle[Any], image_model: DeploymentHandle[Any] | None = None,
        language_model: DeploymentHandle[Any] | None = None,
    ) -> None:  # fmt: skip
        from serve_apps.models import build_engines  # skia and the typefaces: only where posters are drawn

        self._settings = settings = get_settings()
        configure_logging(settings.log_level)
        self._text_reader = text_reader
        self._database = open_database(settings)
        self._checkpointer = open_checkpointer(settings)
        models = generators(settings, text_reader, image_model, language_model)
        self._engines = build_engines(settings, open_objects(settings), models)
        self._backoff = Backoff(settings.retry_seconds, settings.retry_cap_seconds)
        self._keeper = LeaseKeeper(
            self._database, settings.lease_seconds, settings.phase_seconds, settings.max_attempts, self._backoff
        )
        self._keeper.start()
        self._pool = ThreadPoolExecutor(settings.max_in_flight, thread_name_prefix="task")
        # Apart from the tasks' threads, so that a waiting preview is not behind a queue of posters.
        self._drawing = ThreadPoolExecutor(1, thread_name_prefix="draw")
        self._reviewing: set[tuple[str, int]] = set()
        self._draining = False

    def check_health(self) -> None:
        """Serve replaces a replica with a thread that does not come back. Raises RuntimeError then."""
        if stuck := self._keeper.stuck():
            raise RuntimeError(f"tasks are stuck in a phase: {sorted(stuck)}")

    async def record_autoscaling_stats(self) -> dict[str, float]:
        """What Serve is told to scale by."""
        return {HELD: float(len(self._keeper.held()))}

    async def capacity(self) -> int:
        """How many more tasks this replica would start now."""
        if self._draining:
            return 0
        return self._settings.max_in_flight - len(self._keeper.held()) - len(self._keeper.stuck())

    async def start(self, task_id: str, attempt: int) -> bool:
        """Take a claimed task; False when there is no room, and the caller gives the claim back."""
        if await self.capacity() <= 0:
            return False
        self._keeper.add(task_id, attempt)
        self._pool.submit(self._work, task_id, attempt)
        return True

    async def files(self, poster_id: str) -> dict[str, Any]:
        """Keys of the files of the poster's current version, drawn now if nobody has. Raises PosterNotFound."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._drawing, self._files, poster_id)

    async def review(self, poster_id: str, version: int) -> bool:
        """Start reading an edited poster back; False when that runs already."""
        if (poster_id, version) in self._reviewing:
            return False
        self._reviewing.add((poster_id, version))
        self._drawing.submit(self._review, poster_id, version)
        return True

    async def model_states(self) -> dict[str, str]:
        """State of each model this replica depends on."""
        states = await asyncio.to_thread(model_states, self._settings)
        if states["text_reader"] == READY:
            await self._text_reader.ping.remote()
        return states

    def _work(self, task_id: str, attempt: int) -> None:
        try:
            execute(
                task_id, attempt, self._database, self._engines, self._checkpointer, self._settings.max_attempts,
                self._backoff, lambda: self._draining, lambda: self._keeper.progressed(task_id, attempt),
            )  # fmt: skip
        finally:
            self._keeper.remove(task_id, attempt)

    def _files(self, poster_id: str) -> dict[str, Any]:
        return self._files_of(self._database.get_document(poster_id)).model_dump()

    def _files_of(self, document: PosterDocument) -> PosterFiles:
        from pipelines.runner import make_files

        poster = document.poster
        stored = self._database.get_files(poster.id, poster.version)
        if stored is None:
            stored = make_files(document, self._engines)
            self._database.put_files(poster.id, stored)
        return stored

    def _review(self, poster_id: str, version: int) -> None:
        from pipelines.runner import review_poster

        try:
            document = self._database.get_document(poster_id)
            if document.poster.version == version:
                report = review_poster(document, self._files_of(document), self._engines)
                self._database.put_quality(poster_id, version, report)
        except (NotFoundError, ConflictError) as gone:
            log.info("review dropped", poster_id=poster_id, reason=gone.code)
        except Exception:
            log.exception("review failed; it is tried again", poster_id=poster_id)
        finally:
            self._reviewing.discard((poster_id, version))

    async def drain(self) -> None:
        """Take no more; let the tasks at work finish; what is left after ``drain_seconds`` goes back into the queue."""
        self._draining = True
        log.info("draining", at_work=sorted(self._keeper.held()))
        deadline = time.monotonic() + self._settings.drain_seconds
        while self._keeper.held() and time.monotonic() < deadline:
            await asyncio.sleep(DRAIN_POLL_SECONDS)
        left = self._keeper.held()
        for task_id, attempt in left.items():
            # From here on the fence stops the thread that still works on it.
            self._keeper.remove(task_id, attempt)
            give_back(self._database, task_id, attempt)
        self._keeper.stop()
        log.info("drained", given_back=sorted(left))

    async def __del__(self) -> None:
        # Serve calls it when it stops a replica, and for one whose constructor failed, too.
        if hasattr(self, "_keeper"):
            await self.drain()
