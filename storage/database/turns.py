"""Fair queueing by start tags: a task's turn is one after its user's last, but never before the turn now served.

So users take turns however much one of them queued, a newcomer is next, and idle time earns no credit. After
P. Goyal, H. Vin, H. Cheng, "Start-time Fair Queueing", SIGCOMM 1996, with every task of weight and length one.
"""

from sqlmodel import Session, func, select

from storage.database.tables import OutboxRow, QueueTurnRow


def next_turn(session: Session, user_id: str, priority: int) -> int:
    """The turn of a task that joins the queue now."""
    served = session.exec(select(func.max(QueueTurnRow.turn)).where(QueueTurnRow.priority == priority)).one()
    mine = session.exec(
        select(func.max(OutboxRow.turn)).where(OutboxRow.user_id == user_id, OutboxRow.priority == priority)
    ).one()
    taken = session.get(QueueTurnRow, (user_id, priority))
    last = max(-1 if mine is None else mine, -1 if taken is None else taken.turn)
    return max(served or 0, last + 1)


def note_taken(session: Session, entry: OutboxRow) -> None:
    """A task was claimed: its user's last turn, which outlives the task."""
    taken = session.get(QueueTurnRow, (entry.user_id, entry.priority))
    if taken is None:
        taken = QueueTurnRow(user_id=entry.user_id, priority=entry.priority, turn=entry.turn)
    taken.turn = max(taken.turn, entry.turn)
    session.add(taken)
