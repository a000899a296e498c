import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.layout.color import contrast, hue_distance, lch
from pipelines.layout.palette import Mode, derive, is_neutral
from pipelines.models.base import Palette

HEXES = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
MODES: list[Mode] = ["vivid", "light", "dark"]


@settings(max_examples=300, deadline=None)
@given(st.lists(HEXES, max_size=3), st.sampled_from(MODES))
def test_every_text_role_can_be_read_on_its_ground(given_colors: list[str], mode: Mode) -> None:
    palette = derive(given_colors, mode)
    for text, ground in [
        (palette.ink, palette.bg), (palette.ink2, palette.bg), (palette.color_text, palette.bg),
        (palette.on_deep, palette.deep), (palette.on_deep2, palette.deep), (palette.accent_on_deep, palette.deep),
        (palette.on_surface, palette.surface), (palette.on_surface2, palette.surface),
    ]:  # fmt: skip
        assert contrast(text, ground) >= 4.5, (text, ground)
    for text, ground in [(palette.on_primary, palette.primary), (palette.on_accent, palette.accent)]:
        assert contrast(text, ground) >= 4.5, (text, ground)


@settings(max_examples=200, deadline=None)
@given(st.lists(HEXES, min_size=1, max_size=3), st.sampled_from(MODES))
def test_strip_differs_from_the_page(given_colors: list[str], mode: Mode) -> None:
    palette = derive(given_colors, mode)
    assert abs(lch(palette.bg).l - lch(palette.deep).l) >= 0.03


def used(palette: Palette) -> set[str]:
    return {palette.bg, palette.primary, palette.accent, palette.deep, *palette.art}


@pytest.mark.parametrize("mode", ["vivid", "light"])
@pytest.mark.parametrize("color", ["#c8161d", "#1e5bd8", "#ffd800", "#0b6b5d", "#e8430b"])
def test_a_given_colour_is_kept_as_a_fill(color: str, mode: Mode) -> None:
    palette = derive([color], mode)
    assert any(
        abs(lch(fill).l - lch(color).l) < 0.05 and hue_distance(lch(fill).h, lch(color).h) < 6 for fill in used(palette)
    )


def test_a_yellow_page_takes_dark_ink_and_is_not_darkened() -> None:
    palette = derive(["#ffd800"], "vivid")
    assert palette.bg == "#ffd800" and lch(palette.ink).l < 0.3


def test_a_neutral_first_colour_is_the_page() -> None:
    black = derive(["#000000", "#ffd800"], "vivid")
    assert black.mode == "dark" and lch(black.bg).l < 0.2 and black.accent == "#ffd800"
    white = derive(["#ffffff", "#1890ff"], "vivid")
    assert white.mode == "light" and lch(white.bg).l > 0.95


def test_neon_is_tamed() -> None:
    page = lch(derive(["#00ff00"], "vivid").bg)
    assert page.c <= 0.2 and page.l <= 0.85


def test_pastel_is_the_page_and_text_is_dark() -> None:
    palette = derive(["#ffd6e0"], "vivid")
    assert palette.bg == "#ffd6e0" and contrast(palette.ink, palette.bg) >= 7


def test_red_and_green_do_not_vibrate() -> None:
    palette = derive(["#ff0000", "#00aa00"], "vivid")
    assert abs(lch(palette.accent).l - lch(palette.primary).l) >= 0.2


def test_second_colour_becomes_the_accent_when_its_hue_differs() -> None:
    assert derive(["#1e5bff", "#ffb020"], "vivid").accent == "#ffb020"


def test_greys_get_a_warm_accent_on_paper() -> None:
    palette = derive(["#888888"], "light")
    assert lch(palette.bg).l > 0.9 and not is_neutral(palette.accent)


def test_art_ramp_is_never_the_text_colour_on_a_coloured_page() -> None:
    palette = derive(["#1e5bff"], "vivid")
    assert palette.ink not in palette.art[:4]
