"""Keyset pages, newest first. Many rows share a second, so the id breaks ties."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from sqlalchemy import and_, or_
from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from storage.errors import ValidationError

_PLACE = r"\.([0-9]{1,10})\.([A-Za-z0-9_.:-]{1,50})"


class PagedRow(Protocol):
    """What a page goes by."""

    id: str
    created_at: datetime


RowT = TypeVar("RowT", bound=PagedRow)


def cursor_pattern(kind: str) -> str:
    """The form of this kind's cursors; each text of this form stands for a place."""
    return f"^{kind}{_PLACE}$"


def encode_cursor(kind: str, row: PagedRow) -> str:
    """A cursor that continues after this row."""
    seconds = int(row.created_at.replace(tzinfo=UTC).timestamp())
    return f"{kind}.{seconds}.{row.id}"


def decode_cursor(kind: str, cursor: str) -> tuple[datetime, str]:
    """The place a cursor stands for. Raises ValidationError for what is no cursor of this kind."""
    if found := re.fullmatch(kind + _PLACE, cursor):
        return datetime.fromtimestamp(int(found[1]), UTC), found[2]
    reason = "is not a cursor of this list; use the value of 'next' of an earlier page"
    raise ValidationError(f"cursor {reason}.", fields={"cursor": reason})


def fetch_page(
    session: Session, query: SelectOfScalar[RowT], table: type[RowT], kind: str, limit: int, cursor: str | None
) -> tuple[Sequence[RowT], str | None]:
    """One page of ``query``'s rows and the cursor of the next."""
    if limit < 1:
        raise ValidationError("limit must be at least 1.", fields={"limit": "must be at least 1"})
    if cursor is not None:
        created_at, row_id = decode_cursor(kind, cursor)
        older = col(table.created_at) < created_at
        query = query.where(or_(older, and_(col(table.created_at) == created_at, col(table.id) < row_id)))
    query = query.order_by(col(table.created_at).desc(), col(table.id).desc()).limit(limit + 1)
    found = session.exec(query).all()
    page = found[:limit]
    return page, encode_cursor(kind, page[-1]) if len(found) > limit else None
