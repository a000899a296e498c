"""How many unfinished tasks a user may have."""

from sqlmodel import Session, col, func, select

from storage.database.tables import TaskRow
from storage.database.types import exactly
from storage.documents.task import FINAL_STATUSES
from storage.errors import TooManyError

RETRY_SECONDS = 30


def check(session: Session, user_id: str, most: int | None) -> None:
    """Raise TooManyError when a new task makes more than ``most`` unfinished ones; None is no limit.

    Called with the new one stored: its user's others wait meanwhile, so that no two of them count the same.
    """
    if most is None:
        return
    query = (
        select(func.count())
        .select_from(TaskRow)
        .where(exactly(TaskRow.user_id, user_id), col(TaskRow.status).not_in(FINAL_STATUSES))
    )
    if session.exec(query).one() > most:
        raise TooManyError(f"You have {most} unfinished tasks; wait until some end, or cancel some.",
                           retry_after=RETRY_SECONDS, unfinished=most)  # fmt: skip
