"""What status tells of a service whose parts give no answer, and of none at all."""

import json
import os
from pathlib import Path

import pytest
import typer

from cluster.cli.status import status_command
from cluster.paths import ServicePaths
from cluster.state import ServiceState, own_start
from cluster.status import typical
from configs.settings import Settings
from storage.factory import open_database
from tests.contract.helpers import new_task
from tests.serving import free_port


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a service that is this process, without Ray, and has a task that waits."""
    monkeypatch.delenv("DESIGN_AGENT_PROFILE", raising=False)
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path))
    monkeypatch.setenv("DESIGN_AGENT_PORT", str(free_port()))
    paths = ServicePaths(tmp_path)
    paths.ensure_token()
    dashboard = f"127.0.0.1:{free_port()}"
    ServiceState(os.getpid(), own_start(), 8000, "other sources", dashboard).write(paths.state)
    database = open_database(Settings())
    database.migrate()
    new_task(database)
    database.close()
    return tmp_path


def test_what_gives_no_answer_is_named_and_the_rest_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status_command(data=data, as_json=True)
    status = json.loads(capsys.readouterr().out)
    assert (status["ready"], status["same_sources"]) == (False, False)
    assert (status["deployments"], status["metrics"]) == (None, None)
    assert [problem.partition(":")[0] for problem in status["problems"]] == ["metrics", "deployments"]
    assert status["queue"] == {"waiting": 1, "running": 0, "typical_seconds": None, "lag": {}}
    assert status["usage"]["users"] == []

    status_command(data=data)
    said = capsys.readouterr().out
    assert "ready: no" in said
    assert "1 tasks wait, 0 at work\n" in said
    assert "no answer      deployments: Ray's dashboard gives no answer" in said


def test_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path))
    for as_json, says in ((False, "not running"), (True, "null\n")):
        with pytest.raises(typer.Exit) as end:
            status_command(data=tmp_path, as_json=as_json)
        assert end.value.exit_code == 1
        assert says in capsys.readouterr().out


def test_typical_seconds() -> None:
    assert typical([]) is None
    for seconds, p50, p90 in (([3.0], 3, 3), ([1.0, 9.0], 1, 9), ([*map(float, range(1, 11))], 5, 9)):
        took = typical(seconds)
        assert took is not None
        assert (took.p50, took.p90) == (p50, p90)
    hundred = typical([*map(float, range(101))])
    assert hundred is not None
    assert (hundred.p50, hundred.p90) == (50, 90)
