"""How long tasks still take, and why they wait, for their answers."""

import math
from collections.abc import Mapping, Sequence
from statistics import quantiles

from serve_apps.api.services import ApiServices
from serve_apps.model_states import ASLEEP, READY
from storage.database.client_base import QueueView
from storage.documents.base import format_time, utc_now
from storage.documents.cold_start import STAGE_WORDS, cold_start_of
from storage.documents.task import Task, WaitReason

# Until a first task of this service has completed.
FIRST_GUESS_SECONDS = 10.0


def with_waiting(services: ApiServices, tasks: Sequence[Task]) -> list[Task]:
    """The tasks, those that wait or run with their place, the seconds they still take, and what they wait for."""
    open_ids = [task.id for task in tasks if not task.final and task.executor == "cluster"]
    if not open_ids:
        return list(tasks)
    view = services.database.queue_view(open_ids)
    cold = _cold_starts(services.watch.states(services.workshop))
    slots = services.settings.max_in_flight * services.settings.orchestrator_replicas
    return [_seen(task, view, slots, cold) if task.id in open_ids else task for task in tasks]


def _seen(task: Task, view: QueueView, slots: int, cold: list[WaitReason]) -> Task:
    if task.status == "processing":
        elapsed = (utc_now() - task.started_at).total_seconds() if task.started_at else 0.0
        half, most = _quantiles([seconds for seconds in view.recent_seconds if seconds > elapsed] or [elapsed])
        return _waits(task, 0, half - elapsed, most - elapsed, _as_heard(task, cold))
    if retry := view.retries.get(task.id):
        reason = WaitReason(code="RETRY", message=f"An attempt failed; retry at {format_time(retry)}.")
        return task.model_copy(update={"waits_for": [reason, *cold]})
    place = view.places.get(task.id)
    if place is None:
        return task
    half, most = _quantiles(view.recent_seconds or [FIRST_GUESS_SECONDS])
    rounds = (place - 1 + view.running) // slots + 1
    reasons = [*cold, *_queue_reasons(task, view, place, slots)]
    # Rounds spread like one, but not all to the same side.
    return _waits(task, place, rounds * half, rounds * half + (most - half) * math.sqrt(rounds), reasons)


def _queue_reasons(task: Task, view: QueueView, place: int, slots: int) -> list[WaitReason]:
    reasons = []
    if own := view.own_running.get(task.id):
        reasons.append(WaitReason(code="OWN_TASKS", message=f"{_tasks(own)} of yours {_run(own)}."))
    if place > 1:
        are = "is" if place == 2 else "are"
        reasons.append(WaitReason(code="TASKS_BEFORE", message=f"{_tasks(place - 1)} {are} before it."))
    if view.running >= slots:
        reasons.append(
            WaitReason(code="ALL_BUSY", message=f"{_tasks(view.running)} {_run(view.running)}, as many as may at once.")
        )
    return reasons


def _cold_starts(states: Mapping[str, str]) -> list[WaitReason]:
    reasons = []
    for name, state in states.items():
        if state == READY:
            continue
        model = name.replace("_", " ")
        if name == "orchestrator":
            reasons.append(WaitReason(code="NO_WORKER", message="Nothing that works on tasks answers; see /readyz."))
        elif state == ASLEEP:
            sentence = f"Cold start: the {model} sleeps; the first task that needs it wakes it."
            reasons.append(WaitReason(code="COLD_START", message=sentence))
        else:
            reasons.append(WaitReason(code="COLD_START", message=f"Cold start: weights loading ({model})."))
    return reasons


def _as_heard(task: Task, cold: list[WaitReason]) -> list[WaitReason]:
    """The reasons, that of the model which the task waits for by the stage that its stream told last."""
    start = cold_start_of(task.progress.details)
    if start is None or start.stage == "ready":
        return cold
    name = start.model.replace("_", " ")
    told = WaitReason(code="COLD_START", message=f"Cold start: {STAGE_WORDS[start.stage]} ({name}).")
    return [told if name in reason.message else reason for reason in cold]


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """The median, and what nine of ten are within."""
    if len(seconds) == 1:
        return seconds[0], seconds[0]
    tenths = quantiles(seconds, n=10, method="inclusive")
    return tenths[4], tenths[8]


def _waits(task: Task, position: int, half: float, most: float, reasons: list[WaitReason]) -> Task:
    return task.model_copy(
        update={
            "queue_position": position, "estimated_seconds": max(1, math.ceil(half)),
            "estimated_seconds_p90": max(1, math.ceil(most)), "waits_for": reasons,
        }
    )  # fmt: skip


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _run(count: int) -> str:
    return "runs" if count == 1 else "run"
