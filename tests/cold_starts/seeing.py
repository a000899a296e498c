"""Replicas as a test says they are seen, in the place of Serve and Ray."""

import threading
from dataclasses import dataclass, field
from typing import Any

from serve_apps.model_replicas import Replica
from serve_apps.model_starts import ModelStarts

MODEL = "image_model"
BEGAN = 1000.0
LOADING, WARMING, READY = BEGAN + 4, BEGAN + 34, BEGAN + 46
TOOK = {"node_wanted": 60.0, "replica_starting": 5.0, "weights_loading": 30.0, "warming_up": 10.0}


def replica(name: str = "a", told: dict[str, float] | None = None, **facts: Any) -> Replica:
    """One that starts, asked for at ``BEGAN``."""
    return Replica(**({"replica_id": name, "since": BEGAN, "ready": False, "told": told or {}} | facts))


@dataclass
class Scene:
    """Implements ``serve_apps.model_starts.Sight``."""

    replicas: list[Replica] = field(default_factory=list)
    took: dict[str, float] = field(default_factory=dict)
    noted: list[tuple[str, dict[str, float], list[str]]] = field(default_factory=list)
    failure: Exception | None = None
    held: threading.Event | None = None
    looks: int = 0
    now: float = BEGAN

    def model_replicas(self) -> dict[str, list[Replica]]:
        self.looks += 1
        if self.held:
            self.held.wait()
        if self.failure:
            raise self.failure
        return {MODEL: self.replicas}

    def known_seconds(self, _model: str) -> dict[str, float]:
        return self.took

    def note_start(self, model: str, seconds: dict[str, float], living: list[Replica]) -> None:
        self.noted.append((model, seconds, [one.replica_id for one in living]))

    def starts(self) -> ModelStarts:
        return ModelStarts(self, clock=lambda: self.now)
