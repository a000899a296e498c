"""What SDXL is asked for: words, the sketch, and the veils over what comes back."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor

from pipelines.geometry import Box
from pipelines.layout.color import contrast
from pipelines.models.sdxl_painter.sketch import draw_sketch
from pipelines.models.sdxl_painter.veils import veils
from pipelines.models.sdxl_painter.words import color_words, prompts
from pipelines.picture_wish import PARAM, PageText, PictureWish
from tests.pipeline.painter.scenes import PALETTES, ZONES, scene


def wish(**changes: Any) -> PictureWish:
    given: dict[str, Any] = {"says": "", "purpose": "event", "mood": "warm", "style": "editorial", "texts": ()}
    return PictureWish(**given | changes)


def test_the_prompt_says_subject_look_place_and_colours() -> None:
    at = scene("landscape", "light", **{PARAM: wish(says="A barista pours coffee.")})
    prompt, negative = prompts(at)
    assert prompt.startswith("A barista pours coffee, editorial magazine photograph")
    assert "subject in the middle right" in prompt
    assert "calm empty space at the" in prompt
    assert color_words(at.palette.primary) in prompt
    assert {"letters", "watermark", "typography"} <= set(negative.split(", "))


def test_a_description_in_another_language_gives_way_to_the_topics_and_they_to_the_purpose() -> None:
    given = scene("square", "light", **{PARAM: wish(says="咖啡店")})
    assert prompts(given)[0].startswith("a lively gathering")
    from dataclasses import replace

    assert prompts(replace(given, topics=("milk_tea", "autumn")))[0].startswith("bubble tea and autumn")


@pytest.mark.parametrize(
    ("color", "words"),
    [("#ffffff", "white"), ("#0b0b0c", "black"), ("#8d8d8d", "grey"), ("#b4271f", "coral"), ("#1d4ed8", "blue"),
     ("#0b2a5b", "dark blue"), ("#fde7c8", "pale amber"), ("#16a34a", "green")],
)  # fmt: skip
def test_colours_have_names(color: str, words: str) -> None:
    assert color_words(color) == words


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("palette", PALETTES)
def test_the_sketch_is_plain_where_the_texts_are_and_not_where_the_subject_is(zone: str, palette: str) -> None:
    at = scene(zone, palette)
    data = draw_sketch(at)
    assert draw_sketch(at) == data
    image = Image.open(io.BytesIO(data))
    assert abs(image.width / image.height - at.width / at.height) < 0.01
    pixels = np.asarray(image.resize((at.width, at.height)).convert("RGB")).astype(float)
    title = at.quiet[1].outset(-24)
    under = pixels[int(title.y) : int(title.bottom), int(title.x) : int(title.right)]
    page = np.array(ImageColor.getrgb(at.page_color))
    assert np.abs(under.mean(axis=(0, 1)) - page).max() < 12
    x, y = at.zone.center
    assert np.abs(pixels[int(y) - 5 : int(y) + 5, int(x) - 5 : int(x) + 5].mean(axis=(0, 1)) - page).max() > 12


def text(box: Box, color: str, needed: float = 4.5, **changes: Any) -> PageText:
    return PageText(**{"box": box, "size": 40.0, "colors": (color,), "needed": needed, "outlined": False} | changes)


def test_a_calm_picture_in_contrast_needs_no_veil() -> None:
    at = scene("square", "light")
    picture = np.full((540, 540, 3), ImageColor.getrgb(at.page_color), np.uint8)
    assert veils(at, [text(at.quiet[1], at.palette.ink)], picture) == []


@pytest.mark.parametrize("picture_color", ["#000000", "#ffffff", "#d02040"])
@pytest.mark.parametrize("palette", PALETTES)
def test_a_veil_is_as_strong_as_the_text_needs(palette: str, picture_color: str) -> None:
    at = scene("square", palette)
    picture = np.full((540, 540, 3), ImageColor.getrgb(picture_color), np.uint8)
    for found in veils(at, [text(at.quiet[1], at.palette.ink)], picture):
        share = found.style.opacity
        pairs = zip(ImageColor.getrgb(at.page_color), ImageColor.getrgb(picture_color), strict=True)
        mixed = [round(share * page + (1 - share) * under) for page, under in pairs]
        assert contrast(at.palette.ink, "#{:02x}{:02x}{:02x}".format(*mixed)) >= 4.5


def test_texts_beside_each_other_share_a_veil_and_distant_ones_do_not() -> None:
    at = scene("portrait", "light")
    noise = np.random.default_rng(1).integers(0, 256, (720, 540, 3), np.uint8)
    boxes = [Box(30, 30, 200, 40), Box(30, 80, 200, 40), Box(30, 600, 200, 40)]
    found = veils(at, [text(box, at.palette.ink) for box in boxes], noise)
    assert len(found) == 2
    assert all(element.content.role == "scrim" for element in found)
