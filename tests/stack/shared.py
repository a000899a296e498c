"""The service of the modules that only ask it things."""

from dataclasses import dataclass
from pathlib import Path

from cluster.jobs.own_service import OwnService
from tests.stack.service import started


@dataclass
class Shared:
    """Started when a module wants it, gone when the next one starts its own: an idle one takes a quarter of a core."""

    _running: OwnService | None = None

    def running(self, folder: Path) -> OwnService:
        """The one that runs, else a new one in this folder."""
        self._running = self._running or started(folder)
        return self._running

    def stop(self) -> None:
        """Down, if it is up."""
        service, self._running = self._running, None
        if service is not None:
            service.down()


SHARED = Shared()
