import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.layout.breaking import balanced, break_title, splits, wrap
from pipelines.layout.phrases import phrases
from pipelines.layout.type import line_ink
from pipelines.styles.packs import style_pack
from tests.pipeline.layout.briefs import squeezed

VOICE = style_pack("business").type.title
LATIN = style_pack("business").type.title_latin


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("全场满300减50", "满300减50"),
        ("12月5日停水通知", "12月5日"),
        ("第三期分享会", "第三期"),
        ("从100ms到10ms", "100ms"),
        ("全场8.8折优惠", "8.8折"),
        ("周末读书会", "读书会"),
        ("2026年度大会", "2026年"),
    ],
)
def test_numbers_units_and_compounds_stay_whole(text: str, whole: str) -> None:
    assert any(whole in phrase for phrase in phrases(text))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("城市更新与公共空间论坛", ("城市更新", "与公共空间论坛")),
        ("太空科学日", ("太空", "科学日")),
        ("停电通知", ("停电", "通知")),
        ("2026云原生开发者大会", ("2026云原生", "开发者大会")),
    ],
)
def test_titles_break_where_a_reader_would(text: str, lines: tuple[str, ...]) -> None:
    broken = break_title(text, VOICE, 900, 500, least=2, most=2)
    assert broken is not None and broken.lines == lines


def test_connectives_start_a_line_and_particles_end_one() -> None:
    assert all(not cut[0].endswith("与") for cut in splits("城市更新与公共空间论坛", 2))
    assert all(not line.startswith("的") for cut in splits("关于消防工作的通知", 2) for line in cut)


@pytest.mark.parametrize("text", ["太空科学日", "开业大吉", "关于进一步加强园区消防安全管理工作的通知", "年货大集"])
def test_no_line_is_one_character(text: str) -> None:
    for count in (2, 3):
        assert all(len(line) > 1 for lines in splits(text, count) for line in lines)


def test_latin_breaks_between_words_only() -> None:
    words = ["The", "Internationalization", "of", "Small", "Things"]
    for count in (1, 2, 3):
        for lines in splits(" ".join(words), count):
            assert [word for line in lines for word in line.split()] == words


def test_explicit_line_breaks_are_kept() -> None:
    broken = break_title("春天\n来了吗", VOICE, 900, 500)
    assert broken is not None and broken.lines == ("春天", "来了吗")


def test_the_longest_line_fills_the_measure() -> None:
    broken = break_title("深夜爵士", VOICE, 900, 600, most=1)
    assert broken is not None
    ink = line_ink(broken.lines[0], VOICE)
    assert (ink.right - ink.left) * broken.size == pytest.approx(900, rel=0.01)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="春夏秋冬，。一二三（）“”ab12 ", min_size=1, max_size=80), st.integers(60, 600))
def test_wrapping_keeps_every_character_and_the_measure(text: str, width: int) -> None:
    lines = wrap(text, VOICE, 24, width)
    assert squeezed("".join(lines)) == squeezed(text)
    assert all(line_ink(line, VOICE).advance * 24 <= width + 24 for line in lines)


def test_closing_marks_do_not_start_a_line() -> None:
    text = "为消除隐患，保障安全，管理处定于十二月一日起开展检查。请各企业完成自查，清理通道。"
    for width in range(120, 500, 20):
        assert all(line[0] not in "，。、；：）" for line in wrap(text, VOICE, 30, width))


def test_a_short_text_is_set_in_even_lines() -> None:
    assert balanced("请提前做好用电安排，敬请谅解", VOICE, 30, 330) == ("请提前做好用电安排，", "敬请谅解")


def test_latin_titles_are_not_hyphenated_even_when_narrow() -> None:
    broken = break_title("Extraordinary Evening", LATIN, 300, 400)
    assert broken is not None and "".join(broken.lines) in {"ExtraordinaryEvening", "Extraordinary Evening"}
