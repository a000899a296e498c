"""Every fault in every step: the task is seen at work in the step, the fault is done, the outcome is checked.

Usage: python -m cluster.jobs.fault_matrix [FAULT,...] [STEP,...]. Prints the table; exit status 1 when a promise was
broken.
"""

import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.cli.console import out
from cluster.jobs.faults import HELD_STEPS, LATE, PARTS, HeldService, until
from cluster.jobs.held import HeldTask, Outcome
from cluster.lifecycle import ready
from cluster.ports import free_port
from configs.settings import Settings

REPLICAS = 2
LOCKED_SECONDS = 30.0
# Five deployments start anew, two of each beside the old ones.
REDEPLOY_SECONDS = 300.0
DEATHS = 3
Fault = Callable[[HeldTask], None]


def kill(part: str) -> Fault:
    """SIGKILL of a part; the orchestrator that works on the task, if it is that."""

    def fault(held: HeldTask) -> None:
        if part == "Orchestrator":
            held.service.kill_process(held.worker())
        else:
            held.service.kill(part)
        held.let_go()

    return fault


def kill_service(held: HeldTask) -> None:
    """SIGKILL of every process, then ``up``."""
    held.service.kill_all()
    held.service.up()
    held.let_go()


def drain(held: HeldTask) -> None:
    """``down``, for which the step takes too long, then ``up``."""
    held.service.down()
    waiting = held.stored_task()
    if waiting.status != "pending":
        raise RuntimeError(f"drained, but {waiting.status}")
    held.service.up()
    held.let_go()


def redeploy(held: HeldTask) -> None:
    """``serve.run`` over it: the step is let go once another replica has begun it."""
    deploying = held.service.redeploy()
    begun = held.starts()
    until(lambda: held.starts() > begun, f"{held.step} at work in a new replica", REDEPLOY_SECONDS)
    held.let_go()
    if deploying.wait(REDEPLOY_SECONDS) != 0:
        raise RuntimeError("the deployment failed")


def lock_database(held: HeldTask) -> None:
    """Somebody writes for half a minute."""
    settings = Settings(data=held.service.data)
    with sqlite3.connect(settings.database_path, isolation_level=None, timeout=30) as other:
        other.execute("BEGIN IMMEDIATE")
        held.let_go()
        time.sleep(LOCKED_SECONDS)
        other.execute("ROLLBACK")


def freeze(held: HeldTask) -> None:
    """SIGSTOP of the worker until another one has taken its task; then both go on."""
    frozen, begun = held.worker(), held.starts()
    os.kill(frozen, signal.SIGSTOP)
    try:
        until(lambda: held.starts() > begun, f"{held.step} at work in another replica")
    finally:
        os.kill(frozen, signal.SIGCONT)
    held.let_go()


def kill_each_worker(held: HeldTask) -> None:
    """SIGKILL of each orchestrator that takes it."""
    for death in range(1, DEATHS + 1):
        until(lambda death=death: held.starts() >= death, f"{held.step} at work again")  # type: ignore[misc]
        held.service.kill_process(held.worker())
    until(lambda: held.stored_task().final, "the end")
    held.let_go()


FAULTS: dict[str, Fault] = {
    **{f"SIGKILL {part}": kill(part) for part in PARTS},
    "SIGKILL all processes, `up`": kill_service,
    "`down` after the drain's time, `up`": drain,
    "`serve.run` over it": redeploy,
    f"database locked {LOCKED_SECONDS:.0f} s": lock_database,
    "SIGSTOP Orchestrator past its lease, SIGCONT": freeze,
    f"SIGKILL of {DEATHS} Orchestrators in turn": kill_each_worker,
}
ENDS_FAILED = {kill_each_worker}


@dataclass(frozen=True)
class Cell:
    """One fault in one step."""

    seconds: float
    outcome: Outcome
    broken: list[str]

    def __str__(self) -> str:
        if self.broken:
            return "**broken**"
        failed = ", failed" if self.outcome.task.status == "failed" else ""
        return f"{self.outcome.attempts} · {self.seconds:.0f} s{failed}"


def try_out(service: HeldService, name: str, step: str) -> Cell | str:
    """The cell, or why there is none."""
    try:
        until(lambda: ready(Settings(data=service.data, port=service.port)), "a service that is ready", LATE)
        until(lambda: len(service.pids("Orchestrator")) == REPLICAS, "all orchestrators")
        held = HeldTask(service, step)
        started = time.monotonic()
        FAULTS[name](held)
        outcome = held.outcome()
        seconds = time.monotonic() - started
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        service.barrier(step).unlink(missing_ok=True)
    return Cell(seconds, outcome, outcome.broken("failed" if FAULTS[name] in ENDS_FAILED else "completed"))


def table(cells: dict[tuple[str, str], Cell | str], faults: Sequence[str], steps: Sequence[str]) -> str:
    """Attempts and seconds from the fault to the end, by fault and step."""
    rows = [["fault", *steps], ["---"] * (len(steps) + 1)]
    for name in faults:
        rows.append([name, *[cell if isinstance(cell := cells[name, step], str) else str(cell) for step in steps]])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    """Print a line a cell, then the table."""
    asked = [argument.split(",") for argument in sys.argv[1:]]
    faults = [name for name in FAULTS if not asked or any(word in name for word in asked[0])]
    steps = [step for step in HELD_STEPS if len(asked) < 2 or step in asked[1]]
    cells: dict[tuple[str, str], Cell | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        service = HeldService(Path(folder), free_port(), {"ORCHESTRATOR_REPLICAS": str(REPLICAS)})
        service.up()
        try:
            for name in faults:
                for step in steps:
                    cell = cells[name, step] = try_out(service, name, step)
                    out.print(f"{name}, {step}: {cell} {cell.broken if isinstance(cell, Cell) else ''}")
        finally:
            service.down()
    out.print(table(cells, faults, steps))
    wrong = [cell for cell in cells.values() if isinstance(cell, str) or cell.broken]
    out.print(f"{len(cells)} cells, {len(wrong)} broken")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
