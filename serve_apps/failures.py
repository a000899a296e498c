"""What becomes of an attempt that failed: counted and tried again after a wait, or, for what will not change, final."""

import structlog

from serve_apps.watching import Outcome, ended
from storage.database.backoff import Backoff
from storage.database.base import Database
from storage.documents.task import Task, TaskError
from storage.errors import DesignAgentError, UnavailableError

STORAGE_PARTS = {"database", "objects"}
log = structlog.get_logger()


def is_of_storage(error: Exception) -> bool:
    """Whether storage was away (a full disk, a lock, a server that is down): no task's fault, and it hits them all."""
    return isinstance(error, UnavailableError) and error.details.get("part") in STORAGE_PARTS


def record_failure(
    database: Database, task_id: str, attempt: int, error: Exception, max_attempts: int, backoff: Backoff
) -> Outcome | None:
    """Put the task back or end it; None when the database could not be written. Never raises."""
    # What the input itself causes fails again in every attempt; only a missing part is worth another one.
    final = isinstance(error, DesignAgentError) and not isinstance(error, UnavailableError)
    code = error.code if isinstance(error, DesignAgentError) else "INTERNAL_ERROR"
    # The task's owner reads it; the log has the whole.
    said = error.told if isinstance(error, DesignAgentError) else str(error)
    report = TaskError(code=code, message=said[:1000], details={"type": type(error).__name__})
    try:
        if is_of_storage(error):
            database.postpone(task_id, attempt, report, backoff)
            return _ended("postponed")
        task = database.fail_attempt(task_id, attempt, report, 1 if final else max_attempts, backoff)
        return _ended("failed", task) if task.final else _ended("retried")
    except UnavailableError:
        log.exception("failure not recorded", task_id=task_id)
        return None
    except DesignAgentError as stop:
        # Another attempt has it, or it is cancelled, or even deleted.
        log.info("failure not recorded", task_id=task_id, reason=stop.code)
        return _ended("lost")


def _ended(outcome: Outcome, task: Task | None = None) -> Outcome:
    ended(outcome, task)
    return outcome
