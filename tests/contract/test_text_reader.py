"""What every text reader must do, run against each adapter of the port."""

import numpy as np
import pytest

from pipelines.models.base import TextReader
from pipelines.models.ocr_models import alphabet
from pipelines.models.paddle_ocr import PaddleOcrReader
from pipelines.quality.matching import similarity
from pipelines.rendering.canvas import render
from tests.pipeline.posters import no_images, page, poster, text

LINES = [
    "诚聘英才", "高级后端工程师 3 名", "地点：上海市浦东新区张江路100号", "电话 021-6688 9900",
    "全场满300减50，错过等一年！", "Summer Jazz Festival", "Doors open 7:30 PM", "From $59 · info@example.com",
]  # fmt: skip


@pytest.fixture(params=["paddle_ocr"])
def any_reader(request: pytest.FixtureRequest, reader: PaddleOcrReader) -> TextReader:
    return {"paddle_ocr": reader}[request.param]


@pytest.fixture(scope="module")
def printed() -> np.ndarray:
    """All lines, one under the other, 40 px apart from the next."""
    texts = [text(line, 40, 30 + 70 * index, 30) for index, line in enumerate(LINES)]
    return render(poster({"page": [page(640, 620)], "text": texts}, 640, 620), no_images)[:, :, :3].copy()


def test_printed_chinese_and_english_lines_are_read_exactly(any_reader: TextReader, printed: np.ndarray):
    found = sorted(any_reader.read(printed), key=lambda line: line.box.y)
    assert [similarity(line, seen.text) for line, seen in zip(LINES, found, strict=True)] == [1.0] * len(LINES)


def test_lines_are_found_where_they_are_printed(any_reader: TextReader, printed: np.ndarray):
    found = sorted(any_reader.read(printed), key=lambda line: line.box.y)
    for index, line in enumerate(found):
        assert len(line.polygon) == 4
        assert 20 < line.box.x < 60
        assert abs(line.box.center[1] - (30 + 70 * index + 18)) < 12
        assert 0.5 < line.score <= 1


def test_crops_are_read_in_the_order_they_are_given(any_reader: TextReader, printed: np.ndarray):
    crops = [printed[24 + 70 * index : 76 + 70 * index] for index in range(len(LINES))]
    read = any_reader.read_lines(crops)
    assert [similarity(line, seen) for line, seen in zip(LINES, read, strict=True)] == [1.0] * len(LINES)


def test_an_empty_page_has_no_lines(any_reader: TextReader):
    assert any_reader.read(np.full((320, 240, 3), 200, np.uint8)) == []


def test_no_crops_no_texts(any_reader: TextReader):
    assert any_reader.read_lines([]) == []


def test_reading_changes_nothing_and_repeats_itself(any_reader: TextReader, printed: np.ndarray):
    before = printed.copy()
    first = any_reader.read(printed)
    assert any_reader.read(printed) == first
    assert np.array_equal(printed, before)


def test_tiny_and_wide_pictures_are_accepted(any_reader: TextReader):
    for height, width in ((64, 64), (64, 2000), (16, 16)):
        assert any_reader.read(np.zeros((height, width, 3), np.uint8)) == []


def test_the_alphabet_holds_both_scripts_and_lacks_others():
    known = alphabet()
    assert len(known) > 10_000
    assert set("诚聘英才折Az09:：,，。%¥$ ") <= known
    assert not set("กखע") & known
