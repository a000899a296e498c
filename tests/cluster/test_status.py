"""What status tells of a service or cluster whose parts give no answer, and of none at all."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import typer

from cluster.cli.status import status_command
from cluster.paths import ServicePaths
from cluster.ray_environment import ray_environment
from cluster.state import ServiceState, own_start
from cluster.status import database_name, typical
from configs.settings import Settings
from storage.factory import open_database
from tests.contract.helpers import new_task
from tests.serving import free_port


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that is not there yet; what the command does to the environment ends with the test."""
    for name in [*ray_environment(tmp_path), "RAY_ADDRESS", "RAY_AUTH_TOKEN", "DESIGN_AGENT_PROFILE"]:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DESIGN_AGENT_PORT", str(free_port()))
    return tmp_path / "data"


@pytest.fixture
def waiting(folder: Path) -> Path:
    """The folder with a database that has a task that waits."""
    database = open_database(Settings())
    database.migrate()
    new_task(database)
    database.close()
    return folder


@pytest.fixture
def data(waiting: Path) -> Path:
    """The folder of a service that is this process, without Ray, and has a task that waits."""
    paths = ServicePaths(waiting)
    paths.ensure_token()
    dashboard = f"127.0.0.1:{free_port()}"
    ServiceState(os.getpid(), own_start(), 8000, "other sources", dashboard).write(paths.state)
    return waiting


def ended(code: int, **options: Any) -> None:
    with pytest.raises(typer.Exit) as end:
        status_command(**options)
    assert end.value.exit_code == code


def test_what_gives_no_answer_is_named_and_the_rest_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status_command(data=data, as_json=True)
    status = json.loads(capsys.readouterr().out)
    assert (status["running"], status["ready"], status["same_sources"]) == (True, False, False)
    assert (status["deployments"], status["metrics"], status["nodes"]) == (None, None, None)
    assert [problem.partition(":")[0] for problem in status["problems"]] == ["metrics", "deployments", "nodes"]
    assert status["queue"] == {"waiting": 1, "running": 0, "typical_seconds": None, "lag": {}}
    assert status["usage"]["users"] == []

    status_command(data=data)
    said = capsys.readouterr().out
    assert "ready: no" in said
    assert "1 tasks wait, 0 at work\n" in said
    assert "no answer      deployments: Ray's dashboard gives no answer" in said


def test_nothing_runs_and_the_database_is_told_all_the_same(waiting: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended(1)
    said = capsys.readouterr().out
    assert said.startswith(f"no service runs on this machine (data folder {waiting})")
    assert "1 tasks wait, 0 at work\n" in said
    assert f"database       {waiting / 'design_agent.db'}\n" in said

    ended(1, as_json=True)
    status = json.loads(capsys.readouterr().out)
    assert (status["running"], status["pid"], status["cluster"], status["problems"]) == (False, None, None, [])
    assert (status["queue"]["waiting"], status["usage"]["users"]) == (1, [])


def test_nothing_runs_and_there_is_no_database(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended(1)
    said = capsys.readouterr().out
    assert "no service runs on this machine" in said
    assert "no answer      database: There is no database" in said
    assert not folder.exists()


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_cluster_that_gives_no_answer(scheme: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"{scheme}127.0.0.1:{free_port()}"
    ended(1, address=address, as_json=True)
    status = json.loads(capsys.readouterr().out)
    assert (status["running"], status["pid"], status["cluster"]) == (False, None, address)
    assert (status["deployments"], status["nodes"], status["queue"]["waiting"]) == (None, None, 1)
    assert "Connection refused" in status["problems"][0]

    ended(1, address=address, token_file=data / "none")
    said = capsys.readouterr().out
    assert said.startswith(f"cluster at {address}\n")
    assert f"Ray's token cannot be read from {data / 'none'}" in said or not scheme


def test_a_cluster_is_named_by_ray_s_own_variable(
    waiting: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setenv("RAY_ADDRESS", address)
    ended(1)
    said = capsys.readouterr().out
    assert f"cluster at {address}\n" in said
    assert f"no answer      cluster: No GCS is at {address}" in said
    assert "1 tasks wait" in said


def test_the_database_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESIGN_AGENT_PROFILE", "production")
    given = {
        "database_url": "mysql+pymysql://ann:Zq7%40vW2xLk9p@db:3306/posters?charset=utf8mb4",
        "redis_url": "redis://:Zq7vW2xLk9pT@redis", "kafka_bootstrap": "kafka:9092", "s3_endpoint": "http://s3",
        "s3_access_key": "poster-service", "s3_secret_key": "Zq7vW2xLk9pT",
    }  # fmt: skip
    assert database_name(Settings.model_validate(given)) == "mysql+pymysql://ann:***@db:3306/posters"


def test_typical_seconds() -> None:
    assert typical([]) is None
    for seconds, p50, p90 in (([3.0], 3, 3), ([1.0, 9.0], 1, 9), ([*map(float, range(1, 11))], 5, 9)):
        took = typical(seconds)
        assert took is not None
        assert (took.p50, took.p90) == (p50, p90)
    hundred = typical([*map(float, range(101))])
    assert hundred is not None
    assert (hundred.p50, hundred.p90) == (50, 90)
