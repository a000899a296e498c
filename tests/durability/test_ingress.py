"""How an ingress ends, and how one that stands still is found out."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from configs.settings import Settings, get_settings
from serve_apps import ingress
from serve_apps.ingress import Ingress
from storage.database.base import Database
from storage.factory import open_database, open_publisher, open_queue
from storage.queue.outbox import OutboxQueue
from tests.contract.helpers import new_task
from tests.durability.ingress import Workers
from tests.durability.rig import until
from tests.servers.process import free_ports
from tests.stack.production import shared_servers


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return shared_servers(tmp_path) | {
        "DESIGN_AGENT_DATA": str(tmp_path), "DESIGN_AGENT_PORT": str(free_ports(1)[0]),
    }  # fmt: skip


@pytest.fixture
def settings(variables: dict[str, str]) -> Settings:
    return Settings.model_validate({name.removeprefix("DESIGN_AGENT_").lower(): variables[name] for name in variables})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    database.migrate()
    yield database
    database.close()


def test_sigterm_commits_what_is_claimed_and_leaves_the_group(
    variables: dict[str, str], settings: Settings, database: Database
) -> None:
    made = [new_task(database).id for _ in range(5)]
    publisher = open_publisher(settings, database)
    until(lambda: publisher.publish() or database.backlog() == 0, "the tasks published")
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.durability.ingress", "2"], env={"PATH": "/usr/bin"} | variables, text=True,
        stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert child.stdout is not None
    said: list[str] = []
    while len(claimed := [line.strip() for line in said if line.startswith("task_")]) < 2:
        said.append(child.stdout.readline())
        assert said[-1], said
    child.terminate()
    said.append(child.stdout.read())
    assert child.wait() == 1
    # Said once it has left: others wait no more for its session to end (tests/queue sees them go on).
    assert "ingress left" in said[-1]
    queue = open_queue(settings, database)
    # Claimed is committed, unless the broker took too long for it, which costs a second look; the rest is left.
    assert sum(queue.lag().values()) == 3 or any("offsets not committed" in line for line in said)
    assert set(claimed) < set(made)
    assert [database.get_task(task_id).status for task_id in claimed] == ["processing"] * 2
    queue.close()
    publisher.close()


def test_loop_that_stands_still_is_unhealthy_until_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path))
    monkeypatch.setattr(ingress, "STALE_HEARTBEAT_SECONDS", 0.5)
    get_settings.cache_clear()
    database = open_database(get_settings())
    database.migrate()
    stands, go_on = threading.Event(), threading.Event()
    ready = OutboxQueue.ready

    def standing(queue: OutboxQueue, wait_seconds: float = 0) -> bool:
        if stands.is_set():
            go_on.wait()
        return ready(queue, wait_seconds)

    monkeypatch.setattr(OutboxQueue, "ready", standing)
    workers: Any = Workers(1)
    running = Ingress(workers)

    def sick() -> bool:
        try:
            running.check_health()
        except RuntimeError as error:
            return "stands still" in str(error)
        return False

    until(lambda: not sick(), "its first round")
    stands.set()
    until(sick, "the heartbeat is missed")
    stands.clear()
    go_on.set()
    until(lambda: not sick(), "the loop goes on")
    task = new_task(database)
    until(lambda: workers.taken == [task.id], "it claims as before")
    running.__del__()
    assert not running._thread.is_alive()
    database.close()
    get_settings.cache_clear()
