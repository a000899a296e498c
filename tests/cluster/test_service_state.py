"""Who runs, by process and start time; and what ``up`` refuses."""

import os
import socket
from pathlib import Path

import pytest

from cluster import lifecycle
from cluster.errors import ServiceError
from cluster.paths import ServicePaths
from cluster.state import ServiceState, own_start
from configs.settings import Settings


def state(**changes: int) -> ServiceState:
    facts = {"pid": os.getpid(), "started": own_start(), "port": 1} | changes
    return ServiceState(sources="s", dashboard="d", **facts)


def test_a_running_process_is_alive() -> None:
    assert state().alive()


def test_a_pid_given_to_another_process_is_not_alive() -> None:
    assert not state(started=own_start() - 1).alive()


def test_state_survives_a_round_trip_and_rubbish_is_none(tmp_path: Path) -> None:
    file = tmp_path / "service.json"
    state().write(file)
    assert ServiceState.read(file) == state()
    file.write_text("{")
    assert ServiceState.read(file) is None
    assert ServiceState.read(tmp_path / "absent.json") is None


def test_the_token_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    paths = ServicePaths(tmp_path / "data")
    first = paths.ensure_token().read_text()
    assert paths.ensure_token().read_text() == first
    assert len(first) == 64
    assert paths.token.stat().st_mode & 0o077 == 0


def test_ray_sockets_fit_the_limit_of_a_path_however_deep_the_data_folder(tmp_path: Path) -> None:
    deep = ServicePaths(tmp_path / ("x" * 200))
    session = "session_2026-11-24_12-13-07_123456_1234567/sockets/plasma_store.1"
    assert len(str(deep.ray / session)) < 107


def test_up_says_which_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServiceError, match=f"Port {port} is taken"):
            lifecycle.up(Settings(port=port, data=tmp_path / "data"), lambda _: None)


def test_down_without_a_service_is_no_error(tmp_path: Path) -> None:
    assert lifecycle.down(Settings(data=tmp_path / "nothing")) is False
