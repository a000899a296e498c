"""What a transaction changed, kept with its session until it is committed."""

from sqlmodel import Session

from storage.announcer.base import Change

_KEY = "changes"


def note(session: Session, *changes: Change) -> None:
    """Announce these once the transaction has committed, and never if it does not."""
    session.info.setdefault(_KEY, []).extend(changes)


def noted(session: Session) -> list[Change]:
    """What was noted, in order."""
    found: list[Change] = session.info.get(_KEY, [])
    return found
