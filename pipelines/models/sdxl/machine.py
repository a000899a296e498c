"""The loaded model, made ready, and how many rows the memory has room for."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.errors import OutOfMemory

if TYPE_CHECKING:
    from pipelines.models.sdxl.weights import Parts


class Machine:
    """``loop`` and ``decoder`` are the model's. ``row_cap``: rows of a forward. ``oom``: what running out raises."""

    def __init__(self, config: SdxlConfig, load: "Callable[[SdxlConfig], Parts] | None") -> None:
        # torch and diffusers are imported by the thread that uses them, not by whoever imports the engine
        from pipelines.models.sdxl import forward, loop, vae, weights

        parts = (load or weights.load)(config)
        forward.optimise(parts, config)
        self.name, self.licence = parts.name, parts.licence
        self.row_cap, self._most = config.max_rows, config.max_rows
        self.oom: type[Exception] = forward.OOM
        self.decoder = vae.Vae(parts, config)
        self._graphs = forward.unet_forward(parts, config)
        self._deep = forward.deep_forward(parts, config)
        self.loop = loop.Loop(parts, config, self._graphs, self.decoder, self._deep)
        self._rows = forward.warm_rows(config)
        asked = config.warm or ((self.loop.side, self.loop.side),)
        self._sizes = list(dict.fromkeys(self.loop.bucket(width, height) for width, height in asked))

    def warm_up(self) -> None:
        """Runs each graph once. Raises OutOfMemory when there is no room for half the rows either."""
        for size in self._sizes:
            for rows in self._rows:
                self._with_room(partial(self._warm, size, rows))
            self._with_room(partial(self._decode, size))

    def sound(self) -> bool:
        """Denoises a spare row; whether the numbers are."""
        return self.loop.warm(self._sizes[0], 1)

    @property
    def seconds_preparing(self) -> float:
        """How long a graph has been compiled now; 0 when none is."""
        since = self._graphs.since or (self._deep and self._deep.since) or self.decoder.since
        return time.monotonic() - since if since is not None else 0.0

    def halve(self) -> bool:
        """After memory ran out: half the rows from now on, once, and none of the graphs' memory."""
        if self.row_cap < self._most or self.row_cap < 2:
            return False
        self.row_cap //= 2
        self._graphs.clear()
        if self._deep is not None:
            self._deep.clear()
        self.decoder.clear()
        return True

    def no_room(self, error: Exception) -> OutOfMemory:
        """What is raised when halving did not help."""
        wrong = OutOfMemory(
            f"memory ran out also with {self.row_cap} rows a step (configured: {self._most}); set fewer rows, ask for "
            f"smaller pictures or use a GPU with more memory."
        )
        wrong.__cause__ = error
        return wrong

    def _warm(self, size: tuple[int, int], rows: int) -> None:
        if rows <= self.row_cap:
            self.loop.warm(size, rows)

    def _decode(self, size: tuple[int, int]) -> None:
        for _ in self.decoder.decode(self.loop.table(size).latents[0]):
            pass

    def _with_room(self, function: Callable[[], Any]) -> None:
        try:
            function()
        except self.oom as error:
            if not self.halve():
                raise self.no_room(error) from error
            self._with_room(function)
