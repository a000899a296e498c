"""A service with keys: the command line gets in with one, and no log or answer repeats a secret."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cluster.jobs.own_service import OwnService
from cluster.paths import ServicePaths
from tests.serving import free_port

pytestmark = pytest.mark.stack
KEY, WRONG = "key-of-alice-8f2c41d7", "wrong-key-55d0e1b9"


class KeyedService(OwnService):
    """A service whose operator gave it one key; the command line shows it."""

    def environment(self) -> dict[str, str]:
        keys = json.dumps([{"key": KEY, "user_id": "alice", "role": "user"}])
        return super().environment() | {"DESIGN_AGENT_API_KEYS": keys, "DESIGN_AGENT_API_KEY": KEY}


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeyedService]:
    running = KeyedService(tmp_path_factory.mktemp("keyed"), free_port())
    running.up()
    yield running
    running.down()


def logs(service: OwnService) -> list[Path]:
    """The service's own log and those of Ray's session."""
    folder = ServicePaths(service.data).ray
    return [ServicePaths(service.data).log, *(path for path in folder.rglob("logs/**/*") if path.is_file())]


def test_a_run_with_keys_leaves_no_secret_in_logs_or_answers(keyed: KeyedService, tmp_path: Path) -> None:
    done = keyed.agent("generate", "社区读书会 周六下午三点", "--size", "360x640", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    poster_id = json.loads(done.stdout)["poster_id"]
    token = ServicePaths(keyed.data).token.read_text()
    link_secret = (keyed.data / "link_secret").read_bytes()
    said = [done.stdout, done.stderr]
    with httpx.Client(base_url=keyed.url, timeout=60) as client:
        for key in (KEY, WRONG):
            headers = {"Authorization": f"Bearer {key}"}
            for method, path in (("GET", "/api/v1/tasks"), ("GET", "/api/v1/tasks/none"), ("POST", "/api/v1/tasks"),
                                 ("GET", "/nowhere"), ("GET", "/readyz"), ("GET", "/healthz")):  # fmt: skip
                answer = client.request(method, path, headers=headers)
                assert answer.status_code != 500
                said.append(answer.text)
            with_link = client.get(f"/api/v1/posters/{poster_id}", headers=headers)
            if key == KEY:
                link = with_link.json()["data"]["preview_url"]
        assert client.get(link).status_code == 200
        assert client.get(link.partition("?")[0]).status_code == 401
    found = {str(path): path.read_text(errors="replace") for path in logs(keyed)}
    assert len(found) > 10
    secrets = {"key": KEY, "wrong key": WRONG, "token": token, "link secret": link_secret.hex()}
    # An answer has signed links; a log, which more people read, has not.
    leaks = {(name, "an answer") for name, secret in secrets.items() if any(secret in text for text in said)}
    secrets["signature"] = link.partition("sig=")[2]
    leaks |= {(name, path) for name, secret in secrets.items() for path, text in found.items() if secret in text}
    assert not leaks


def test_the_command_line_without_its_key_is_refused_and_takes_no_key_away(keyed: KeyedService, tmp_path: Path) -> None:
    plain = OwnService(keyed.data, keyed.port)
    done = plain.agent("generate", "一张海报", cwd=tmp_path)
    assert done.returncode == 1
    assert "UNAUTHORIZED" in done.stderr
    assert "Traceback" not in done.stderr
    assert httpx.get(f"{keyed.url}/api/v1/tasks", timeout=60).status_code == 401


def test_a_key_of_the_table_is_taken_at_once_and_refused_at_once(keyed: KeyedService) -> None:
    made = json.loads(keyed.agent("keys", "create", "--user", "bob", "--json").stdout)
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert httpx.get(f"{keyed.url}/api/v1/tasks", headers=headers, timeout=60).status_code == 200
    (listed,) = json.loads(keyed.agent("keys", "list", "--json").stdout)
    assert listed["last_used_at"] is not None
    assert keyed.agent("keys", "revoke", made["id"]).returncode == 0
    assert httpx.get(f"{keyed.url}/api/v1/tasks", headers=headers, timeout=60).status_code == 401


def test_the_database_keeps_no_key(keyed: KeyedService) -> None:
    files = list(keyed.data.glob("design_agent.db*"))
    assert files
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
