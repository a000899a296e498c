import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.quality.matching import normalize, similarity, unreadable_characters

WORDS = st.text(alphabet="诚聘英才abAB25 ·-—：:", max_size=12)


@pytest.mark.parametrize(
    ("expected", "read"),
    [
        ("地点：上海", "地点:上海"),
        ("NEON  TIDE", "NEONTIDE"),
        ("A · B", "A●B"),
        ("8:30–17:30", "8:30-17:30"),
        ("10日—12日", "10日一12日"),
        ("“Il Mulino”", '"Il Mulino"'),
        ("全场～五折", "全场~五折"),
        ("￥５９", "¥59"),
        ("ＡＢＣ", "ABC"),
        ("Il Mulino, I/O", "II Mulino, 1/0"),
    ],
)
def test_forms_that_look_alike_are_the_same(expected: str, read: str):
    assert similarity(expected, read) == 1.0


@pytest.mark.parametrize(
    ("expected", "read", "ned"),
    [
        ("诚聘英才", "诚聘英材", 0.75),
        ("诚聘英才", "", 0.0),
        ("诚聘英才", "诚聘英才诚聘英才", 0.5),
        ("Sale", "sale", 0.75),
        ("021-6688", "021-6689", 0.875),
        ("", "", 1.0),
        ("", "x", 0.0),
    ],
)
def test_every_wrong_missing_or_extra_character_counts(expected: str, read: str, ned: float):
    assert similarity(expected, read) == pytest.approx(ned)


def test_exempt_characters_may_be_read_as_anything_but_the_rest_is_judged():
    exempt = frozenset("☕")
    assert similarity("☕咖啡", "咖啡", exempt) == 1.0
    assert similarity("☕咖啡", "D咖啡", exempt) == 1.0
    assert similarity("☕咖啡", "D咖", exempt) < 0.98
    assert similarity("☕咖啡", "D咖啡") < 0.98


def test_unreadable_characters_are_listed_once_after_normalizing():
    assert unreadable_characters("☕Ａ 咖☕🎉 啡", frozenset("A咖啡")) == ["☕", "🎉"]


@given(WORDS, WORDS)
def test_similarity_is_symmetric_between_nought_and_one(first: str, second: str):
    value = similarity(first, second)
    assert 0 <= value <= 1
    assert value == pytest.approx(similarity(second, first))
    assert value < 1 or len(normalize(first)) == len(normalize(second))


@given(WORDS, st.integers(0, 11), st.sampled_from("诚xZ9"))
def test_one_wrong_character_always_counts(words: str, place: int, wrong: str):
    wanted = normalize(words)
    if place < len(wanted) and wanted[place] != wrong:
        spoiled = wanted[:place] + wrong + wanted[place + 1 :]
        assert similarity(wanted, spoiled) <= 1 - 0.9 / len(wanted)


@given(WORDS)
def test_normalizing_twice_changes_nothing(words: str):
    assert normalize(normalize(words)) == normalize(words)


@pytest.mark.parametrize(
    ("printed", "read"), [("弹性办公", "弾性办公"), ("国学讲堂", "國學講堂"), ("气象站", "気象站")]
)
def test_forms_of_one_han_character_count_as_equal(printed: str, read: str) -> None:
    assert similarity(printed, read) == 1.0


def test_characters_that_are_not_forms_of_one_another_do_not() -> None:
    assert similarity("弹性办公", "强性办公") == 0.75
