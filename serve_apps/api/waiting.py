"""How long tasks still take, for their answers."""

import math
from collections.abc import Sequence

from serve_apps.api.services import ApiServices
from storage.documents.base import utc_now
from storage.documents.task import Task

# Until a first task of this service has completed.
FIRST_GUESS_SECONDS = 10.0


def with_waiting(services: ApiServices, tasks: Sequence[Task]) -> list[Task]:
    """The tasks, those that wait or run with ``queue_position`` and ``estimated_seconds``."""
    open_ids = [task.id for task in tasks if not task.final and task.executor == "cluster"]
    if not open_ids:
        return list(tasks)
    view = services.database.queue_view(open_ids)
    typical = view.typical_seconds or FIRST_GUESS_SECONDS
    slots = services.settings.max_in_flight

    def seen(task: Task) -> Task:
        place = view.places.get(task.id)
        if task.id not in open_ids or (place is None and task.status == "pending"):
            return task
        if place is None:
            elapsed = (utc_now() - task.started_at).total_seconds() if task.started_at else 0.0
            return _waits(task, 0, typical - elapsed)
        rounds = (place - 1 + view.running) // slots + 1
        return _waits(task, place, rounds * typical)

    return [seen(task) for task in tasks]


def _waits(task: Task, position: int, seconds: float) -> Task:
    return task.model_copy(update={"queue_position": position, "estimated_seconds": max(1, math.ceil(seconds))})
