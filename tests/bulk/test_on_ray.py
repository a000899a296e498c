"""``design-agent bulk`` on a Ray of its own: real posters, and processes that die."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from cluster.cli.render import draw, pictures_beside, read_document
from cluster.jobs.bulk.stage import DEATHS
from tests.bulk.jobs import Bulk, clean_environment
from tests.pictures import encoded

pytestmark = pytest.mark.stack
PROMPTS = ("读书会 11月28日 14:00 城市书房", "招聘设计师 月薪2万", "Coffee festival, December 1st")


def test_table_becomes_posters_and_a_changed_row_one_more(tmp_path: Path) -> None:
    bulk = Bulk(tmp_path / "table.jsonl", tmp_path / "out", clean_environment(tmp_path / "data"))
    (tmp_path / "photo.png").write_bytes(encoded(400, 300, "PNG", "#20a060"))
    rows = [{"prompt": prompt} for prompt in PROMPTS]
    bulk.write(rows[0], {"prompt": PROMPTS[1], "size": "huge"}, rows[2], rows[1] | {"reference": "photo.png"})
    done = bulk.run("--actors", "2")
    assert done.returncode == 0, done.stderr
    assert "4 rows: 0 ended before, 3 to make, 1 cannot be made" in done.stderr
    assert "row 2: failed: size 'huge' is not WIDTHxHEIGHT" in done.stderr
    assert {row: line["status"] for row, line in bulk.lines.items()} == {1: "done", 2: "failed", 3: "done", 4: "done"}
    for row in (1, 3, 4):
        folder = bulk.out / "posters" / f"00000{row}"
        assert Image.open(folder / "preview.png").size == (270, 480)
        document = read_document(folder / "poster.json")
        drawn = draw(document, pictures_beside(folder / "poster.json"))
        assert drawn["preview.png"] == (folder / "preview.png").read_bytes()
        assert (folder / "source.psd").stat().st_size > 10_000
    with zipfile.ZipFile(bulk.out / "posters.zip") as pack:
        assert "posters/000004/source.psd" in pack.namelist()
    assert Image.open(bulk.out / "contact-sheet-01.jpg").width > 700
    used = read_document(bulk.out / "posters" / "000004" / "poster.json").poster.metadata.model_extra
    assert used is not None
    assert used["references"][0]["use"] != "none", used["references"]
    shown = [path.name for path in (bulk.out / "posters" / "000004").glob("pictures/*")]
    assert bool(shown) == (used["references"][0]["use"] not in {"palette", "none"})

    before = bulk.written()
    again = bulk.run()
    assert "4 rows: 4 ended before, 0 to make, 0 cannot be made" in again.stderr
    bulk.write({"prompt": PROMPTS[0] + "!"}, rows[1], rows[2], rows[1] | {"reference": "photo.png"})
    changed = bulk.run("--strict")
    assert changed.returncode == 0, changed.stderr
    assert "4 rows: 2 ended before, 2 to make, 0 cannot be made" in changed.stderr
    after = bulk.written()
    assert {row for row in after if after[row] != before.get(row)} == {1, 2}


def test_row_whose_process_dies_is_made_by_another_and_given_up_in_the_end(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bulk.deadly", str(tmp_path / "data")], text=True,
                          env=clean_environment(tmp_path / "data"), capture_output=True, timeout=600)  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads((tmp_path / "data" / "said.json").read_text())
    assert said["made"] == [1, 3, 4, 5, 6]
    assert said["tries"]["2"] == DEATHS
    assert said["tries"]["4"] == 2


def test_engines_that_cannot_be_loaded_end_the_run_with_the_reason(tmp_path: Path) -> None:
    bulk = Bulk(tmp_path / "table.jsonl", tmp_path / "out", clean_environment(tmp_path / "data"))
    bulk.write({"prompt": PROMPTS[0]})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").write_text("in the place of the folder")
    done = bulk.run()
    assert done.returncode == 1
    assert "error: Ray gave the run up: " in done.stderr
    assert "models" in done.stderr
    assert "Traceback" not in done.stderr
    assert bulk.lines == {}
