"""What child processes of the suites do."""

import os
from pathlib import Path

from storage.database.base import Database
from storage.errors import ConflictError
from tests.contract.adapters import CHECKPOINTERS, DATABASES, open_database
from tests.contract.helpers import PARAMS, complete


def claim_all(adapter: str, folder: str, owner: str) -> list[str]:
    """Ids of the tasks that this process could claim until none was left."""
    database = open_database(adapter, Path(folder))
    taken: list[str] = []
    while claims := database.claim(owner, 3, 60):
        taken += [claim.task_id for claim in claims]
    database.close()
    return taken


def migrate_fresh(adapter: str, folder: str) -> str:
    """Bring the schema up and create a task; its id."""
    database = open_database(adapter, Path(folder))
    task = database.create_task(f"process-{os.getpid()}", PARAMS)
    database.close()
    return task.id


def work_for_ever(adapter: str, folder: str, pipe: str) -> None:
    """Create and work on tasks until killed; each id goes to the pipe once the database has accepted the task."""
    database = DATABASES[adapter](Path(folder), _fixed_clock)
    acknowledged = os.open(pipe, os.O_WRONLY)
    while True:
        task = database.create_task("u1", PARAMS)
        os.write(acknowledged, f"{task.id}\n".encode())
        for claim in database.claim("worker", 1, 60):
            _work(database, claim.task_id, claim.attempt)


def _work(database: Database, task_id: str, attempt: int) -> None:
    try:
        for percentage in (10, 40, 80):
            database.record_progress(task_id, attempt, "p", percentage, "m")
        complete(database, database.get_task(task_id), attempt)
    except ConflictError:
        return


def _fixed_clock() -> float:
    return 1_800_000_000.0


def checkpoint_many(adapter: str, folder: str, thread: str, count: int) -> int:
    """Write and read back a checkpoint per step of one thread; how many came back."""
    from tests.contract.checkpoint_steps import put_step, steps_of

    checkpointer = CHECKPOINTERS[adapter](Path(folder))
    for step in range(count):
        put_step(checkpointer, thread, step)
    found = len(steps_of(checkpointer, thread))
    checkpointer.close()
    return found
