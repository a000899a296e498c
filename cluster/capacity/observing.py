"""CPU time of the running service, the text reader's apart."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

NANO = 1e9
READER_TITLE, WORKER_TITLE = "TextReader", "Orchestrator"
Threads = dict[int, tuple[float, float]]
"""Of each thread the seconds that it ran, and that it was ready to run and waited for a core."""


@dataclass(frozen=True, slots=True)
class Moment:
    """CPU seconds spent until ``at`` (monotonic): by the service's processes, its readers, and the whole machine.

    ``workers`` and ``reader_threads``: of the orchestrators and of the readers.
    """

    at: float
    cpu: float
    reader_cpu: float
    machine_cpu: float
    workers: Threads = field(default_factory=dict)
    reader_threads: Threads = field(default_factory=dict)


class ServiceProcesses:
    """The processes of a service, from its leader down."""

    def __init__(self, leader: int) -> None:
        parent = psutil.Process(leader)
        self._all = [parent, *parent.children(recursive=True)]
        self._readers = [process for process in self._all if READER_TITLE in " ".join(process.cmdline())]
        self._workers = [process for process in self._all if WORKER_TITLE in " ".join(process.cmdline())]

    @property
    def readers(self) -> int:
        """How many text readers run."""
        return len(self._readers)

    def now(self) -> Moment:
        """Look at all of them."""
        return Moment(
            time.monotonic(), _cpu(self._all), _cpu(self._readers), _machine_cpu(), _threads(self._workers),
            _threads(self._readers),
        )  # fmt: skip


def busiest(before: Threads, after: Threads) -> tuple[float, float]:
    """Of the thread that did the most between two moments: how long it ran, and how long it waited for a core.

    A poster's work goes through one thread of a process at a time; where that one waited, others had the cores.
    """
    grown = (
        (run - before.get(thread, (0.0, 0.0))[0], wait - before.get(thread, (0.0, 0.0))[1])
        for thread, (run, wait) in after.items()
    )
    return max(grown, default=(0.0, 0.0))


def others_cores(before: Moment, after: Moment) -> float:
    """Cores that programs other than the service kept busy between two moments."""
    others = (after.machine_cpu - before.machine_cpu) - (after.cpu - before.cpu)
    return max(0.0, others / (after.at - before.at))


def _threads(processes: Sequence[psutil.Process]) -> Threads:
    found: Threads = {}
    for process in processes:
        for path in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
            # A thread may end between being listed and read.
            with contextlib.suppress(OSError):
                run, wait, _ = path.read_text().split()
                found[int(path.parent.name)] = (int(run) / NANO, int(wait) / NANO)
    return found


def _machine_cpu() -> float:
    times = psutil.cpu_times()
    # guest is a part of user, guest_nice of nice.
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


def _cpu(processes: Sequence[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        # One that ended has no times any more.
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total
