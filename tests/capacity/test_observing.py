"""How the CPU time of a service is seen from outside."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cluster.capacity.observing import Moment, ServiceProcesses, busiest, others_cores

LEADER = """
import subprocess, sys
up = "print(1, flush=True)\\n"
children = [
    subprocess.Popen([sys.executable, "-c", up + code, title], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for title, code in (("ServeReplica:TextReader", "while True: sum(range(1000))"), ("ServeReplica:Api", "input()"))
]
# An interpreter that starts is busy, too.
[child.stdout.readline() for child in children]
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


def still(processes: ServiceProcesses) -> Moment:
    """While the reader stands: its times are read one after the other."""
    (reader,) = processes._readers
    reader.suspend()
    try:
        while reader.status() != psutil.STATUS_STOPPED:
            time.sleep(0.001)
        return processes.now()
    finally:
        reader.resume()


def test_the_readers_time_is_told_apart(leader: int) -> None:
    processes = ServiceProcesses(leader)
    assert processes.readers == 1
    before = still(processes)
    while processes.now().reader_cpu - before.reader_cpu < 0.3:
        psutil.Process(leader).status()
    after = still(processes)
    rest = (after.cpu - before.cpu) - (after.reader_cpu - before.reader_cpu)
    # Times are in ticks of 10 ms.
    assert abs(rest) < 0.1
    ran = [after.reader_threads[one][0] - before.reader_threads[one][0] for one in before.reader_threads]
    assert sum(ran) == pytest.approx(after.reader_cpu - before.reader_cpu, abs=0.1)
    assert busiest(before.reader_threads, after.reader_threads)[0] == max(ran)
    assert not before.workers
    # This process worked, too, and is none of the service's.
    assert after.machine_cpu - before.machine_cpu > 0.3
    assert others_cores(before, after) > 0


def test_others_are_the_machine_without_the_service() -> None:
    assert others_cores(Moment(0, 10, 1, 100), Moment(4, 13, 2, 108)) == pytest.approx((8 - 3) / 4)
    assert others_cores(Moment(0, 10, 1, 100), Moment(4, 13, 2, 102)) == 0


def test_the_busiest_thread_tells_how_long_work_waited() -> None:
    before = {1: (5.0, 1.0), 2: (9.0, 9.0)}
    after = {1: (7.0, 1.5), 2: (9.1, 19.0), 3: (0.5, 7.0)}
    assert busiest(before, after) == pytest.approx((2.0, 0.5))
    assert busiest({}, {}) == (0, 0)
