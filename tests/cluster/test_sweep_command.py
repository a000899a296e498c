"""``design-agent sweep``."""

import os
import subprocess
import time
from pathlib import Path

from storage.objects.folder import FolderStore
from tests.cluster.test_keys_command import agent


def put_old(data: Path, key: str) -> None:
    FolderStore(data / "objects").put(key, b"x", "text/plain")
    day_ago = time.time() - 25 * 3600
    os.utime(data / "objects" / "data" / key, (day_ago, day_ago))


def lines(done: "subprocess.CompletedProcess[str]") -> list[str]:
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_waste_is_shown_then_deleted(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "objects")
    store.put("tasks/task_young/step/1", b"x", "text/plain")
    put_old(tmp_path, "tasks/task_never/step/1")
    shown = agent(tmp_path, "sweep", "--dry-run")
    assert lines(shown) == ["tasks/task_never/step/1"]
    assert "1 of 2" in shown.stderr
    assert store.exists("tasks/task_never/step/1")
    assert lines(agent(tmp_path, "sweep")) == ["deleted 1"]
    assert [listed.key for listed in store.listed()] == ["tasks/task_young/step/1"]
    assert lines(agent(tmp_path, "sweep")) == ["deleted 0"]


def test_store_that_seems_another_databases_is_kept_until_forced(tmp_path: Path) -> None:
    for number in range(101):
        put_old(tmp_path, f"posters/poster_{number:012x}/v1/preview.png")
    refused = agent(tmp_path, "sweep")
    assert refused.returncode == 1
    assert "--force" in refused.stderr and "CONFLICT" in refused.stderr
    assert lines(agent(tmp_path, "sweep", "--force")) == ["deleted 101"]
