"""CPU time of the running service, the text reader's apart."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import psutil

SAMPLE_SECONDS = 0.02
# A reader at work keeps at least so many cores busy; one at rest next to none.
BUSY_CORES = 0.3
# The kernel counts CPU time in ticks of 10 ms, so a rate needs several of them.
WINDOW_SAMPLES = 4
READER_TITLE = "TextReader"


@dataclass(frozen=True, slots=True)
class Moment:
    """CPU seconds spent until ``at`` (monotonic): by the service's processes, its readers, and the whole machine."""

    at: float
    cpu: float
    reader_cpu: float
    machine_cpu: float


class ServiceProcesses:
    """The processes of a service, from its leader down."""

    def __init__(self, leader: int) -> None:
        parent = psutil.Process(leader)
        self._all = [parent, *parent.children(recursive=True)]
        self._readers = [process for process in self._all if READER_TITLE in " ".join(process.cmdline())]

    @property
    def readers(self) -> int:
        """How many text readers run."""
        return len(self._readers)

    def now(self) -> Moment:
        """Look at all of them."""
        return Moment(time.monotonic(), _cpu(self._all), _cpu(self._readers), _machine_cpu())

    @contextlib.contextmanager
    def reading(self) -> Iterator[list[tuple[float, float]]]:
        """Meanwhile (moment, CPU seconds) of the readers are collected."""
        samples: list[tuple[float, float]] = []
        over = threading.Event()

        def sample() -> None:
            while not over.wait(SAMPLE_SECONDS):
                samples.append((time.monotonic(), _cpu(self._readers)))

        thread = threading.Thread(target=sample, name="reader-samples", daemon=True)
        thread.start()
        try:
            yield samples
        finally:
            over.set()
            thread.join()


def busy_seconds(samples: Sequence[tuple[float, float]]) -> float:
    """How long somebody was at work, by (moment, CPU seconds)."""
    busy = 0.0
    for (before, start), (after, end) in pairwise(samples[::WINDOW_SAMPLES]):
        if end - start >= BUSY_CORES * (after - before):
            busy += after - before
    return busy


def others_cores(before: Moment, after: Moment) -> float:
    """Cores that programs other than the service kept busy between two moments."""
    others = (after.machine_cpu - before.machine_cpu) - (after.cpu - before.cpu)
    return max(0.0, others / (after.at - before.at))


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
