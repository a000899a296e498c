"""Fair queueing by start tags: a task's turn is a step after its user's last, but never before the turn now served.

So users take turns however much one of them queued, a newcomer is next, and idle time earns no credit. The step is what
the user's tasks cost beside everybody's, by the user's weight: who has dearer tasks has fewer turns. After P. Goyal,
H. Vin, H. Cheng, "Start-time Fair Queueing", SIGCOMM 1996.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select, update

from storage.database import costs, locking
from storage.database.tables import OutboxRow, QueueTurnRow
from storage.database.types import exactly
from storage.database.usage_tables import UserCostRow

# No task has this priority: the row is there to be locked.
_OF_USER = -1


def next_turn(session: Session, user_id: str, priority: int, weight: float) -> int:
    """The turn of a task that joins the queue now. ``priority``: the level, see ``lanes``."""
    served = select(func.max(QueueTurnRow.turn)).where(QueueTurnRow.priority == priority)
    mine = select(func.max(OutboxRow.turn)).where(exactly(OutboxRow.user_id, user_id), OutboxRow.priority == priority)
    taken = select(QueueTurnRow.turn).where(QueueTurnRow.user_id == user_id, QueueTurnRow.priority == priority)
    # One statement for the three: every task that is accepted pays for it.
    row = session.exec(select(served.scalar_subquery(), mine.scalar_subquery(), taken.scalar_subquery())).one()
    now_served, last_queued, last_taken = row
    lasts = [last for last in (last_queued, last_taken) if last is not None]
    mine_next = max(lasts) + costs.step_of(session, user_id, weight) if lasts else 0
    return max(now_served or 0, mine_next)


def note_taken(session: Session, entries: Sequence[OutboxRow]) -> None:
    """Tasks were claimed: their users' last turns, which outlive the tasks."""
    turns: dict[tuple[str, int], int] = {}
    for entry in entries:
        key = (entry.user_id, entry.priority)
        turns[key] = max(turns.get(key, entry.turn), entry.turn)
    # In one order, so that two claimers never wait for each other.
    for (user_id, priority), turn in sorted(turns.items()):
        taken = locking.lock(session, QueueTurnRow, (user_id, priority))
        if taken is None:
            taken = QueueTurnRow(user_id=user_id, priority=priority, turn=turn)
        taken.turn = max(taken.turn, turn)
        session.add(taken)


def hold(session: Session, user_id: str) -> None:
    """From here on this user's other new tasks wait: each then sees the turn, and the number, of those before it."""
    if locking.lock(session, QueueTurnRow, (user_id, _OF_USER)) is None:
        session.add(QueueTurnRow(user_id=user_id, priority=_OF_USER, turn=0))
        session.flush()


def rebalance(session: Session, user_id: str) -> None:
    """Draw this user's waiting tasks together, or apart, as their costs turned out; the first keeps its turn."""
    hold(session, user_id)
    cost = session.get(UserCostRow, user_id)
    if cost is None or cost.step == cost.wanted:
        return
    step, wanted = cost.step, cost.wanted
    mine = exactly(OutboxRow.user_id, user_id), col(OutboxRow.claimed_at).is_(None)
    first = select(OutboxRow.priority, func.min(OutboxRow.turn)).where(*mine).group_by(col(OutboxRow.priority))
    for priority, base in session.exec(first).all():
        drawn = base + (col(OutboxRow.turn) - base) * wanted // step
        session.exec(update(OutboxRow).where(*mine, col(OutboxRow.priority) == priority).values(turn=drawn))
    # After the rows of the queue, as for a task that ends: then neither waits for the other in a ring.
    locked = locking.lock(session, UserCostRow, user_id)
    if locked is not None:
        locked.step = wanted
        session.add(locked)
