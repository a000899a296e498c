"""The operator's commands on a real broker."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cluster.cli.dlq import dlq_app
from configs.settings import Settings, get_settings
from storage.errors import ConflictError, LetterNotFound, ValidationError
from storage.queue.kafka_dead import DeadLetters
from tests.contract.lanes import Lane
from tests.queue.broker import send, topics_of

pytestmark = pytest.mark.usefixtures("patient_with_kafka")
POISON = "不是 JSON \x1b[31m".encode() + b"\xff"


@pytest.fixture
def letters(lane: Lane, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> DeadLetters:
    """Two dead letters, and an environment that names their broker."""
    send(settings, topics_of(settings)[0], (b"k1", POISON), (b"k2", b"two"))
    lane.drain()
    given = {
        "PROFILE": "test", "DATA": str(tmp_path), "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "KAFKA_PREFIX": settings.kafka_prefix, "DATABASE_URL": "mysql+pymysql://nobody:pQ7rT2vX9zL4@127.0.0.1:9/none",
        "REDIS_URL": "redis://:hW3kM8nB5cF1@127.0.0.1:9/0", "S3_ENDPOINT": "http://127.0.0.1:9",
        "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "yD6gJ0sA2uE7iO4p",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"DESIGN_AGENT_{name}", value)
    return DeadLetters(settings)


@pytest.fixture(autouse=True)
def settings_of_this_test_only() -> Iterator[None]:
    yield
    get_settings.cache_clear()


def run(*args: str) -> str:
    result = CliRunner().invoke(dlq_app, list(args), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def listed(*args: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(run("list", "--json", *args))
    return found


def test_letters_are_listed_shown_replayed_and_dropped(letters: DeadLetters, lane: Lane, settings: Settings) -> None:
    first, second = listed()
    assert (first["key"], first["state"], first["topic"]) == ("k1", "open", topics_of(settings)[0])
    assert base64.b64decode(str(first["value_base64"])) == POISON
    table = run("list")
    assert "JSON" in table and str(second["number"]) in table
    shown = run("show", str(first["number"]))
    assert "不是 JSON" in shown and "\\x1b[31m\\xff" in shown and "\x1b" not in shown
    run("drop", str(first["number"]))
    assert [letter["key"] for letter in listed()] == ["k2"]
    run("replay", str(second["number"]))
    assert listed() == []
    lane.drain()
    assert [letter["key"] for letter in listed()] == ["k2"]
    assert [letter["state"] for letter in listed("--all")] == ["dropped", "replayed", "open"]


def test_settled_and_unknown_letters_are_refused(letters: DeadLetters) -> None:
    number = str(listed()[0]["number"])
    run("drop", number)
    with pytest.raises(ConflictError, match="dropped already"):
        run("replay", number)
    with pytest.raises(LetterNotFound):
        run("drop", "4711")
    assert len(listed()) == 1


def test_letter_without_its_original_is_shown_and_not_replayed(
    letters: DeadLetters, lane: Lane, settings: Settings
) -> None:
    send(settings, topics_of(settings)[0], (b"k3", b"large " * 174_740))
    lane.drain()
    whole, large = str(listed()[1]["number"]), str(listed()[2]["number"])
    shown = " ".join(run("show", large).split())
    assert "large large" in shown and "bytes were refused" in shown and topics_of(settings)[0] in shown
    for command in (["replay", whole, large], ["show", large, "--raw"]):
        with pytest.raises(ConflictError, match="without its original"):
            run(*command)
    assert [letter["lost_bytes"] for letter in listed()] == [0, 0, 1_048_442]
    run("drop", large)
    assert [letter["key"] for letter in listed()] == ["k1", "k2"]


def test_profile_without_kafka_has_no_dead_letters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path))
    with pytest.raises(ValidationError, match="outbox"):
        run("list")
