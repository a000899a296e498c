"""Ray gives a node half a minute; a machine that was too busy for it is asked once more."""

from typing import Any

import pytest
import ray

from cluster.ray_start import NodeTooSlow, init_ray

SLOW = "The current node timed out during startup. This could happen because the raylet failed to start."


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> list[Exception | str]:
    """What each start of Ray comes to; taken from here one after the other."""
    results: list[Exception | str] = []

    def init(*_arguments: Any, **_options: Any) -> str:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(ray, "init", init)
    return results


def test_a_node_that_was_too_slow_is_started_once_more(starts: list[Exception | str]) -> None:
    starts += [Exception(SLOW), "up"]
    assert init_ray("local") == "up"


def test_who_is_too_slow_twice_is_told_what_to_do(starts: list[Exception | str]) -> None:
    starts += [Exception(SLOW), Exception(SLOW), "up"]
    with pytest.raises(NodeTooSlow, match="run it again when the machine is less busy"):
        init_ray("local")
    assert starts == ["up"]


def test_another_failure_is_told_at_once(starts: list[Exception | str]) -> None:
    starts += [ValueError("no such option"), "up"]
    with pytest.raises(ValueError, match="no such option"):
        init_ray("local")
    assert starts == ["up"]
