"""A run's bookkeeping: what is made, what is not made again, and what is left at the end."""

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PIL import Image

from cluster.jobs.bulk.errors import FolderBusy
from cluster.jobs.bulk.folder import OutputFolder
from cluster.jobs.bulk.manifest import Line
from cluster.jobs.bulk.outcome import Outcome
from cluster.jobs.bulk.rows import BulkRow, Recipe
from cluster.jobs.bulk.run import Make, Pictures, Result, Wishes, run_bulk
from cluster.jobs.bulk.tables import open_table
from storage.errors import ValidationError
from tests.pictures import encoded

Fate = Callable[[BulkRow], Outcome | None]


def done(row: BulkRow) -> Outcome:
    files = {"preview.jpg": encoded(90, 160), "preview.png": encoded(90, 160, "PNG"), "poster.json": row.id.encode()}
    return Outcome(row.number, row.id, 0.5, files, {"verdict": "pass", "poster_id": f"poster_{row.number}"})


class Killed(BaseException):
    """The driver ends here."""


class Bench:
    """A table, an output folder, and what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.table, self.out = folder / "table.jsonl", folder / "out"
        self.asked: list[int] = []
        self.said: list[str] = []
        self.names: list[str] = []

    def write(self, *cells: dict[str, object]) -> None:
        self.table.write_text("".join(json.dumps(entry) + "\n" for entry in cells))

    def run(self, fate: Fate = done, **wishes: bool) -> Result:
        self.asked.clear()
        return run_bulk(
            open_table(self.table), self.out, Wishes(Recipe(), **wishes), self._make(fate), self.said.append
        )

    def _make(self, fate: Fate) -> Make:
        def make(rows: Sequence[BulkRow], pictures: Pictures, run: str) -> Iterator[Outcome]:
            self.names.append(run)
            # The last first: rows end in any order.
            for row in reversed(rows):
                self.asked.append(row.number)
                outcome = fate(row)
                if outcome is not None:
                    yield outcome

        return make

    @property
    def lines(self) -> list[Line]:
        return [json.loads(line) for line in (self.out / "manifest.jsonl").read_text().splitlines()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.write(*({"prompt": f"poster {number}"} for number in range(1, 6)))
    return bench


def test_finished_run_has_everything_and_makes_nothing_again(bench: Bench) -> None:
    assert bench.run() == Result(done=5, failed=0, made=5)
    assert [line["row"] for line in bench.lines] == [1, 2, 3, 4, 5]
    assert bench.lines[0] | {"id": "", "at": ""} == {
        "row": 1, "id": "", "status": "done", "seconds": 0.5, "at": "", "poster": "posters/000001", "verdict": "pass",
        "poster_id": "poster_1",
    }  # fmt: skip
    with Image.open(bench.out / "contact-sheet-01.jpg") as sheet:
        assert sheet.width > 240
    with zipfile.ZipFile(bench.out / "posters.zip") as pack:
        names = pack.namelist()
        assert pack.testzip() is None
    assert names[:2] == ["manifest.jsonl", "contact-sheet-01.jpg"]
    assert names[2:] == [f"posters/00000{row}/{name}" for row in range(1, 6)
                         for name in ("poster.json", "preview.jpg", "preview.png")]  # fmt: skip
    summary = json.loads((bench.out / "summary.json").read_text())
    assert (summary["rows"], summary["done"], summary["verdicts"]) == (5, 5, {"pass": 5})
    assert bench.run() == Result(done=5, failed=0, made=0)
    assert bench.asked == []


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
def test_killed_run_goes_on_with_the_rows_that_are_missing(bench: Bench, after: int) -> None:
    def dies(row: BulkRow) -> Outcome:
        if len(bench.asked) > after:
            raise Killed
        return done(row)

    with pytest.raises(Killed):
        bench.run(dies)
    assert len(bench.lines) == after
    with (bench.out / "manifest.jsonl").open("a") as file:
        file.write('{"row": 1, "id": "torn')
    assert bench.run() == Result(done=5, failed=0, made=5 - after)
    assert bench.asked == list(range(5 - after, 0, -1))
    assert [line["row"] for line in bench.lines] == [1, 2, 3, 4, 5]


def test_changed_row_is_a_new_one_and_the_others_stay(bench: Bench) -> None:
    bench.run()
    before = {line["row"]: line["id"] for line in bench.lines}
    bench.write(*({"prompt": f"poster {number}" if number != 3 else "changed"} for number in range(1, 6)))
    assert bench.run() == Result(done=5, failed=0, made=1)
    assert bench.asked == [3]
    assert bench.names[0] == bench.names[1]
    after = {line["row"]: line["id"] for line in bench.lines}
    assert {row for row in after if after[row] != before[row]} == {3}
    assert (bench.out / "posters" / "000003" / "poster.json").read_text() == after[3]


def test_table_may_grow_and_shrink(bench: Bench) -> None:
    bench.run()
    bench.write(*({"prompt": f"poster {number}"} for number in range(1, 8)))
    assert bench.run() == Result(done=7, failed=0, made=2)
    bench.write({"prompt": "poster 1"}, {"prompt": "poster 2"})
    assert bench.run() == Result(done=2, failed=0, made=0)
    assert sorted(path.name for path in (bench.out / "posters").iterdir()) == ["000001", "000002"]


def test_bad_rows_are_reported_and_the_rest_is_made(bench: Bench) -> None:
    bench.write({"prompt": "one"}, {"title": "no prompt"}, {"prompt": "three", "size": "big"}, {"prompt": "four"})
    assert bench.run() == Result(done=2, failed=2, made=2)
    bad = [line for line in bench.lines if line["status"] == "failed"]
    assert [(line["row"], line["code"]) for line in bad] == [(2, "INVALID_ARGUMENT"), (3, "INVALID_ARGUMENT")]
    assert "'big' is not WIDTHxHEIGHT" in bad[1]["message"]
    assert any("row 3: failed: size 'big'" in text for text in bench.said)
    assert bench.run() == Result(done=2, failed=2, made=0)
    bench.write({"prompt": "one"}, {"prompt": "two"}, {"prompt": "three", "size": "big"}, {"prompt": "four"})
    assert bench.run() == Result(done=3, failed=1, made=1)


def test_row_that_was_made_and_is_bad_now_keeps_no_old_poster(bench: Bench) -> None:
    bench.run()
    bench.write(*({"prompt": "" if number == 2 else f"poster {number}"} for number in range(1, 6)))
    assert bench.run() == Result(done=4, failed=1, made=0)
    assert not (bench.out / "posters" / "000002").exists()


def test_row_whose_process_died_each_time_is_failed_and_tried_again_by_the_next_run(bench: Bench) -> None:
    assert bench.run(lambda row: None if row.number == 4 else done(row)) == Result(done=4, failed=1, made=4)
    line = bench.lines[3]
    assert (line["status"], line["code"]) == ("failed", "WORKER_DIED")
    assert "died 3 times" in line["message"]
    assert bench.run() == Result(done=5, failed=0, made=1)


def test_failed_design_is_tried_again_on_wish_only(bench: Bench) -> None:
    def fails(row: BulkRow) -> Outcome:
        return Outcome(row.number, row.id, code="DESIGN_FAILED", message="no") if row.number == 2 else done(row)

    assert bench.run(fails) == Result(done=4, failed=1, made=4)
    assert bench.run() == Result(done=4, failed=1, made=0)
    assert bench.run(retry_failed=True) == Result(done=5, failed=0, made=1)


def test_sheets_of_many_posters_are_several_files(bench: Bench) -> None:
    bench.write(*({"prompt": f"poster {number}"} for number in range(130)))
    bench.run(zipped=False)
    assert sorted(path.name for path in bench.out.glob("contact-sheet-*")) == [
        f"contact-sheet-0{number}.jpg" for number in (1, 2, 3)
    ]
    assert not (bench.out / "posters.zip").exists()
    bench.write({"prompt": "poster 0"})
    bench.run(zipped=False)
    assert [path.name for path in bench.out.glob("contact-sheet-*")] == ["contact-sheet-01.jpg"]


def test_empty_table_and_busy_folder_are_refused(bench: Bench) -> None:
    with OutputFolder(bench.out), pytest.raises(FolderBusy):
        bench.run()
    bench.table.write_text("\n")
    with pytest.raises(ValidationError, match="has no rows"):
        bench.run()
