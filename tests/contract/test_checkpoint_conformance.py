"""The workflow engine's own suite for checkpointers, and what is dropped beside it."""

import asyncio
import operator
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver, empty_checkpoint
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import BASE_CAPABILITIES
from langgraph.graph import END, START, StateGraph

from storage.checkpoints.base import Checkpointer
from tests.contract.adapters import CHECKPOINTERS
from tests.contract.checkpoint_steps import newest_step, put_step, steps_of


class InThreads(BaseCheckpointSaver[Any]):
    """The asynchronous methods that the suite calls, over those that the service calls."""

    def __init__(self, saver: Checkpointer) -> None:
        super().__init__(serde=saver.serde)
        self._saver = saver

    def get_next_version(self, *args: Any) -> Any:
        return self._saver.get_next_version(*args)

    async def aput(self, *args: Any, **options: Any) -> Any:
        return await asyncio.to_thread(self._saver.put, *args, **options)

    async def aput_writes(self, *args: Any, **options: Any) -> None:
        await asyncio.to_thread(self._saver.put_writes, *args, **options)

    async def aget_tuple(self, *args: Any) -> Any:
        return await asyncio.to_thread(self._saver.get_tuple, *args)

    async def adelete_thread(self, *args: Any) -> None:
        await asyncio.to_thread(self._saver.delete_thread, *args)

    async def alist(self, *args: Any, **options: Any) -> AsyncIterator[Any]:
        for found in await asyncio.to_thread(lambda: [*self._saver.list(*args, **options)]):
            yield found


@pytest.fixture(params=CHECKPOINTERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_engine_finds_what_it_stored(kind: str, tmp_path: Path) -> None:
    @checkpointer_test(name=kind)
    async def savers() -> AsyncIterator[Any]:
        saver = CHECKPOINTERS[kind](tmp_path)
        yield InThreads(saver)
        saver.close()

    report = asyncio.run(validate(savers, capabilities={capability.value for capability in BASE_CAPABILITIES}))
    failures = {name: result.failures for name, result in report.results.items() if result.failures}
    assert failures == {}
    passed = {name: result.tests_passed for name, result in report.results.items() if result.passed}
    assert set(passed) == {capability.value for capability in BASE_CAPABILITIES}
    assert all(passed.values())


@pytest.fixture
def newest_only(kind: str, tmp_path: Path) -> Any:
    checkpointer = CHECKPOINTERS[kind](tmp_path)
    checkpointer.history = False
    yield checkpointer
    checkpointer.close()


def test_without_history_a_thread_keeps_its_newest_checkpoint(newest_only: Checkpointer) -> None:
    for step in range(5):
        put_step(newest_only, "task_1", step)
    put_step(newest_only, "task_2", 7)
    assert steps_of(newest_only, "task_1") == [4]
    found = newest_only.get_tuple({"configurable": {"thread_id": "task_1", "checkpoint_ns": ""}})
    assert found is not None and [value for *_, value in found.pending_writes or []] == ["after 4"]
    assert sorted(newest_only.threads()) == ["task_1", "task_2"]
    newest_only.delete_thread("task_1")
    assert newest_only.threads() == ["task_2"]


class _State(TypedDict):
    done: Annotated[list[str], operator.add]
    weight: dict[str, str]


def test_resumed_workflow_needs_no_history(newest_only: Checkpointer) -> None:
    broken = True
    ran: list[str] = []

    def step(name: str) -> Any:
        def run(_: _State) -> dict[str, Any]:
            ran.append(name)
            if name == "c" and broken:
                raise RuntimeError("power cut")
            return {"done": [name], "weight": {name: "x" * 3_000_000}} if name == "a" else {"done": [name]}

        return run

    graph = StateGraph(_State)
    for name, before in zip("abcd", [START, *"abc"], strict=True):
        graph.add_node(name, step(name))
        graph.add_edge(before, name)
    graph.add_edge("d", END)
    compiled = graph.compile(checkpointer=newest_only)
    config: Any = {"configurable": {"thread_id": "task_1"}}
    with pytest.raises(RuntimeError):
        compiled.invoke({"done": [], "weight": {}}, config, durability="sync")
    broken = False
    result = compiled.invoke(None, config, durability="sync")
    assert ran == ["a", "b", "c", "c", "d"]
    # The weight was stored once, by a step whose checkpoint is dropped by now; megabytes come back whole.
    assert result == {"done": ["a", "b", "c", "d"], "weight": {"a": "x" * 3_000_000}}
    assert len([*newest_only.list(config)]) == 1


def test_what_is_dropped_leaves_nothing_behind(newest_only: Checkpointer, kind: str, tmp_path: Path) -> None:
    config: Any = {"configurable": {"thread_id": "task_1", "checkpoint_ns": ""}}
    for version in range(1, 6):
        versions: Any = {"grown": f"{version:032}.5", "kept": f"{1:032}.5"}
        values = {"grown": [version], "kept": {"a": 1}}
        checkpoint: Any = {**empty_checkpoint(), "channel_versions": versions, "channel_values": values}
        changed = versions if version == 1 else {"grown": versions["grown"]}
        newest_only.put(config, checkpoint, {"source": "loop", "step": version, "parents": {}}, changed)
    found = newest_only.get_tuple(config)
    assert found is not None and found.checkpoint["channel_values"] == {"grown": [5], "kept": {"a": 1}}
    assert newest_step(newest_only, "task_2") is None
    if kind == "mysql":
        from tests.contract.mysql_databases import connect, settings_of

        url = settings_of(tmp_path).database_url
        assert url is not None
        with connect(url.get_secret_value()) as connection, connection.cursor() as cursor:
            for table, left in (("checkpoints", 1), ("checkpoint_blobs", 2), ("checkpoint_writes", 0)):
                cursor.execute(f"SELECT COUNT(*) FROM {table}")
                assert cursor.fetchone() == (left,), table
