"""What metrics are told, before Ray carries it to the page."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from ray.util.metrics import Metric


@dataclass
class Told:
    """Sums by metric and tags, and the last value of each."""

    sums: Counter[tuple[str, str]] = field(default_factory=Counter)
    last: dict[tuple[str, str], float] = field(default_factory=dict)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    kept = Told()
    record = Metric._record

    def note(metric: Metric, value: float, tags: dict[str, str] | None = None) -> None:
        record(metric, value, tags)
        key = metric.info["name"].removeprefix("design_agent_"), ",".join((tags or {}).values())
        kept.sums[key] += value
        kept.last[key] = value
        kept.times[key] += 1

    monkeypatch.setattr(Metric, "_record", note)
    return kept
