"""What engines took: sums of the ledger over a period."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BeforeValidator

from serve_apps.api.auth import CurrentUser
from serve_apps.api.errors import answers
from serve_apps.api.schemas import Success
from serve_apps.api.services import Services
from storage.documents.base import utc_now
from storage.documents.ids import Id
from storage.documents.usage import UsageKind, UsageReport

router = APIRouter(prefix="/api/v1/usage", tags=["usage"])
DEFAULT_PERIOD = timedelta(days=7)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _moment(value: datetime) -> datetime:
    """In UTC; without a zone it is UTC. What is out of reach is as good as the bound: nothing lies beyond."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return min(max(aware, _EARLIEST), _LATEST).astimezone(UTC).replace(microsecond=0)


def _written_out(value: str) -> str:
    """Raises ValueError for a bare number, which would be read as seconds since 1970."""
    if not re.match(r"\d{4}-\d\d-\d\d[Tt]", value):
        raise ValueError("must be a time such as 2026-11-01T00:00:00Z")
    return value


Moment = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_moment)]


@router.get("", responses=answers(400, 403))
def get_usage(
    services: Services,
    user: CurrentUser,
    by: Annotated[UsageKind, Query(description="What each item is of.")] = "task",
    since: Annotated[Moment | None, Query(description="Included; a week before `until` if absent.")] = None,
    until: Annotated[Moment | None, Query(description="Excluded; now if absent.")] = None,
    user_id: Annotated[Id | None, Query(description="Only this user's.")] = None,
    task_id: Annotated[Id | None, Query(description="Only this task's; it may be deleted.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="How many items, the dearest first.")] = 100,
) -> Success[UsageReport]:
    """What engines took in a period; nothing where it ends before it begins. Deleted tasks are among it."""
    end = until or utc_now() + timedelta(seconds=1)
    begin = since or end - DEFAULT_PERIOD
    owner = user.owner_listed(user_id)
    return Success(data=services.database.usage(begin, end, by, owner, task_id, limit))
