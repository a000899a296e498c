"""``design-agent backup`` and ``restore`` as commands: what they say, and what they refuse."""

import os
import subprocess
import sys
from pathlib import Path

from cluster.paths import ServicePaths
from cluster.state import ServiceState, own_start

AGENT = Path(sys.executable).parent / "design-agent"


def agent(data: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(AGENT), *arguments, "--data", str(data)], text=True, capture_output=True, timeout=300,
                          env=os.environ | variables)  # fmt: skip


def test_backup_and_restore_say_where_things_are(tmp_path: Path) -> None:
    data, out, new = tmp_path / "data", tmp_path / "out", tmp_path / "new"
    out.mkdir()
    assert agent(data, "keys", "create", "--user", "alice").returncode == 0
    made = agent(data, "backup", str(out))
    assert made.returncode == 0, made.stderr
    (archive,) = out.iterdir()
    assert made.stdout.strip() == str(archive)
    restored = agent(new, "restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.strip() == str(new)
    assert "design-agent up" in restored.stderr
    assert "alice" in agent(new, "keys", "list").stdout


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "x.tar.gz"
    nothing = agent(data, "backup", str(file))
    agent(data, "keys", "create", "--user", "alice")
    file.write_bytes(b"something else")
    taken, foreign = agent(data, "backup", str(file)), agent(tmp_path / "new", "restore", str(file))
    missing, full = agent(data, "backup", "/nowhere/x.tar.gz"), agent(data, "restore", str(file))
    for done, says in ((nothing, "NOT_FOUND"), (taken, "replaces no file"), (foreign, "no whole backup"),
                       (missing, "No such file"), (full, "not empty")):  # fmt: skip
        assert done.returncode == 1
        assert says in done.stderr
        assert "Traceback" not in done.stderr
    assert file.read_bytes() == b"something else"


def test_folder_of_a_running_service_is_not_restored_into(tmp_path: Path) -> None:
    running = ServiceState(pid=os.getpid(), started=own_start(), port=1, sources="", dashboard="")
    running.write(ServicePaths(tmp_path).state)
    refused = agent(tmp_path, "restore", str(tmp_path / "x.tar.gz"))
    assert refused.returncode == 1
    assert "A service runs" in refused.stderr


def test_data_on_servers_is_backed_up_by_the_servers(tmp_path: Path) -> None:
    servers = {
        "PROFILE": "test", "DATABASE_URL": "mysql+pymysql://u:pQ7rT2vX9zL4@127.0.0.1/d",
        "REDIS_URL": "redis://:hW3kM8nB5cF1@127.0.0.1",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9092", "S3_ENDPOINT": "http://127.0.0.1", "S3_ACCESS_KEY": "a",
        "S3_SECRET_KEY": "yD6gJ0sA2uE7iO4p",
    }  # fmt: skip
    refused = agent(tmp_path, "backup", str(tmp_path), **{f"DESIGN_AGENT_{name}": servers[name] for name in servers})
    assert refused.returncode == 1
    assert "mysqldump" in refused.stderr
