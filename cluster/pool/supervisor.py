"""Actors of a cordoned node: a supervisor, and the holders by which it takes all that Ray could give to others.

Ray has no cordon, but what nobody can have is given to nobody. What is free is taken at once. For what others still
hold, each living actor has a holder of the same demands that waits in the node's own queue: when the actor ends, Ray
serves that queue in the same step, before any replica that waits elsewhere can hear of it. A replica that waits in the
same queue may come before the holder, for Ray keeps no order among different demands: it is sent away before it serves.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import structlog

from cluster.pool.holding import Shape, actor_options, free_shapes, shape_of
from cluster.pool.looking import Look, RayActor, look

SWEEP_SECONDS = 0.2
AGAIN_SECONDS = 2.0
"""What is still free after so long is not what the last holder asked for; the GCS hears of it within half a second."""

PATIENCE_SECONDS = 30.0
"""A holder of free amounts that has not started by then asked for what cannot be had."""

log = structlog.get_logger()


class CordonHolder:
    """Holds what it was started with, until it is killed or its supervisor ends."""

    def here(self) -> None:
        """Answers once it has it."""


class CordonSupervisor:
    """Runs on the node that it keeps; ends with it, with ``resume``, and when the node is drained."""

    def __init__(self, by: str) -> None:
        import ray
        from ray._raylet import GcsClient  # type: ignore[attr-defined]

        context = ray.get_runtime_context()
        self._node = context.get_node_id()
        self._gcs = GcsClient(address=context.gcs_address)
        self._claims = Claims(self._node)
        self._stay: frozenset[str] = frozenset()
        self._closed = threading.Event()
        self._log = log.bind(node=self._node, by=by)
        self._log.info("node cordoned")
        threading.Thread(target=self._run, name="cordon", daemon=True).start()

    def closed(self, seconds: float) -> bool:
        """Whether nothing of the node is free, waiting so long for it."""
        return self._closed.wait(seconds)

    def _run(self) -> None:
        while True:
            try:
                if not self._sweep(look(self._gcs)):
                    return
            except Exception as error:
                # The GCS may be away for a while; what is held stays held meanwhile.
                self._log.warning("cordon not looked after", error=str(error)[:300])
            time.sleep(SWEEP_SECONDS)

    def _sweep(self, seen: Look) -> bool:
        import ray

        node = seen.nodes.get(self._node)
        if node is None:
            return True
        if node.draining:
            # Ray places nothing here any more, and the node must become empty.
            self._log.info("cordon ends, as the node is drained")
            ray.kill(ray.get_runtime_context().current_actor)
            return False
        self._claims.settle()
        if not self._claims.take(node.available) and not self._claims.taking:
            # Not before nothing is free: a holder that is to wait would have what it asks for at once.
            self._claims.claim(Counter(shape_of(actor.demands) for actor in seen.on(self._node) if not actor.ours))
            if not self._closed.is_set():
                self._stay = frozenset(actor.actor_id for actor in seen.on(self._node))
                self._closed.set()
        if self._closed.is_set():
            self._send_away(seen.newcomers(self._node, self._stay))
        return True

    def _send_away(self, newcomers: Iterable[RayActor]) -> None:
        """Serve starts another in its place; what this one frees is the waiting holder's, unless more wait here."""
        import ray

        for actor in newcomers:
            self._log.info("replica sent away", replica=actor.name)
            with suppress(ValueError):  # gone by itself
                ray.kill(ray.get_actor(actor.name, namespace=actor.namespace))


class Claims:
    """The holders of one node."""

    def __init__(self, node_id: str) -> None:
        self._node = node_id
        self._held: list[Any] = []
        self._waiting: dict[Any, tuple[Shape, Any]] = {}
        self._taking: dict[Any, tuple[float, Any]] = {}

    @property
    def taking(self) -> bool:
        """Whether a holder of free amounts is about to start. An old one waits for what others were quicker to take."""
        return any(time.monotonic() - since < AGAIN_SECONDS for since, _ in self._taking.values())

    def settle(self) -> None:
        """Learn which holders have what they asked for."""
        import ray

        asked = [*self._waiting, *self._taking]
        if not asked:
            return
        answered, _ = ray.wait(asked, num_returns=len(asked), timeout=0, fetch_local=False)
        for answer in answered:
            _, holder = self._waiting.pop(answer, None) or self._taking.pop(answer)
            self._held.append(holder)

    def claim(self, living: Counter[Shape]) -> None:
        """One holder must wait for each living actor that holds something.

        One too many is left: it waits for what does not come, and Ray's autoscaler does not count it.
        """
        waiting = Counter(shape for shape, _ in self._waiting.values())
        for shape in (living - waiting).elements():
            if shape:
                answer, holder = self._start(shape)
                self._waiting[answer] = (shape, holder)

    def take(self, available: Mapping[str, float]) -> bool:
        """Hold what is free now, unless that is under way; whether anything is."""
        import ray

        if not free_shapes(available):
            return False
        if self.taking:
            return True
        now = time.monotonic()
        for answer, (since, holder) in list(self._taking.items()):
            if now - since > PATIENCE_SECONDS:
                ray.kill(holder)
                del self._taking[answer]
        if self._taking:
            log.info("still free", node=self._node, free=dict(shape_of(available)), waiting=len(self._taking))
        for shape in free_shapes(available, apart=bool(self._taking)):
            answer, holder = self._start(shape)
            self._taking[answer] = (now, holder)
        return True

    def _start(self, shape: Shape) -> tuple[Any, Any]:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        pinned = NodeAffinitySchedulingStrategy(self._node, soft=False)
        holder: Any = ray.remote(CordonHolder).options(scheduling_strategy=pinned, **actor_options(shape)).remote()
        return holder.here.remote(), holder
