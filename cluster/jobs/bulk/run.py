"""A bulk run from its table to its last file, on a Ray that is connected already."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.jobs.bulk.errors import WorkerDied
from cluster.jobs.bulk.finish import archive, contact_sheets, summary
from cluster.jobs.bulk.folder import OutputFolder, poster_folder
from cluster.jobs.bulk.manifest import DONE, FAILED, Line
from cluster.jobs.bulk.outcome import Outcome
from cluster.jobs.bulk.rows import BulkRow, Recipe
from cluster.jobs.bulk.stage import DEATHS
from cluster.jobs.bulk.tables import Table
from storage.documents.base import format_time, utc_now
from storage.errors import ValidationError

Pictures = dict[str, bytes]
# Makes the rows for the output folder of that name; their reference files are given by key.
Make = Callable[[Sequence[BulkRow], Pictures, str], Iterable[Outcome]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a run is asked for beside its table."""

    recipe: Recipe
    retry_failed: bool = False
    zipped: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of the table by what became of them in all runs, and how many this run made."""

    done: int
    failed: int
    made: int


def run_bulk(table: Table, out: Path, wishes: Wishes, make: Make, say: Say) -> Result:
    """Make every row of the table that the output folder lacks. Raises ValidationError, FolderBusy, OSError."""
    wishes.recipe.check(table)
    started = time.monotonic()
    with OutputFolder(out) as folder:
        work = _Work(folder, wishes, say)
        pending, pictures, rows = work.plan(table)
        if not rows:
            raise ValidationError(f"{table.path.name} has no rows.")
        if pending:
            for outcome in work.expected(pending, make(pending, pictures, folder.name)):
                work.settle(outcome)
        folder.drop_beyond(rows)
        folder.manifest.compact(rows)
        lines = list(folder.manifest.last_lines().values())
        done = [line for line in lines if line["status"] == DONE]
        say(f"{len(done)} posters; writing the contact sheets{' and the archive' if wishes.zipped else ''}")
        sheets = contact_sheets(out, done)
        if wishes.zipped:
            archive(out, done, sheets)
        result = Result(len(done), len(lines) - len(done), work.made)
        summary(out, _facts(table, result, lines, time.monotonic() - started))
        return result


class _Work:
    """The folder's part of one run."""

    def __init__(self, folder: OutputFolder, wishes: Wishes, say: Say) -> None:
        self._folder, self._wishes, self._say = folder, wishes, say
        self._known = folder.manifest.done(retry_failed=wishes.retry_failed)
        self._total = self._ended = self._before = 0
        self._first = 0.0
        self.made = 0

    def plan(self, table: Table) -> tuple[list[BulkRow], Pictures, int]:
        """Rows that are to be made, their reference files, and how many rows there are; bad ones are reported."""
        pending: list[BulkRow] = []
        pictures: Pictures = {}
        bad: list[BulkRow] = []
        for row in self._wishes.recipe.rows(table):
            self._total = row.number
            if row.id in self._known:
                self._before += 1
            elif row.params is None:
                bad.append(row)
            else:
                pictures |= row.pictures
                pending.append(BulkRow(row.number, row.id, row.params))
        self._ended = self._before
        self._say(f"{self._total} rows: {self._before} ended before, {len(pending)} to make, {len(bad)} cannot be made")
        for row in bad:
            self.settle(Outcome(row.number, row.id, code=row.code, message=row.problem))
        return pending, pictures, self._total

    def expected(self, pending: Sequence[BulkRow], outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes, and at the end those of rows that none came of."""
        missing = {row.number: row for row in pending}
        for outcome in outcomes:
            del missing[outcome.number]
            yield outcome
        for row in missing.values():
            yield Outcome(
                row.number, row.id, code=WorkerDied.code,
                message=f"The process that made it died {DEATHS} times, most likely of too little memory; give the "
                "run fewer actors, or the row a smaller size.",
            )  # fmt: skip

    def settle(self, outcome: Outcome) -> None:
        """Put the files in place, then the line: a row with a line has its files."""
        if outcome.code:
            self._folder.remove(outcome.number)
        else:
            self._folder.store(outcome.number, outcome.files)
            self.made += 1
            self._first = self._first or time.monotonic()
        self._folder.manifest.append(_line(outcome))
        self._ended += 1
        self._say(self._progress(outcome))

    def _progress(self, outcome: Outcome) -> str:
        what = f"failed: {outcome.message} [{outcome.code}]" if outcome.code else f"{outcome.facts.get('verdict')}"
        text = f"[{self._ended}/{self._total}] row {outcome.number}: {what}, {outcome.seconds:.1f} s"
        if self.made < 2:
            return text
        # From the first poster on: before it, processes start and load their engines.
        rate = (self.made - 1) / max(time.monotonic() - self._first, 1e-3)
        left = (self._total - self._ended) / rate
        return f"{text}; {60 * rate:.1f} posters a minute, about {left:.0f} s left"


def _line(outcome: Outcome) -> Line:
    line: Line = {"row": outcome.number, "id": outcome.id, "status": FAILED if outcome.code else DONE,
                  "seconds": round(outcome.seconds, 2), "at": format_time(utc_now())}  # fmt: skip
    if outcome.code:
        return line | {"code": outcome.code, "message": outcome.message}
    return line | {"poster": poster_folder(outcome.number), **outcome.facts}


def _facts(table: Table, result: Result, lines: Sequence[Line], seconds: float) -> dict[str, Any]:
    verdicts = [line["verdict"] for line in lines if line["status"] == DONE]
    return {
        "table": table.path.name, "rows": len(lines), "done": result.done, "failed": result.failed,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "made_in_last_run": result.made, "seconds_of_last_run": round(seconds, 1),
        "seconds_of_posters": round(sum(line["seconds"] for line in lines), 1),
    }  # fmt: skip
