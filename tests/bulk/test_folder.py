"""The output folder and its manifest, whenever the writer ends."""

import json
from pathlib import Path

import pytest

from cluster.jobs.bulk.errors import FolderBusy
from cluster.jobs.bulk.folder import OutputFolder, poster_folder
from cluster.jobs.bulk.manifest import Line, Manifest
from storage.errors import ValidationError


def line(row: int, status: str = "done", version: str = "") -> Line:
    return {"row": row, "id": f"id{row}{version}", "status": status, "message": "茶\ud800"}


def test_manifest_cut_at_any_byte_keeps_its_whole_lines(tmp_path: Path) -> None:
    whole = Manifest(tmp_path / "whole.jsonl")
    for row in (1, 2, 3):
        whole.append(line(row))
    data = whole.path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == 0x0A]
    assert len(ends) == 3
    for cut in range(len(data) + 1):
        path = tmp_path / "cut.jsonl"
        path.write_bytes(data[:cut])
        manifest = Manifest(path)
        kept = sum(end <= cut for end in ends)
        assert manifest.done(retry_failed=False) == {f"id{row}" for row in range(1, kept + 1)}
        manifest.append(line(9))
        assert list(manifest.last_lines()) == [*range(1, kept + 1), 9]
        manifest.close()


def test_last_line_of_a_row_counts(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "m.jsonl")
    for entry in (line(1, "failed"), line(2, "failed"), line(1, "done"), line(2, "done", "b"), line(5)):
        manifest.append(entry)
    assert manifest.done(retry_failed=False) == {"id1", "id2b", "id5"}
    manifest.append(line(1, "failed"))
    assert manifest.done(retry_failed=True) == {"id2b", "id5"}


def test_compact_manifest_has_one_line_a_row_in_order(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "m.jsonl")
    for row in (3, 1, 2, 1, 7):
        manifest.append(line(row))
    manifest.compact(3)
    manifest.append(line(2, "failed"))
    lines = [json.loads(text) for text in manifest.path.read_text().splitlines()]
    assert [(entry["row"], entry["status"]) for entry in lines] == [
        (1, "done"), (2, "done"), (3, "done"), (2, "failed"),
    ]  # fmt: skip


def test_manifest_that_somebody_else_wrote_into_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"row": 1}\nhello\n')
    with pytest.raises(ValidationError, match="line 2 is not what a bulk run wrote"):
        Manifest(tmp_path / "m.jsonl").last_lines()


def test_folder_has_one_writer_at_a_time(tmp_path: Path) -> None:
    with OutputFolder(tmp_path / "out"), pytest.raises(FolderBusy, match="Another run writes to"):
        OutputFolder(tmp_path / "out")
    OutputFolder(tmp_path / "out").__exit__(None, None, None)


def test_rows_files_are_replaced_as_a_whole(tmp_path: Path) -> None:
    with OutputFolder(tmp_path) as folder:
        folder.store(7, {"preview.png": b"old", "pictures/1.png": b"picture"})
        folder.store(7, {"preview.png": b"new"})
        place = tmp_path / poster_folder(7)
        assert [path.name for path in place.iterdir()] == ["preview.png"]
        assert (place / "preview.png").read_bytes() == b"new"
        folder.store(8, {"preview.png": b"eight"})
        folder.drop_beyond(7)
        assert [path.name for path in (tmp_path / "posters").iterdir()] == ["000007"]
        folder.remove(7)
        assert not place.exists()


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".bulk" / "partial-0123").mkdir(parents=True)
    (tmp_path / ".bulk" / "partial-0123" / "preview.png").write_bytes(b"half")
    with OutputFolder(tmp_path):
        assert sorted(path.name for path in (tmp_path / ".bulk").iterdir()) == ["lock", "name"]


def test_folder_has_a_name_of_its_own_that_stays(tmp_path: Path) -> None:
    names = []
    for place in ("one", "one", "two"):
        with OutputFolder(tmp_path / place) as folder:
            names.append(folder.name)
    assert names[0] == names[1] != names[2]
