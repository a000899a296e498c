import subprocess
import sys
from pathlib import Path

import pytest

from cluster import lifecycle
from cluster.errors import ServiceError
from cluster.paths import ServicePaths
from cluster.service import START_AGAIN
from cluster.state import ServiceState, process_start
from configs.settings import Settings


def spawning(monkeypatch: pytest.MonkeyPatch, paths: ServicePaths, statuses: list[int]) -> list[int]:
    """Real processes that end with these statuses, then one that stays and says that it runs; their pids."""
    pids: list[int] = []

    def spawn(_settings: Settings, _paths: ServicePaths) -> subprocess.Popen[bytes]:
        code = f"raise SystemExit({statuses.pop(0)})" if statuses else "input()"
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, start_new_session=True)
        pids.append(process.pid)
        if code == "input()":
            ServiceState(process.pid, process_start(process.pid) or 0, 1, "", "").write(paths.state)
        return process

    monkeypatch.setattr(lifecycle, "_spawn", spawn)
    monkeypatch.setattr(lifecycle, "ready", lambda _settings: True)
    return pids


def test_service_whose_ray_took_too_long_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths, said = ServicePaths(tmp_path), list[str]()
    pids = spawning(monkeypatch, paths, [START_AGAIN, START_AGAIN])
    state = lifecycle._start(Settings(data=tmp_path), paths, said.append)
    assert len(pids) == 3
    assert state.pid == pids[-1]
    assert said.count("Ray takes long on this machine; starting it again") == 2
    lifecycle.end_session(state.pid)


def test_service_that_ends_otherwise_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ServicePaths(tmp_path)
    paths.log.write_text("it broke\n")
    pids = spawning(monkeypatch, paths, [1])
    with pytest.raises(ServiceError, match="ended while starting"):
        lifecycle._start(Settings(data=tmp_path), paths, lambda _: None)
    assert len(pids) == 1
