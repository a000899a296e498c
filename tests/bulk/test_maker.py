"""A row becomes the files of a poster, in one process, with the real engines."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from cluster.cli.render import draw, pictures_beside, read_document
from cluster.jobs.bulk.maker import PosterMaker
from cluster.jobs.bulk.outcome import Outcome
from cluster.jobs.bulk.rows import BulkRow, Recipe
from cluster.jobs.bulk.tables import RawRow
from configs.settings import get_settings


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESIGN_AGENT_DATA", str(folder))
        # The process goes on with other tests, which read its logs.
        patch.setattr("os.nice", lambda _: 0)
        patch.setattr("cluster.jobs.bulk.maker.configure_logging", lambda _: None)
        get_settings.cache_clear()
        yield folder
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def maker(data: Path) -> PosterMaker:
    return PosterMaker("run", {})


def row(**cells: str) -> BulkRow:
    made = Recipe(size="270x480").row(RawRow(7, {"prompt": "读书会 11月28日 14:00", **cells}), Path())
    assert made.params is not None, made.problem
    return made


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_row_gives_the_files_of_a_poster_and_leaves_no_object(maker: PosterMaker, data: Path, tmp_path: Path) -> None:
    outcome = maker.make(row())
    assert (outcome.number, outcome.code, outcome.message) == (7, "", "")
    assert sorted(outcome.files) == ["poster.json", "preview.jpg", "preview.png", "source.psd"]
    assert outcome.facts["verdict"] in {"pass", "warn"}
    assert outcome.seconds > 0
    for name, content in outcome.files.items():
        (tmp_path / name).write_bytes(content)
    document = read_document(tmp_path / "poster.json")
    assert document.poster.id == outcome.facts["poster_id"]
    assert document.poster.metadata.model_extra["quality"]["verdict"] == outcome.facts["verdict"]  # type: ignore[index]
    drawn = draw(document, pictures_beside(tmp_path / "poster.json"))
    assert np.array_equal(pixels(drawn["preview.png"]), pixels(outcome.files["preview.png"]))
    assert PSDImage.open(tmp_path / "source.psd").size == (270, 480)
    assert [path for path in (data / "objects" / "data").rglob("*") if path.is_file()] == []


def test_same_row_made_again_has_the_same_pixels_and_a_changed_one_others(maker: PosterMaker) -> None:
    first, again, other = (maker.make(row(**cells)) for cells in ({}, {}, {"color_scheme": "#d02090"}))
    assert np.array_equal(pixels(first.files["preview.png"]), pixels(again.files["preview.png"]))
    assert not np.array_equal(pixels(first.files["preview.png"]), pixels(other.files["preview.png"]))


def test_what_goes_wrong_in_a_row_is_its_outcome(maker: PosterMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr("cluster.jobs.bulk.maker.run_task", broken)
    outcome = maker.make(row())
    assert (outcome.code, outcome.message, outcome.files) == ("INTERNAL_ERROR", "no room", {})


def test_outcome_travels_as_it_is(maker: PosterMaker) -> None:
    outcome = Outcome(3, "id", 1.5, {"a/b.png": b"\0\xff", "c": b""}, {"verdict": "pass", "title": "茶"})
    assert [Outcome.of(cells) for cells in outcome.table().to_pylist()] == [outcome]
