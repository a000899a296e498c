import multiprocessing
import operator
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.graph import END, START, StateGraph

from storage.database.base import Database
from tests.contract.adapters import CHECKPOINTERS
from tests.contract.checkpoint_steps import newest_step, put_step, steps_of
from tests.contract.children import checkpoint_many
from tests.contract.helpers import completed_task, together


@pytest.fixture(params=CHECKPOINTERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def checkpointer(kind: str, database: Database, tmp_path: Path) -> Iterator[Any]:
    """In the file of a database that is in use."""
    checkpointer = CHECKPOINTERS[kind](tmp_path)
    yield checkpointer
    checkpointer.close()


def test_newest_checkpoint_of_a_thread_is_found_after_reopening(checkpointer: Any, kind: str, tmp_path: Path) -> None:
    for step in range(3):
        put_step(checkpointer, "task_1", step)
    put_step(checkpointer, "task_2", 9)
    again = CHECKPOINTERS[kind](tmp_path)
    assert newest_step(again, "task_1") == 2
    assert newest_step(again, "task_2") == 9
    assert newest_step(again, "task_3") is None
    again.close()


def test_deleting_a_thread_forgets_it_alone(checkpointer: Any) -> None:
    put_step(checkpointer, "task_1", 1)
    put_step(checkpointer, "task_2", 2)
    for _ in range(2):
        checkpointer.delete_thread("task_1")
    assert newest_step(checkpointer, "task_1") is None
    assert newest_step(checkpointer, "task_2") == 2


def test_many_threads_share_it_while_tasks_are_written(checkpointer: Any, database: Database) -> None:
    def steps(thread: str) -> list[int]:
        for step in range(10):
            put_step(checkpointer, thread, step)
        return steps_of(checkpointer, thread)

    def tasks() -> list[int]:
        for _ in range(10):
            completed_task(database)
        return []

    results = together([*(partial(steps, f"task_{number}") for number in range(7)), tasks])
    assert results == [*[list(range(10))] * 7, []]


def test_processes_share_the_file(checkpointer: Any, kind: str, database: Database, tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(checkpoint_many, kind, str(tmp_path), f"task_{number}", 15) for number in range(2)]
        for step in range(15):
            put_step(checkpointer, "mine", step)
            completed_task(database)
        assert [job.result(timeout=300) for job in jobs] == [15, 15]
    assert newest_step(checkpointer, "task_1") == 14


class _State(TypedDict):
    done: Annotated[list[str], operator.add]


def test_resumed_workflow_repeats_no_finished_step(checkpointer: Any, kind: str, tmp_path: Path) -> None:
    ran: list[str] = []
    broken = True

    def first(_: _State) -> _State:
        ran.append("first")
        return {"done": ["first"]}

    def second(_: _State) -> _State:
        ran.append("second")
        if broken:
            raise RuntimeError("power cut")
        return {"done": ["second"]}

    graph = StateGraph(_State)
    graph.add_node("first", first)
    graph.add_node("second", second)
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", END)
    config: Any = {"configurable": {"thread_id": "task_1"}}
    with pytest.raises(RuntimeError):
        graph.compile(checkpointer=checkpointer).invoke({"done": []}, config, durability="sync")
    broken = False
    reopened = CHECKPOINTERS[kind](tmp_path)
    result = graph.compile(checkpointer=reopened).invoke(None, config, durability="sync")
    assert ran == ["first", "second", "second"]
    assert result == {"done": ["first", "second"]}
    reopened.close()
