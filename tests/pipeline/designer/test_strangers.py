"""Prompts as strangers phrase them: whatever is cut where, nothing they said is lost and nothing is added."""

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from pipelines.brief import DesignBrief
from pipelines.models.designer.engine import RuleBasedDesigner
from storage.documents.task import TaskParams

DESIGNER = RuleBasedDesigner()
CASES = tomllib.loads((Path(__file__).parent / "strangers2.toml").read_text(encoding="utf-8"))["case"]


def key(text: str) -> str:
    """Letters and digits, folded."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def texts_of(brief: DesignBrief, role: str) -> list[str]:
    return [item.text for item in brief.items if item.role == role]


@pytest.fixture(params=CASES, ids=[case["prompt"][:30] for case in CASES])
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def test_everything_said_is_printed_whole(case: dict[str, Any]) -> None:
    brief = DESIGNER.brief(TaskParams(prompt=case["prompt"]))
    printed = [key((item.label or "") + item.text) for item in brief.items]
    for text in case["texts"]:
        assert any(key(text) in line for line in printed), (text, printed)


def test_no_order_is_printed(case: dict[str, Any]) -> None:
    brief = DESIGNER.brief(TaskParams(prompt=case["prompt"]))
    said = [case.get("title", ""), case.get("brand", ""), case.get("key", ""), *case.get("names", []), *case["texts"]]
    for item in brief.items:
        known = any(key(item.text) in key(text) or (text and key(text) in key(item.text)) for text in said)
        assert known or item.source == "purpose" or (item.role == "title" and "title" not in case), item


def test_the_leading_texts_have_their_roles(case: dict[str, Any]) -> None:
    brief = DESIGNER.brief(TaskParams(prompt=case["prompt"]))
    assert brief.purpose == case["purpose"]
    if "title" in case:
        assert brief.title.casefold() == case["title"].casefold()
    if "key" in case:
        assert [key(case["key"]) in key(text) for text in texts_of(brief, "key_fact")] == [True]
    if "brand" in case:
        assert texts_of(brief, "brand") == [case["brand"]]
    if "names" in case:
        assert texts_of(brief, "name") == case["names"]


def test_subject_and_colours_are_seen(case: dict[str, Any]) -> None:
    brief = DESIGNER.brief(TaskParams(prompt=case["prompt"]))
    if "topic" in case:
        assert brief.topics[:1] == [case["topic"]]
    if "colors" in case:
        assert brief.colors == case["colors"]
