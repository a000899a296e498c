"""What the API last heard of the models, so that answers about tasks can say that weights are loading."""

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from anyio import from_thread

if TYPE_CHECKING:
    from serve_apps.api.services import PosterWorkshop

FRESH_SECONDS = 5.0
ASK_SECONDS = 0.5


@dataclass(slots=True)
class ModelWatch:
    """Asks every few seconds at most, and only while somebody wants to know; only the first one waits for it."""

    _states: Mapping[str, str] = field(default_factory=dict)
    _fresh_until: float | None = None
    _asking: threading.Lock = field(default_factory=threading.Lock)
    _later: asyncio.Task[None] | None = None

    def states(self, workshop: "PosterWorkshop") -> Mapping[str, str]:
        """State of each model by its name; empty when nobody said in time. To be called in a worker thread."""
        stale = self._fresh_until is None or time.monotonic() >= self._fresh_until
        # Who comes while another asks is content with the answer before.
        if stale and self._asking.acquire(blocking=False):
            if self._fresh_until is None:
                from_thread.run(self._ask, workshop)
            else:
                from_thread.run_sync(self._ask_later, workshop)
        return self._states

    def _ask_later(self, workshop: "PosterWorkshop") -> None:
        # Kept, because the loop itself holds a task only weakly.
        self._later = asyncio.get_running_loop().create_task(self._ask(workshop))

    async def _ask(self, workshop: "PosterWorkshop") -> None:
        heard: Mapping[str, str] = {}
        try:
            with anyio.move_on_after(ASK_SECONDS):
                heard = await workshop.model_states()
        except Exception:
            # It is only a reason beside an answer; /readyz tells what is wrong.
            heard = {}
        finally:
            self._states, self._fresh_until = heard, time.monotonic() + FRESH_SECONDS
            self._asking.release()
