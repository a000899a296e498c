"""What a task leaves behind while it runs, cleared once it has ended: by its executor, or by the relay's sweep.

The sweep finds tasks by their checkpoints. The first is stored before a task's first step, and they are deleted last.
"""

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from pipelines.steps import forget_task
from storage.checkpoints.base import Checkpointer
from storage.database.base import Database
from storage.documents.ids import poster_id_of
from storage.errors import TaskNotFound
from storage.objects.base import ObjectStore


def clear(task_id: str, database: Database, objects: ObjectStore, checkpointer: BaseCheckpointSaver[Any]) -> bool:
    """Delete the task's step results and checkpoints; False, and nothing done, while it is not final."""
    try:
        if not database.get_task(task_id).final:
            return False
    except TaskNotFound:
        # Deleted once it was cancelled, while an executor was between two checks of its fence, or was dead.
        objects.delete_under(f"posters/{poster_id_of(task_id)}")
    forget_task(task_id, objects, checkpointer)
    return True


def sweep(database: Database, objects: ObjectStore, checkpointer: Checkpointer) -> list[str]:
    """Clear every ended task that still has checkpoints; their ids."""
    known = sorted(checkpointer.threads())
    return [task_id for task_id in known if clear(task_id, database, objects, checkpointer)]
