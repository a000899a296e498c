"""``design-agent usage`` against the real application."""

import json
import sys
from urllib.parse import urlsplit

import pytest

from cluster.cli.main import main
from cluster.client import Client
from serve_apps.api.services import ApiServices
from tests.api.conftest import app, services  # noqa: F401 - fixtures
from tests.api.test_usage import PICTURE, WORDS, spent


def agent(url: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["design-agent", "usage", "--port", str(urlsplit(url).port), *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 0


def test_a_table_of_users_with_their_sum(
    url: str, services: ApiServices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]  # noqa: F811
) -> None:  # fmt: skip
    spent(services, "ann", PICTURE, WORDS)
    task_id = spent(services, "bob", WORDS)
    agent(url, monkeypatch)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["user", "tasks", "seconds", "GPU", "seconds", "tokens", "steps"],
        ["ann", "1", "5.00", "2.00", "200", "30"],
        ["bob", "1", "1.00", "0.00", "200", "0"],
        ["all", "2", "6.00", "2.00", "400", "30"],
    ]
    agent(url, monkeypatch, "--by", "task", "--user", "bob")
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()][1] == [task_id, "bob"]
    agent(url, monkeypatch, "--json", "--until", "2020-01-01")
    assert json.loads(capsys.readouterr().out)["items"] == []


def test_both_clients_read_it(client: Client, services: ApiServices) -> None:  # noqa: F811
    spent(services, "ann", PICTURE)
    report = client.usage(by="stage")
    assert [(item.stage, item.gpu_seconds, item.steps) for item in report.items] == [("background", 2, 30)]
    assert client.usage(until=report.since).items == []
