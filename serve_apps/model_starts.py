"""How far the start of each model is, for all tasks of one process that wait for it."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from serve_apps import model_replicas
from serve_apps.model_replicas import ANSWER_SECONDS, Replica
from storage.documents.cold_start import STAGES, ColdStart, Stage, cold_start

STARTING_SECONDS, READY_SECONDS = 0.5, 5.0
"""How old an answer may be of a model that is not ready, and of one that is."""
OWN_STAGES: tuple[Stage, ...] = ("weights_loading", "warming_up")
"""What a replica tells of itself."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Start:
    """The most advanced start of a model. ``reached``: its stages so far, in order, and when each began.

    ``seen``: when that was so (Unix seconds, as all times). ``took``: seconds of stages in earlier starts.
    """

    replica_id: str
    reached: tuple[tuple[Stage, float], ...]
    seen: float
    took: Mapping[str, float] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        """How far it is."""
        return STAGES.index(self.reached[-1][0])

    @property
    def ready(self) -> bool:
        """Whether it is over."""
        return self.reached[-1][0] == "ready"

    def told(self, model: str, since: int = 0) -> list[ColdStart]:
        """Each stage reached, as a task's progress tells it: those that are over as they began, the last as it is.

        ``since``: seconds told of this start before. A stage may be heard of after a later time was told.
        """
        began = self.reached[0][1]
        times = [(stage, max(at - began, since)) for stage, at in self.reached]
        told = [cold_start(model, stage, seconds, self._expected(stage, seconds)) for stage, seconds in times]
        last = told[-1]
        if not self.ready and self.seen - began > last.seconds:
            told[-1] = cold_start(model, last.stage, self.seen - began, last.expected_seconds)
        return told

    def durations(self) -> dict[str, float]:
        """Seconds of the stages that are over."""
        return {stage: then - at for (stage, at), (_, then) in zip(self.reached, self.reached[1:], strict=False)}

    def _expected(self, stage: Stage, seconds: float) -> float | None:
        left = STAGES[STAGES.index(stage) : -1]
        return seconds + sum(self.took[name] for name in left) if all(name in self.took for name in left) else None


class Sight(Protocol):
    """Where the replicas are seen and what starts took is kept: ``serve_apps.model_replicas``. Each may raise."""

    def model_replicas(self) -> dict[str, list[Replica]]:
        """By model; of one without a deployment nothing."""

    def known_seconds(self, model: str) -> dict[str, float]:
        """What each stage took before."""

    def note_start(self, model: str, seconds: dict[str, float], living: list[Replica]) -> None:
        """A start was seen from its beginning to its end."""


class ModelStarts:
    """Asks at most twice a second, and only while a call waits.

    May be asked from any thread. ``sight`` and ``clock`` (Unix seconds) are the real ones but in tests.
    """

    def __init__(self, sight: Sight = model_replicas, clock: Callable[[], float] = time.time) -> None:
        self._sight, self._clock = sight, clock
        self._looking = threading.Lock()
        self._looked_at = -math.inf
        self._starts: dict[str, Start] = {}
        self._unready: set[str] = set()
        self._placed: dict[str, float | None] = {}  # of replicas that waited for a node: when they had it

    def of(self, model: str, *, now: bool = False) -> Start | None:
        """The model's start, ``ready`` for one that needs none; None where nothing is known, or nothing begun.

        ``now``: waits for an answer; without it one is fetched aside, for who asks again.
        """
        known = self._starts.get(model)
        late = time.monotonic() - self._looked_at - (READY_SECONDS if known and known.ready else STARTING_SECONDS)
        if now:
            self._looking.acquire()
            self._renew()
        elif late >= 0 and self._looking.acquire(blocking=False):
            threading.Thread(target=self._renew, name="model-starts", daemon=True).start()
        return self._starts.get(model) if now or late < ANSWER_SECONDS else None

    def _renew(self) -> None:
        try:
            self._starts = self._look()
        except Exception as error:
            # It is only told beside the work; the call itself finds out what is wrong.
            self._starts = {}
            log.info("starts of models not seen", error=str(error)[:300])
        finally:
            self._looked_at = time.monotonic()
            self._looking.release()

    def _look(self) -> dict[str, Start]:
        seen = self._sight.model_replicas()
        living = {replica.replica_id for replicas in seen.values() for replica in replicas}
        self._placed = {replica_id: at for replica_id, at in self._placed.items() if replica_id in living}
        starts = {}
        for model, replicas in seen.items():
            if not replicas:
                continue
            took = {} if any(replica.ready for replica in replicas) else self._sight.known_seconds(model)
            reached = [Start(replica.replica_id, self._reached(replica), self._clock(), took) for replica in replicas]
            for start in reached:
                seconds = start.durations()
                if start.ready and start.replica_id in self._unready and seconds.keys() >= set(OWN_STAGES):
                    self._sight.note_start(model, seconds, replicas)
            starts[model] = max(reached, key=lambda start: (start.rank, -start.reached[-1][1]))
        self._unready = {replica.replica_id for replicas in seen.values() for replica in replicas if not replica.ready}
        return starts

    def _reached(self, replica: Replica) -> tuple[tuple[Stage, float], ...]:
        name, now = replica.replica_id, self._clock()
        # What the replica itself tells may be known before Serve knows where it is.
        if not (replica.placed or replica.told or replica.ready):
            self._placed[name] = None
        elif self._placed.get(name, now) is None:
            self._placed[name] = now
        began: list[tuple[Stage, float]] = []
        asked = replica.since or now
        if name in self._placed:
            began.append(("node_wanted", asked))
        if (placed := self._placed.get(name, asked)) is not None:
            began.append(("replica_starting", placed))
        began += [(stage, replica.told[stage]) for stage in OWN_STAGES if stage in replica.told]
        if replica.ready:
            began.append(("ready", replica.told.get("ready", now)))
        return _in_order(began)


def _in_order(began: list[tuple[Stage, float]]) -> tuple[tuple[Stage, float], ...]:
    """Nodes' clocks differ: no stage begins before the one before it."""
    latest, ordered = 0.0, []
    for stage, at in began:
        latest = max(latest, at)
        ordered.append((stage, latest))
    return tuple(ordered)
