import numpy as np
import pytest

from pipelines.quality.contrast import Contrast, contrast_ratio, luminance, measure
from pipelines.quality.regions import TextRegion
from pipelines.rendering.canvas import render
from storage.documents.element import ElementSpec
from storage.documents.style import Filter, Stroke, linear
from tests.pipeline.posters import grain, no_images, poster, shape, text

W, H = 300, 120


def _bytes(color: str) -> np.ndarray:
    return np.array([int(color[index : index + 2], 16) for index in (1, 3, 5)], np.uint8)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54),
     ("#ff0000", "#ffffff", 4.0), ("#0000ff", "#ffffff", 8.59), ("#ffffff", "#ffffff", 1.0)],
)  # fmt: skip
def test_contrast_ratio_has_the_published_values(first: str, second: str, ratio: float):
    forward = float(contrast_ratio(luminance(_bytes(first)), luminance(_bytes(second))))
    assert forward == pytest.approx(ratio, abs=0.005)
    assert forward == float(contrast_ratio(luminance(_bytes(second)), luminance(_bytes(first))))


def _measured(words: ElementSpec, *below: ElementSpec, above: tuple[ElementSpec, ...] = (), **given: float) -> Contrast:
    document = poster({"page": list(below), "text": [words, *above]}, W, H)
    element = next(element for element in document.walk() if element.type == "text")
    finished = render(document, no_images)
    without = render(document, no_images, hidden=frozenset({element.id}))
    contrast = measure(TextRegion(element), finished, without, **given)
    assert contrast is not None
    return contrast


def _page(color: str) -> ElementSpec:
    return shape(0, 0, W, H, color)


@pytest.mark.parametrize("size", [14, 30, 70])
@pytest.mark.parametrize("color", ["#000000", "#767676", "#c81e1e", "#bbbbbb"])
def test_plain_text_has_the_contrast_of_its_two_colours_at_any_size(color: str, size: float):
    nominal = float(contrast_ratio(luminance(_bytes(color)), luminance(_bytes("#ffffff"))))
    assert _measured(text("诚聘 Sale", 10, 15, size, color), _page("#ffffff")).ratio == pytest.approx(nominal, rel=0.04)


def test_opacity_and_blur_lower_the_contrast():
    plain = _measured(text("诚聘英才", 20, 20, 50), _page("#203050")).ratio
    faint = _measured(text("诚聘英才", 20, 20, 50, opacity=0.2), _page("#203050")).ratio
    blurred = _measured(text("诚聘英才", 20, 20, 50, filters=[Filter(type="blur", value=8)]), _page("#203050")).ratio
    assert plain > 12 > 3 > faint and blurred < 4.5


def test_the_weakest_part_of_a_gradient_counts():
    ground = shape(0, 0, W, H, linear(["#000000", "#ffffff"], 90))
    assert _measured(text("诚聘英才", 20, 20, 60), ground).ratio < 2.2


def test_a_stroke_in_the_texts_own_colour_behind_it_is_no_contrast():
    line = shape(0, 55, W, 8, "#ffffff")
    assert _measured(text("诚聘英才", 20, 20, 60), _page("#203050"), line).ratio < 1.2


def test_an_outline_in_another_colour_is_the_texts_own_ground():
    outlined = text("诚聘英才", 20, 20, 60, font_weight="900", stroke=Stroke(color="#101010", width=14))
    assert _measured(outlined, _page("#ffffff")).ratio > 4.5
    assert _measured(text("诚聘英才", 20, 20, 60, font_weight="900"), _page("#ffffff")).ratio < 1.1


def test_fine_grain_hardly_changes_the_contrast():
    plain = _measured(text("诚聘英才", 20, 20, 60), _page("#1657b0")).ratio
    grainy = _measured(text("诚聘英才", 20, 20, 60), _page("#1657b0"), grain(W, H, 0.3)).ratio
    assert grainy == pytest.approx(plain, rel=0.12)


def test_a_cover_is_seen_and_a_small_one_can_be_forgiven():
    words = text("诚聘英才", 20, 20, 60, font_weight="900")
    bar = shape(0, 75, W, 6, "#d09000")
    strict = _measured(words, _page("#203050"), above=(bar,))
    assert strict.ratio < 2.5 and 0.05 < strict.covered < 0.15
    assert _measured(words, _page("#203050"), above=(bar,), forgive_covered=0.15).ratio > 7
    half = _measured(words, _page("#203050"), above=(shape(0, 0, 150, H, "#d09000"),), forgive_covered=0.15)
    assert half.covered > 0.4 and half.ratio < 1.1


def test_turned_and_scaled_text_is_measured_where_it_is():
    turned = text("诚聘英才", 60, 30, 40, rotation=33, scale_x=0.8)
    assert _measured(turned, _page("#203050"), shape(0, 0, 30, 20, "#ffffff")).ratio > 12


def test_text_without_outlines_in_the_picture_is_not_measured():
    document = poster({"text": [text("☕", 20, 20, 50), text("外面", 2 * W, 20, 50)]}, W, H)
    picture = render(document, no_images)
    assert [measure(TextRegion(element), picture, picture) for element in document.walk()] == [None, None]
