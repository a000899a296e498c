"""``design-agent keys``: made once, shown once, revoked for good."""

import json
import subprocess
import sys
from pathlib import Path

from storage.database.sqlite import SqliteDatabase
from storage.documents.key import key_digest

AGENT = Path(sys.executable).parent / "design-agent"


def agent(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(AGENT), *arguments, "--data", str(data)], text=True, capture_output=True, timeout=300)


def test_a_key_is_shown_once_kept_as_a_digest_and_revoked(tmp_path: Path) -> None:
    made = agent(tmp_path, "keys", "create", "--user", "alice", "--name", "笔记本 [bold]")
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    assert len(secret) > 40
    listed = agent(tmp_path, "keys", "list").stdout
    assert "alice" in listed and "笔记本 [bold]" in listed and secret not in listed
    assert all(secret.encode() not in path.read_bytes() for path in tmp_path.iterdir())
    database = SqliteDatabase(tmp_path / "design_agent.db")
    found = database.find_key(key_digest(secret))
    assert found is not None
    revoked = agent(tmp_path, "keys", "revoke", found.id)
    assert revoked.returncode == 0
    assert database.find_key(key_digest(secret)) is None
    (entry,) = json.loads(agent(tmp_path, "keys", "list", "--json").stdout)
    assert entry["revoked_at"] is not None
    assert "key" not in entry and "digest" not in entry
    database.close()


def test_what_makes_no_key_says_why(tmp_path: Path) -> None:
    for arguments, says in (
        (["create", "--user", "../x"], "--user"),
        (["create", "--user", "x", "--role", "root"], "user, service"),
        (["create", "--user", "x", "--name", "n" * 101], "--name"),
        (["revoke", "key_none"], "KEY_NOT_FOUND"),
    ):
        done = agent(tmp_path, "keys", *arguments)
        assert done.returncode == 1
        assert says in done.stderr
        assert "Traceback" not in done.stderr
