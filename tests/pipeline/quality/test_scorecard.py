import pytest

from pipelines.quality.regions import TextRegion
from pipelines.quality.scorecard import design_unit, scorecard
from pipelines.rendering.canvas import render
from storage.documents.element import ElementSpec
from storage.documents.style import Fill, Pattern
from tests.pipeline.posters import no_images, page, poster, shape, text

W, H = 400, 600


def _card(texts: list[ElementSpec], art: list[ElementSpec] | None = None, **metadata: object) -> dict[str, float]:
    document = poster({"page": [page(W, H)], "art": art or [], "text": texts}, W, H)
    document.layers[1].type = "decoration"
    document.poster.metadata.color_scheme = list(metadata.get("color_scheme", []))
    regions = [TextRegion(element) for element in document.walk() if element.type == "text"]
    bare = render(document, no_images, hidden=frozenset(region.element.id for region in regions))
    return scorecard(document, regions, bare)


@pytest.mark.parametrize(("width", "height", "unit"), [(1080, 1920, 10.8), (1920, 1080, 10.8), (2400, 600, 8.7)])
def test_design_unit_is_a_hundredth_of_the_short_side_except_on_banners(width: int, height: int, unit: float):
    assert design_unit(width, height) == pytest.approx(unit)


def test_overlapping_and_outlying_texts_are_counted():
    tidy = [text("诚聘英才", 30, 40, 60), text("工程师", 30, 200, 40)]
    assert (_card(tidy)["text_overlaps"], _card(tidy)["margin_violations"]) == (0, 0)
    messy = [text("诚聘英才", 30, 40, 60), text("工程师", 60, 60, 60), text("边上", 2, 400, 40)]
    assert (_card(messy)["text_overlaps"], _card(messy)["margin_violations"]) == (1, 1)


def test_a_pattern_under_small_text_is_busy():
    checker = Fill(type="pattern", pattern=Pattern(type="checker", color="#ffffff", background="#000000", size=4))
    words = [text("小字说明文字", 40, 400, 16)]
    assert _card(words)["busyness_small"] == 0
    assert _card(words, [shape(0, 380, W, 80, checker)])["busyness_small"] > 0.3


def test_shares_of_title_hero_and_emptiness():
    words = [text("诚聘英才", 20, 40, 80, role="title"), text("地点", 20, 540, 20)]
    without, with_hero = _card(words), _card(words, [shape(100, 200, 300, 300, "#e05030")])
    assert 0.08 < with_hero["title_share"] < 0.13
    assert with_hero["text_share"] > with_hero["title_share"]
    assert with_hero["hero_share"] == pytest.approx(300 * 300 / (W * H), abs=0.02)
    assert without["empty_share"] > 0.55 > with_hero["empty_share"]


def test_accent_is_the_last_colour_of_the_scheme():
    art = [shape(0, 0, W, 60, "#ff6600")]
    assert _card([], art, color_scheme=["#16366a", "#ff6600"])["accent_share"] == pytest.approx(0.1, abs=0.01)
    assert _card([], art)["accent_share"] == 0


def test_type_scale_counts_sizes_and_edges():
    words = [text("诚聘英才", 30, 40, 60), text("工程师", 30, 200, 30), text("地点", 200, 300, 27)]
    card = _card(words)
    assert card["font_sizes"] == 3
    assert card["size_ratio_min"] == pytest.approx(30 / 27, abs=0.02)
    assert card["left_edges"] in (2, 3)


def test_a_big_shape_almost_touching_an_edge_is_counted():
    assert _card([], [shape(4, 200, 200, 200)])["near_tangents"] == 1
    assert _card([], [shape(-40, 200, 200, 200)])["near_tangents"] == 0
    assert _card([], [shape(40, 200, 200, 200)])["near_tangents"] == 0
