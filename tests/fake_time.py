"""Time that passes only while somebody sleeps."""

from dataclasses import dataclass

import pytest


@dataclass
class FakeTime:
    """In the place of the module ``time``."""

    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def without_waiting(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """These modules share one such time: no machine is too slow for their deadlines."""
    time = FakeTime()
    for module in modules:
        monkeypatch.setattr(f"{module}.time", time)
