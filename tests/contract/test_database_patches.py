"""Merge patches of elements."""

from functools import partial
from typing import Any

import pytest

from storage.database.base import Database
from storage.documents.element import Element, Transform
from storage.documents.merging import merge
from storage.documents.style import Stroke
from storage.errors import ConflictError, ElementNotFound, ValidationError
from tests.contract.helpers import completed_task, poster_id, together


@pytest.fixture
def title(database: Database) -> Element:
    poster = poster_id(completed_task(database))
    return next(element for element in database.get_document(poster).walk() if element.content.text == "诚聘英才")


def test_patch_changes_what_it_names_and_nothing_beside(database: Database, title: Element) -> None:
    change = {"style": {"stroke": {"color": "#000000", "width": 2}}, "transform": {"x": 7}}
    after = database.patch_element(title.id, 1, change, "u1")
    assert after == database.get_element(title.id)
    assert after.transform == title.transform.model_copy(update={"x": 7})
    assert after.style.fill == title.style.fill
    assert after.style.stroke == Stroke(color="#000000", width=2)
    assert after.content == title.content
    assert after.version == 2
    again = database.patch_element(title.id, 2, {"style": {"stroke": {"width": 5}}, "visible": False})
    assert again.style.stroke == Stroke(color="#000000", width=5)
    assert again.visible is False


def test_null_takes_a_value_away(database: Database, title: Element) -> None:
    change = {"style": {"fill": None}, "transform": {"width": None}, "content": {"role": None}}
    after = database.patch_element(title.id, 1, change)
    assert after.style.fill is None
    assert after.transform == Transform(x=title.transform.x)
    assert (after.content.role, after.content.text) == (None, "诚聘英才")


def test_patch_of_an_old_version_is_refused(database: Database, title: Element) -> None:
    edits = [partial(database.patch_element, title.id, 1, {"transform": {"x": x}}) for x in (1, 2, 3)]
    results = together(edits)
    assert sorted(type(result).__name__ for result in results) == ["ConflictError", "ConflictError", "Element"]
    with pytest.raises(ConflictError) as refused:
        edits[0]()
    assert refused.value.details == {"version": 2}
    with pytest.raises(ConflictError):
        database.patch_element(title.id, 3, {})


def test_patch_that_changes_nothing_makes_no_version(database: Database, title: Element) -> None:
    for change in ({}, {"visible": True}, {"transform": {"x": title.transform.x}}, {"locked": None}):
        assert database.patch_element(title.id, 1, change) == title


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"transform": {"width": -1}}, "transform.width"),
        ({"style": {"fill": {"type": "gradient"}}}, "style.fill"),
        ({"content": {"rank": 1}}, "content.rank"),
    ],
)
def test_merged_element_must_be_valid(database: Database, title: Element, change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        database.patch_element(title.id, 1, change)
    assert list(refused.value.details["fields"]) == [field]
    assert database.get_element(title.id) == title


def test_another_users_element_is_not_found(database: Database, title: Element) -> None:
    with pytest.raises(ElementNotFound):
        database.patch_element(title.id, 1, {"visible": False}, "u2")


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merging_is_what_the_standard_says(target: Any, patch: Any, result: Any) -> None:
    """Cases of RFC 7396, appendix A."""
    assert merge(target, patch) == result
