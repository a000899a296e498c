"""How the CPU time of a service is seen from outside."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cluster.capacity.observing import Moment, ServiceProcesses, busy_seconds, others_cores

LEADER = """
import subprocess, sys
children = [subprocess.Popen([sys.executable, "-c", code, title]) for title, code in (
    ("ServeReplica:TextReader", "while True: sum(range(1000))"), ("ServeReplica:Api", "input()"))]
print("up", flush=True)
try:
    sys.stdin.read()
finally:
    [child.kill() for child in children]
"""


@pytest.fixture
def leader(tmp_path: Path) -> Iterator[int]:
    """A process with a text reader that works all the time, and another child that does nothing."""
    script = tmp_path / "leader.py"
    script.write_text(LEADER)
    process = subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout and process.stdout.readline() == "up\n"
    yield process.pid
    process.stdin.close()
    assert process.wait(30) == 0


def test_the_readers_time_is_told_apart(leader: int) -> None:
    processes = ServiceProcesses(leader)
    assert processes.readers == 1
    before = processes.now()
    with processes.reading() as samples:
        while (after := processes.now()).reader_cpu - before.reader_cpu < 0.3:
            psutil.Process(leader).status()
    rest = (after.cpu - before.cpu) - (after.reader_cpu - before.reader_cpu)
    assert 0 <= rest < 0.1
    assert len(samples) > 3
    assert samples == sorted(samples)
    # This process worked, too, and is none of the service's.
    assert after.machine_cpu - before.machine_cpu > 0.3
    assert others_cores(before, after) > 0


def test_others_are_the_machine_without_the_service() -> None:
    assert others_cores(Moment(0, 10, 1, 100), Moment(4, 13, 2, 108)) == pytest.approx((8 - 3) / 4)
    assert others_cores(Moment(0, 10, 1, 100), Moment(4, 13, 2, 102)) == 0


def test_a_reader_is_busy_while_its_time_grows() -> None:
    """Ticks of 10 ms, a sample each 20 ms: at work from 1 s to 2 s with 1.5 cores, then only ticking now and then."""
    samples = []
    for index in range(200):
        at = index * 0.02
        work = 1.5 * min(max(at - 1, 0), 1) + 0.01 * (at // 0.7)
        samples.append((at, round(work, 2)))
    assert busy_seconds(samples) == pytest.approx(1.0, abs=0.09)
    assert busy_seconds([]) == 0
