"""Efficiency of a bulk run's pool: 1 and 4 actors on the same service time.

Usage: python -m cluster.jobs.bench_bulk [SECONDS [ROWS]]. The rows run through the pipeline of ``design-agent bulk``
into a real output folder; only the maker is another: each row takes SECONDS of no processor and comes back as large as
a poster. ROWS: how many an actor makes. The clock starts when every actor has made its first row, so that what is
measured is the pool and not how fast this machine starts processes; how long that took stands beside it.
"""

import functools
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cluster.cli.console import out
from cluster.jobs.bulk.folder import OutputFolder
from cluster.jobs.bulk.on_ray import own_ray
from cluster.jobs.bulk.outcome import Outcome
from cluster.jobs.bulk.rows import BulkRow
from cluster.jobs.bulk.stage import Pool, outcomes
from configs.settings import get_settings
from storage.documents.task import TaskParams

ACTORS = (1, 4)
GOAL = 0.9
# As a poster of 1080x1920: preview.png, preview.jpg, source.psd.
_SIZES = {"preview.png": 1_500_000, "preview.jpg": 300_000, "source.psd": 6_000_000}


class Sleeper:
    """A maker that waits, as one does whose work is on a GPU."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._files = {name: os.urandom(size) for name, size in _SIZES.items()}

    def make(self, row: BulkRow) -> Outcome:
        """See ``cluster.jobs.bulk.outcome.Maker``."""
        time.sleep(self._seconds)
        return Outcome(row.number, row.id, self._seconds, self._files, {"actor": os.getpid()})


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    start_seconds: float
    rows_a_second: float
    total_seconds: float


def measure(actors: int, rows: int, seconds: float) -> Measured:
    """Run ``rows`` for each actor."""
    total = actors * rows
    params = TaskParams(prompt="-")
    work = [BulkRow(number, f"row-{number}", params) for number in range(1, total + 1)]
    began = time.monotonic()
    ends: list[float] = []
    seen: set[int] = set()
    before = 0
    with tempfile.TemporaryDirectory() as root, OutputFolder(Path(root)) as folder:
        for outcome in outcomes(work, functools.partial(Sleeper, seconds), Pool(actors)):
            folder.store(outcome.number, outcome.files)
            folder.manifest.append({"row": outcome.number, "id": outcome.id, "status": "done"})
            ends.append(time.monotonic())
            if outcome.facts["actor"] not in seen:
                seen.add(outcome.facts["actor"])
                before = len(ends)
    if len(seen) < actors:
        raise RuntimeError(f"{len(seen)} of {actors} actors made a row; give more rows")
    window = ends[-1] - ends[before - 1]
    return Measured(ends[before - 1] - began, (total - before) / window, ends[-1] - began)


def main() -> int:
    """Print the table; 1 when the goal is missed."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    out.print("| actors | rows | all at work after s | rows/s from then | efficiency | whole run s |")
    out.print("|---|---|---|---|---|---|")
    efficiency, alone = 1.0, 0.0
    with own_ray(get_settings(), cpus=2 * max(ACTORS)):
        for actors in ACTORS:
            run = measure(actors, rows, seconds)
            alone = alone or run.rows_a_second
            efficiency = run.rows_a_second / (actors * alone)
            cells = [run.start_seconds, run.rows_a_second, efficiency, run.total_seconds]
            out.print(f"| {actors} | {actors * rows} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
    return int(efficiency < GOAL)


if __name__ == "__main__":
    sys.exit(main())
