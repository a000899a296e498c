"""Prompts from rows."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.jobs.bulk.template import Template, cell_text
from storage.errors import ValidationError


def test_columns_are_filled_in() -> None:
    template = Template.parse("{城市} 招聘 { job } {城市}，{{限时}}")
    assert template.columns == ("城市", "job")
    assert template.fill({"城市": " 北京 ", "job": "设计师", "other": "x"}) == "北京 招聘 设计师 北京，{限时}"


def test_nothing_in_a_template_is_evaluated() -> None:
    template = Template.parse("{a.__class__} {b!r} {c:>10} {0}")
    cells = {"a.__class__": "1", "b!r": "2", "c:>10": "3", "0": "4"}
    assert template.fill(cells) == "1 2 3 4"


def test_braces_of_a_cell_stay_as_they_are() -> None:
    assert Template.parse("{a}").fill({"a": "{b}", "b": "secret"}) == "{b}"


@pytest.mark.parametrize("source", ["{", "}", "a {} b", "{ }", "{a}}", "{{a}", "{a{b}}"])
def test_lone_brace_is_refused_with_its_place(source: str) -> None:
    with pytest.raises(ValidationError, match=r"lone '[{}]*' at character \d+|lone '\{ *\}' at"):
        Template.parse(source)


def test_row_without_a_column_names_it() -> None:
    with pytest.raises(ValidationError, match="no columns 'b', 'c'"):
        Template.parse("{a} {b} {c}").fill({"a": 1})


@given(st.text())
def test_text_whose_braces_are_doubled_is_printed_as_it_is(text: str) -> None:
    assert Template.parse(text.replace("{", "{{").replace("}", "}}")).fill({}) == text.strip()


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (None, ""), (float("nan"), ""), (12.0, "12"), (12.5, "12.5"), (7, "7"), (True, "true"), ("  a ", "a"),
        (datetime.date(2026, 11, 28), "2026-11-28"), (datetime.datetime(2026, 11, 28, 14, 5), "2026-11-28 14:05"),
        (["茶", 1], '["茶", 1]'), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_cells_are_printed_as_a_person_writes_them(value: object, printed: str) -> None:
    assert cell_text(value) == printed
