"""Live progress of a task: a bar on a terminal, a line elsewhere, for each phase and each model that is started."""

import time
from collections.abc import Iterable

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cluster.cli.console import err, plain
from storage.documents.progress import TaskEvent


def follow(events: Iterable[TaskEvent]) -> None:
    """Show the events until the task ends."""
    shown = _Bars() if err.is_terminal else _Lines()
    with shown:
        for event in events:
            shown.show(event)


def _told(event: TaskEvent) -> str:
    """The event's message, and what it waits for."""
    start = event.cold_start
    return f"{event.message}: {start.message}" if start else event.message


class _Lines:
    """For logs: a line when a phase starts, and for each stage of a model that it waits for."""

    def __init__(self) -> None:
        self._phase = ""
        self._started = time.monotonic()

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, event: TaskEvent) -> None:
        """Print the event if it begins a phase, a repair or a stage."""
        stage = event.cold_start.stage if event.cold_start else ""
        phase = f"{event.phase}{(event.details or {}).get('repair_round', '')}{stage}"
        if phase != self._phase:
            self._phase = phase
            seconds = time.monotonic() - self._started
            err.print(f"{seconds:6.1f} s  {event.percentage:3.0f} %  {_told(event)}")


class _Bars(_Lines):
    """For terminals: a bar that pulses while its phase or stage runs, full when it is over."""

    def __init__(self) -> None:
        super().__init__()
        self._progress = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=28), TimeElapsedColumn(),
            console=err, transient=False,
        )  # fmt: skip
        self._current: TaskID | None = None

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()
        self._progress.stop()

    def show(self, event: TaskEvent) -> None:
        """Start the phase's bar and fill the one before."""
        label = f"{event.percentage:3.0f} %  {plain(_told(event))}"
        if round_number := (event.details or {}).get("repair_round"):
            label += f" ({round_number})"
        if label == self._phase:
            return
        self._phase = label
        self._finish()
        self._current = self._progress.add_task(label, total=None)

    def _finish(self) -> None:
        if self._current is not None:
            self._progress.update(self._current, total=1, completed=1)
            self._progress.stop_task(self._current)
            self._current = None
