"""What the API last heard of the models, so that answers about tasks can say that weights are loading."""

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
UNKNOWN: Mapping[str, str] = {}


@dataclass(slots=True)
class ModelWatch:
    """Asks every few seconds at most, and only while somebody wants to know."""

    _states: Mapping[str, str] = field(default_factory=dict)
    _fresh_until: float = 0.0
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def states(self, workshop: "PosterWorkshop") -> Mapping[str, str]:
        """State of each model by its name; empty when nobody said in time. To be called in a worker thread."""
        # Who comes while another asks is content with the answer before.
        if time.monotonic() >= self._fresh_until and self._asking.acquire(blocking=False):
            try:
                self._states = from_thread.run(_ask, workshop)
                self._fresh_until = time.monotonic() + FRESH_SECONDS
            finally:
                self._asking.release()
        return self._states


async def _ask(workshop: "PosterWorkshop") -> Mapping[str, str]:
    with anyio.move_on_after(ASK_SECONDS):
        try:
            return await workshop.model_states()
        except Exception:
            # It is only a reason beside an answer; /readyz tells what is wrong.
            return UNKNOWN
    return UNKNOWN
