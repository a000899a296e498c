"""What a user's tasks cost beside everybody's, and the distance of turns that follows from it.

A task that ends is one sample: the GPU seconds of its ledger, or engine seconds where no GPU worked.
"""

from sqlalchemy import or_
from sqlmodel import Session, case, col, func, select

from storage.database import fair_cost, locking
from storage.database.clock import milliseconds
from storage.database.fair_cost import STEP
from storage.database.usage_tables import UsageRow, UserCostRow

_ALL = ""


def settle(session: Session, task_id: str, user_id: str, now: float) -> None:
    """A task ended: what it took becomes a sample of its user and of all."""
    charge = case((col(UsageRow.gpus) > 0, col(UsageRow.gpu_seconds)), else_=col(UsageRow.seconds))
    took = session.exec(select(func.sum(charge)).where(UsageRow.task_id == task_id)).one()
    if took is None:
        return
    # In one order, so that no two of them wait for each other.
    everybody = _add(session, _ALL, float(took), now)
    user = _add(session, user_id, float(took), now)
    user.wanted = fair_cost.step_wanted(user, everybody)


def step_of(session: Session, user_id: str, weight: float) -> int:
    """How far a user's next task is from the last one."""
    known = session.get(UserCostRow, user_id)
    return fair_cost.weighted(STEP if known is None else known.step, weight)


def unbalanced(session: Session) -> list[str]:
    """Users whose waiting tasks are a quarter too near or too far."""
    off = or_(
        col(UserCostRow.wanted) * 4 > col(UserCostRow.step) * 5, col(UserCostRow.wanted) * 5 < UserCostRow.step * 4
    )
    query = select(UserCostRow.user_id).where(off, col(UserCostRow.user_id) != _ALL).order_by(col(UserCostRow.user_id))
    return list(session.exec(query).all())


def _add(session: Session, user_id: str, took: float, now: float) -> UserCostRow:
    row = locking.lock(session, UserCostRow, user_id)
    if row is None:
        row = UserCostRow(user_id=user_id, charge=0.0, tasks=0.0, at=milliseconds(now), step=STEP, wanted=STEP)
    fair_cost.add(row, took, milliseconds(now))
    session.add(row)
    return row
