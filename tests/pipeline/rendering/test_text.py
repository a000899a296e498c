"""Text layout: lines, alignment, scripts, vertical columns, ink."""

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.rendering.families import ALIASES, FAMILIES, resolve_families
from pipelines.rendering.fonts import face
from pipelines.rendering.paths import parse_path, to_svg, validate_path
from pipelines.rendering.scripts import drawable, split_runs
from pipelines.rendering.text import layout_text, measure, missing_characters, text_path
from pipelines.rendering.typeset import Line, TextLayout
from storage.documents.style import TextStyle
from storage.errors import ValidationError
from tests.pipeline.rendering.helpers import drawn, text

words = st.text(alphabet="招聘会，。（）《》中秋ABCfi 019%·—-é🎉\n", max_size=60)
looks = st.builds(
    TextStyle, font_size=st.sampled_from([12.0, 40.0, 100.0]),
    font_family=st.sampled_from(["Noto Sans SC", "Anton, SimSun"]),
    font_weight=st.sampled_from(["normal", "900"]), letter_space=st.sampled_from([0.0, -1.0, 5.0]),
    text_align=st.sampled_from(["left", "center", "right", "justify"]), latin_scale=st.sampled_from([1.0, 1.12]),
    font_style=st.sampled_from(["normal", "italic"]), writing_mode=st.sampled_from(["horizontal", "vertical"]),
    text_decoration=st.sampled_from(["none", "underline"]),
)  # fmt: skip


def families_of(line: Line) -> list[str]:
    return [glyph.face.family for glyph in line.glyphs]


def joined(layout: TextLayout) -> str:
    return "".join(line.text for line in layout.lines)


@settings(max_examples=150, deadline=None)
@given(words, looks, st.none() | st.floats(30, 600))
def test_nothing_is_lost_in_wrapping(content: str, style: TextStyle, width: float | None) -> None:
    layout = layout_text(content, style, width)
    assert joined(layout) == "".join(drawable(line) for line in content.split("\n"))
    assert len(layout.lines) >= content.count("\n") + 1
    if width is None:
        assert len(layout.lines) == content.count("\n") + 1


@settings(max_examples=100, deadline=None)
@given(words, looks, st.none() | st.floats(30, 600))
def test_the_ink_box_holds_all_outlines(content: str, style: TextStyle, width: float | None) -> None:
    layout = layout_text(content, style, width)
    bounds = layout.path().computeTightBounds()
    if layout.path().isEmpty() or bounds.isEmpty():
        return
    ink = layout.ink
    assert bounds.left() >= ink.x - 0.01 and bounds.top() >= ink.y - 0.01
    assert bounds.right() <= ink.right + 0.01 and bounds.bottom() <= ink.bottom + 0.01


@settings(max_examples=60, deadline=None)
@given(words, looks.filter(lambda look: look.letter_space == 0), st.floats(0.5, 4))
def test_twice_the_size_is_twice_the_layout(content: str, style: TextStyle, factor: float) -> None:
    one = layout_text(content, style)
    many = layout_text(content, style.model_copy(update={"font_size": style.font_size * factor}))
    assert many.width == pytest.approx(one.width * factor)
    assert many.height == pytest.approx(one.height * factor)


phrases = st.lists(st.sampled_from(["招聘", "会，", "《书》", "ABC ", "（见）", "场。", "100%"]), max_size=30).map(
    "".join
)


@settings(max_examples=100, deadline=None)
@example("100%100%", 120.0, "right")
@example("招聘招聘会，会，《书》招聘100%会，会，100%100%", 558.75, "right")
@given(phrases, st.floats(120, 600), st.sampled_from(["left", "right"]))
def test_wrapped_lines_keep_to_the_measure_and_to_kinsoku(content: str, width: float, align: str) -> None:
    layout = layout_text(content, TextStyle(font_size=24, text_align=align), width)
    most = width + 0.51 + (24 if align == "left" else 0)  # one mark may hang past the measure, on the right
    assert all(line.advance <= most for line in layout.lines)
    assert all(line.text[0] not in "，。）》%" for line in layout.lines[1:])
    assert all(line.text[-1] not in "（《" for line in layout.lines if line.text)


def test_the_last_line_is_not_one_character() -> None:
    layout = layout_text("招聘会会场很大很大很", TextStyle(font_size=10), 90)
    assert [len(line.text) for line in layout.lines] == [8, 2]


def test_latin_words_are_not_broken_unless_wider_than_the_measure() -> None:
    lines = layout_text("the quick brown fox jumps", TextStyle(font_family="Inter", font_size=20), 120).lines
    assert [line.text.strip() for line in lines] == ["the quick", "brown fox", "jumps"]
    assert len(layout_text("extraordinarily", TextStyle(font_size=20), 50).lines) > 1


def test_line_boxes_stack_from_the_top() -> None:
    layout = layout_text("一\n二\n三", TextStyle(font_size=100, line_height=1.5))
    assert [line.baseline for line in layout.lines] == pytest.approx([113, 263, 413])
    assert layout.height == 450


@pytest.mark.parametrize(("align", "x"), [("left", 0), ("center", 150), ("right", 300)])
def test_alignment_is_within_the_width(align: str, x: float) -> None:
    layout = layout_text("招聘", TextStyle(font_size=50, text_align=align), 400)
    assert layout.lines[0].x == pytest.approx(x)


def test_alignment_without_width_is_within_the_longest_line() -> None:
    layout = layout_text("招聘会场\n招聘", TextStyle(font_size=50, text_align="center"))
    assert [line.x for line in layout.lines] == pytest.approx([0, 50])


def test_justified_lines_fill_the_measure_but_the_last() -> None:
    layout = layout_text("招聘会会场很大，请早点到场参加招聘会", TextStyle(font_size=30, text_align="justify"), 200)
    assert all(line.advance == pytest.approx(200) for line in layout.lines[:-1])
    assert layout.lines[-1].advance < 199
    last = layout.lines[0].glyphs[-1]
    assert last.x + 30 == pytest.approx(200, abs=1)


def test_each_script_takes_the_first_family_that_has_it() -> None:
    (line,) = layout_text("Neon招聘12", TextStyle(font_family="Anton, Noto Serif SC")).lines
    assert families_of(line) == ["Anton"] * 4 + ["Noto Serif SC"] * 2 + ["Anton"] * 2


def test_a_missing_letter_moves_all_of_its_script_in_that_line_only() -> None:
    one, other = layout_text("Жар Neon\nNeon", TextStyle(font_family="Archivo Black, Noto Sans SC")).lines
    assert set(families_of(one)) == {"Noto Sans SC"}
    assert set(families_of(other)) == {"Archivo Black"}


def test_a_missing_symbol_is_borrowed_alone() -> None:
    (line,) = layout_text("A★B", TextStyle(font_family="Anton, Noto Sans SC")).lines
    assert families_of(line)[0] == families_of(line)[-1] == "Anton"


def test_colour_glyphs_are_one_cluster_and_drawn_in_their_colours() -> None:
    layout = layout_text("👩‍👩‍👧", TextStyle(font_size=60))
    assert len(layout.color_glyphs()) == 1
    assert layout.ink.area > 1000
    pixels = drawn(text("🎉", 0, 0, font_size=60))
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 50


def test_characters_that_no_face_has_are_reported_and_draw_nothing() -> None:
    assert missing_characters("中文\nA \ue000ሀ🎉é", TextStyle()) == ["\ue000", "ሀ"]
    assert layout_text("ሀ", TextStyle()).path().isEmpty()
    assert measure("A\ue000", TextStyle()) == measure("A", TextStyle())


def test_a_sliver_of_air_between_scripts_but_not_beside_marks() -> None:
    def width(content: str) -> float:
        return layout_text(content, TextStyle(font_size=100, font_family="Inter, Noto Sans SC")).width

    assert width("招A") == pytest.approx(width("招") + width("A") + 7)
    assert width("5招") == pytest.approx(width("5") + width("招") + 7)
    assert width("招(") == pytest.approx(width("招") + width("("))
    assert width("招%") == pytest.approx(width("招") + width("%"))


def test_latin_scale_applies_beside_chinese_only() -> None:
    scaled = TextStyle(font_size=100, font_family="Barlow Condensed, Noto Sans SC", latin_scale=1.2)
    plain = scaled.model_copy(update={"latin_scale": 1.0})
    assert layout_text("AB", scaled).width == pytest.approx(layout_text("AB", plain).width)
    digits = layout_text("AB", plain).width
    assert layout_text("招AB", scaled).width == pytest.approx(100 + 7 + 1.2 * digits)


def test_display_marks_are_narrow_and_body_marks_are_not() -> None:
    style = TextStyle(font_size=100)
    assert layout_text("招，聘", style).width == pytest.approx(262)
    assert layout_text("茶·酒", style).width == pytest.approx(244)
    body = layout_text("招聘，聘" * 4, style, 450).lines[0]
    assert body.glyphs[3].x - body.glyphs[2].x == pytest.approx(100)


def test_marks_keep_clear_of_the_character_above_them_in_a_column() -> None:
    glyphs = layout_text("国。国；国！国？", TextStyle(font_size=100, writing_mode="vertical")).lines[0].glyphs
    boxes = [glyph.face.box(glyph.glyph) for glyph in glyphs]
    tops = [glyph.y + box.y * 100 for glyph, box in zip(glyphs, boxes, strict=True)]
    bottoms = [top + box.height * 100 for top, box in zip(tops, boxes, strict=True)]
    assert all(below > above for above, below in zip(bottoms, tops[1:], strict=False))


def test_letter_space_is_between_characters_only() -> None:
    assert layout_text("招聘会", TextStyle(font_size=100, letter_space=20)).width == pytest.approx(340)


def test_vertical_columns_run_from_right_to_left_on_their_axis() -> None:
    style = TextStyle(font_size=100, line_height=1.4, letter_space=8, writing_mode="vertical")
    layout = layout_text("中秋\n月圆夜", style)
    assert [line.x for line in layout.lines] == pytest.approx([210, 70])
    assert layout.width == pytest.approx(280)
    assert layout.height == pytest.approx(316)
    for line in layout.lines:
        middle, _ = line.ink.center
        assert middle == pytest.approx(line.x, abs=6)


def test_vertical_short_numbers_stand_and_words_lie() -> None:
    style = TextStyle(font_size=100, writing_mode="vertical", font_family="Inter, Noto Sans SC")
    assert not any(glyph.turned for glyph in layout_text("12月", style).lines[0].glyphs)
    turned = [glyph.turned for glyph in layout_text("2026年", style).lines[0].glyphs]
    assert turned == [True] * 4 + [False]


def test_vertical_marks_use_their_vertical_forms() -> None:
    style = TextStyle(font_size=100)
    flat = layout_text("（", style).ink
    upright = layout_text("（", style.model_copy(update={"writing_mode": "vertical"})).ink
    assert flat.height > flat.width and upright.width > upright.height


@pytest.mark.parametrize("family", ["Noto Sans SC", "Noto Serif SC"])
def test_ink_grows_with_weight(family: str) -> None:
    amounts = []
    for weight in ("400", "500", "600", "700", "900"):
        pixels = drawn(text("招", 0, 0, font_size=60, font_family=family, font_weight=weight))
        amounts.append(int((255 - pixels[..., 0].astype(int)).sum()))
    assert all(heavier > 1.03 * lighter for lighter, heavier in pairwise(amounts))


@pytest.mark.parametrize("weight", [100, 400, 700, 900])
def test_weights_are_the_same_every_time(weight: int) -> None:
    glyph = face("Noto Sans SC").hb_font.get_nominal_glyph(ord("招"))
    face.cache_clear()
    first = to_svg(face("Noto Sans SC", weight).outline(glyph))
    face.cache_clear()
    assert to_svg(face("Noto Sans SC", weight).outline(glyph)) == first


def test_emboldened_counters_stay_open() -> None:
    style = TextStyle(font_family="Noto Serif SC", font_weight="700", font_size=100)
    ink = measure("口", style)
    middle_x, middle_y = ink.center
    assert not layout_text("口", style).path().contains(middle_x, middle_y)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_draws(family: str) -> None:
    content = "🎉" if "Emoji" in family else "Ag08"
    assert (drawn(text(content, 0, 0, font_size=24, font_family=family))[..., 0] < 200).any()


def test_foreign_names_map_to_ours() -> None:
    assert resolve_families('"PingFang SC", Arial, Nothing, 微软雅黑') == ("Noto Sans SC", "Inter")
    assert resolve_families("Georgia, SimSun, serif") == ("DM Serif Display", "Noto Serif SC")
    assert set(ALIASES.values()) <= set(FAMILIES)
    assert all(alias == alias.strip().lower() for alias in ALIASES)


def test_text_is_never_markup() -> None:
    assert layout_text("<b>&amp;</b>", TextStyle()).lines[0].text == "<b>&amp;</b>"


def test_shared_marks_follow_their_neighbours() -> None:
    assert [(run.text, run.script) for run in split_runs("“招聘”—“OK”")] == [
        ("“招聘”—“", "cjk"),
        ("OK", "latin"),
        ("”", "cjk"),
    ]
    assert [run.script for run in split_runs("Rock • “Jazz’s”")] == ["latin"]


@pytest.mark.parametrize("content", ["e" + "\u0301" * 10_000, "文" * 20_000, "W" * 20_000, "👩\u200d" * 5_000])
def test_floods_of_characters_are_laid_out_in_the_end(content: str) -> None:
    start = time.process_time()
    layout_text(content, TextStyle(font_size=20), 500).path()
    # Well under a second on a quick machine; what grows with the square takes minutes.
    assert time.process_time() - start < 20


def test_measuring_a_warm_title_takes_far_less_than_a_millisecond() -> None:
    def seconds(first: int) -> float:
        start = time.thread_time()
        for size in range(first, first + 100):
            measure("2026春季招聘会", TextStyle(font_size=size, font_family="Inter, Noto Sans SC", font_weight="900"))
        return time.thread_time() - start

    assert min(seconds(first) for first in (100, 300, 500)) < 0.1


def test_outlines_survive_as_path_data() -> None:
    data = text_path("招A", TextStyle(font_size=100))
    again, ink = parse_path(data).computeTightBounds(), measure("招A", TextStyle(font_size=100))
    assert (again.left(), again.top(), again.right(), again.bottom()) == pytest.approx(
        (ink.x, ink.y, ink.right, ink.bottom), abs=0.05
    )


@pytest.mark.parametrize(
    "data", ["L0 0", "M0", "M0 0 L", "M0 0 X", "M0 0Z3", "M0 0 1", "M1e9 0", "M0 0 A1 1 0 2 0 5 5", "M0 0 Q1 1 2", "招"]
)
def test_broken_path_data_is_refused(data: str) -> None:
    with pytest.raises(ValidationError) as error:
        validate_path(data)
    assert error.value.details["fields"] == ["shape_path"]


@pytest.mark.parametrize(
    "data", ["", " ", "M0 0", "M0,0h1v1z", "m0 0 1 1-2-.5.5.5Z", "M0 0A1 1 0 01 5,5a1 1 0 1 0-5-5Z",
              "M0 0C1 1 2 2 3 3s1 1 2 2Q1 2 3 4t5 5"],
)  # fmt: skip
def test_good_path_data_is_accepted(data: str) -> None:
    validate_path(data)
    parse_path(data)
