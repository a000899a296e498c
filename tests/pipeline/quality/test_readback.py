import numpy as np
import pytest

from pipelines.models.base import TextLine
from pipelines.models.paddle_ocr import PaddleOcrReader
from pipelines.quality.matching import similarity
from pipelines.quality.readback import read_back
from pipelines.quality.regions import TextRegion
from pipelines.rendering.canvas import render
from storage.documents.element import ElementSpec
from tests.pipeline.posters import grain, no_images, page, poster, shape, text

W, H = 720, 720
SONG = "Noto Serif SC"
VERTICAL = {"writing_mode": "vertical"}
TEXTS = [
    text("诚聘英才", 30, 20, 90, font_weight="900"),
    text("地点：上海市张江路100号\n电话 021-6688 9900", 30, 150, 22),
    text("全场五折起", 200, 250, 44, rotation=-15),
    text("Summer Sale", 60, 370, 44, rotation=30, font_family="Anton"),
    text("倒过来的字", 60, 640, 40, rotation=180),
    text("向左转的标题", -60, 520, 36, rotation=-90),
    text("山间茶馆", 620, 30, 80, font_family=SONG, **VERTICAL),
    text("一盏清茶、半日闲", 540, 30, 34, **VERTICAL),
    text("2026年8月10日—12日", 480, 30, 34, **VERTICAL),
    text("《茶经》（二）", 640, 400, 34, **VERTICAL),
    text("五月初八\n新店启幕", 530, 400, 34, **VERTICAL),
    text("Open LONDON", 480, 400, 34, **VERTICAL),
    text("小字说明：最终解释权归主办方", 260, 680, 13),
    text("瘦高体", 300, 590, 40, scale_x=0.7),
]


class CropsOnly:
    """The real reader, blind to the whole picture: every line has to come from its own crop."""

    name = "crops only"

    def __init__(self, reader: PaddleOcrReader) -> None:
        self.reader = reader
        self.crops = 0

    def read(self, image: np.ndarray) -> list[TextLine]:
        return []

    def read_lines(self, crops: list[np.ndarray]) -> list[str]:
        self.crops += len(crops)
        return self.reader.read_lines(crops)


def _readings(reader, texts: list[ElementSpec], front: list[ElementSpec] | None = None) -> list[float]:
    document = poster({"page": [page(W, H), grain(W, H)], "text": texts, "front": front or []}, W, H)
    regions = [TextRegion(element) for element in document.walk() if element.type == "text"]
    picture = render(document, no_images)[:, :, :3].copy()
    read = read_back(regions, picture, reader, frozenset())
    return [
        similarity(region.comparable(region.element.content.text or ""), region.comparable(reading.text))
        for region, reading in zip(regions, read, strict=True)
    ]


def _by_text(values: list[float]) -> dict[str, float]:
    return {str(spec.content.text): value for spec, value in zip(TEXTS, values, strict=True)}


def test_level_turned_and_vertical_texts_are_read_where_they_are(reader: PaddleOcrReader):
    assert {name: ned for name, ned in _by_text(_readings(reader, TEXTS)).items() if ned < 1} == {}


def test_each_text_is_read_from_its_own_level_crop_as_well(reader: PaddleOcrReader):
    blind = CropsOnly(reader)
    assert {name: ned for name, ned in _by_text(_readings(blind, TEXTS)).items() if ned < 1} == {}
    assert blind.crops == 2 * (len(TEXTS) + 2)  # two of them have two lines; each line is cut twice


@pytest.mark.parametrize("spec", [text("诚聘英才", 30, 20, 90), text("五月初八", 530, 100, 60, **VERTICAL)])
def test_what_covers_a_text_is_in_the_crop(reader: PaddleOcrReader, spec: ElementSpec):
    box = TextRegion(poster({"t": [spec]}, W, H).walk()[0]).ink
    cover = shape(box.x, box.y, box.width * 0.6, box.height * 0.6, "#d09000")
    assert _readings(reader, [spec], [cover])[0] < 0.98


def test_a_mirrored_text_is_not_unmirrored(reader: PaddleOcrReader):
    assert _readings(reader, [text("前后端工程师", 30, 20, 60, scale_x=-1)])[0] < 0.98


def test_case_counts_unless_the_typeface_has_only_one(reader: PaddleOcrReader):
    texts = [text("Summer Jazz", 30, 20, 60, font_family="Bebas Neue"), text("Summer Jazz", 30, 120, 60)]
    assert [TextRegion(element).one_case for element in poster({"t": texts}, W, H).walk()] == [True, False]
    document = poster({"page": [page(W, H)], "text": texts}, W, H)
    regions = [TextRegion(element) for element in document.walk() if element.type == "text"]
    read = read_back(regions, render(document, no_images)[:, :, :3].copy(), reader, frozenset())
    assert [reading.text.replace(" ", "") for reading in read] == ["SUMMERJAZZ", "SummerJazz"]
    assert regions[0].comparable("Summer Jazz") == "SUMMER JAZZ"
    assert regions[1].comparable("Summer Jazz") == "Summer Jazz"


def test_the_same_words_elsewhere_do_not_count(reader: PaddleOcrReader):
    texts = [text("诚聘英才", 30, 20, 60), text("诚聘英才", 30, 300, 60)]
    covered, free = _readings(reader, texts, [shape(0, 0, W, 120, "#d09000")])
    assert covered < 0.5 and free == 1
