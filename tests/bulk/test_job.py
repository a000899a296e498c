"""Fifty rows as a Ray job of the running service: its driver killed, then stopped from outside, then finished."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.jobs.own_service import OwnService
from cluster.paths import ServicePaths
from cluster.state import ServiceState
from tests.bulk.jobs import Bulk, clean_environment, until
from tests.stack.service import started

pytestmark = pytest.mark.stack
ROWS, BAD = 50, {7, 31}
CITIES = ("上海", "北京", "广州", "深圳", "杭州")
TEMPLATE = "{city}读书会 第{number}期 11月28日 14:00"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnService]:
    running = started(tmp_path_factory.mktemp("service"))
    yield running
    assert running.agent("down").returncode == 0


@pytest.fixture
def another_ray(tmp_path: Path) -> Iterator[None]:
    """A Ray on this host that is none of the service's; a job without its cluster's address might join it."""
    code = "\n".join((
        "from cluster.ray_start import init_ray", "init_ray('local', num_cpus=1, include_dashboard=False)",
        "print('up', flush=True)", "input()",
    ))  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", code], env=clean_environment(tmp_path), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
    assert process.stdin and process.stdout and process.stdout.readline() == "up\n"
    yield
    process.stdin.close()
    process.wait(180)


def drivers(bulk: Bulk) -> list[int]:
    """Processes that run the job of this folder on the cluster."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        # The shell that Ray starts it in holds the command in one word.
        if b"--in-job" in words and str(bulk.out).encode() in words:
            found.append(int(entry.name))
    return found


def test_job_is_refused_with_another_token(service: OwnService, tmp_path: Path) -> None:
    bulk = Bulk(tmp_path / "table.jsonl", tmp_path / "out", clean_environment(service.data))
    bulk.write({"prompt": "茶"})
    (tmp_path / "token").write_text("0" * 64)
    state = ServiceState.read(ServicePaths(service.data).state)
    assert state is not None
    done = bulk.run("--address", f"http://{state.dashboard}", "--token-file", str(tmp_path / "token"))
    assert done.returncode == 1
    assert "does not take the token" in done.stderr
    assert not bulk.out.exists()


def test_killed_and_stopped_jobs_go_on_and_no_row_is_made_twice(
    service: OwnService, another_ray: None, tmp_path: Path
) -> None:
    bulk = Bulk(tmp_path / "table.jsonl", tmp_path / "out", clean_environment(service.data))
    bulk.write(*(
        {"city": CITIES[number % 5], "number": number, "size": "huge" if number in BAD else None}
        for number in range(1, ROWS + 1)
    ))  # fmt: skip
    options = ("--submit", "--template", TEMPLATE)

    killed = bulk.start(*options)
    until(lambda: len(bulk.lines) >= len(BAD) + 6, killed)
    [driver] = drivers(bulk)
    os.kill(driver, signal.SIGKILL)
    said = killed.communicate(timeout=300)[0]
    assert killed.returncode == 128 + signal.SIGKILL, said
    assert f"{ROWS} rows: 0 ended before, {ROWS - len(BAD)} to make, {len(BAD)} cannot be made" in said
    first, first_written = bulk.lines, bulk.written()
    assert len(BAD) + 6 <= len(first) < ROWS

    stopped = bulk.start(*options)
    until(lambda: len(bulk.lines) >= len(first) + 6, stopped)
    stopped.send_signal(signal.SIGINT)
    said = stopped.communicate(timeout=300)[0]
    assert stopped.returncode == 130, said
    assert f"{ROWS} rows: {len(first)} ended before" in said
    second, second_written = bulk.lines, bulk.written()
    assert len(first) + 6 <= len(second) < ROWS

    done = bulk.run(*options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ROWS} rows: {len(second)} ended before, {ROWS - len(second)} to make" in done.stdout
    third, third_written = bulk.lines, bulk.written()
    assert list(third) == list(range(1, ROWS + 1))
    assert {row for row, line in third.items() if line["status"] == "failed"} == BAD
    # What a run had told in the manifest stayed as it was, line and file.
    for lines, written in ((first, first_written), (second, second_written)):
        assert {row: third[row] for row in lines} == lines
        assert all(third_written[row] == written[row] for row in lines if row not in BAD)
    assert sorted(third_written) == [row for row in range(1, ROWS + 1) if row not in BAD]
    assert len({line["id"] for line in third.values()}) == ROWS
