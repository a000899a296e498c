"""Run as a program: a row kills whoever makes it. Which rows were made, and how often each was tried, is in said.json.

Usage: python -m tests.bulk.deadly DATA_FOLDER
"""

import functools
import json
import os
import signal
import sys
from pathlib import Path

from cluster.jobs.bulk.on_ray import own_ray
from cluster.jobs.bulk.outcome import Outcome
from cluster.jobs.bulk.rows import BulkRow
from cluster.jobs.bulk.stage import Pool, outcomes
from configs.settings import Settings
from storage.documents.task import TaskParams


class Mortal:
    """A maker that dies of the prompt "always"; of "once" the first time only."""

    def __init__(self, marks: Path) -> None:
        self._marks = marks

    def make(self, row: BulkRow) -> Outcome:
        assert row.params is not None
        with (self._marks / f"{row.number}").open("a") as file:
            file.write("x")
        deaths = {"always": 1000, "once": 1}.get(row.params.prompt, 0)
        if (self._marks / f"{row.number}").stat().st_size <= deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome(row.number, row.id, files={"a": b"x"}, facts={"pid": os.getpid()})


def main() -> None:
    data = Path(sys.argv[1])
    marks = data / "marks"
    marks.mkdir(parents=True)
    prompts = ["茶", "always", "茶", "once", "茶", "茶"]
    rows = [BulkRow(number, f"id{number}", TaskParams(prompt=prompt)) for number, prompt in enumerate(prompts, start=1)]
    with own_ray(Settings(data=data)):
        made = list(outcomes(rows, functools.partial(Mortal, marks), Pool(2)))
    tries = {int(path.name): path.stat().st_size for path in marks.iterdir()}
    # Not printed: Ray prints, too.
    (data / "said.json").write_text(json.dumps({"made": sorted(outcome.number for outcome in made), "tries": tries}))


if __name__ == "__main__":
    main()
