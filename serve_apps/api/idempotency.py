"""The Idempotency-Key header: a create that is sent again gets the first answer."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated

from fastapi import Header
from pydantic import BaseModel

from storage.database.base import Database
from storage.documents.task import Task

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[!-~]{1,255}$",
        description="Sent again within 24 hours with the same body, the first answer comes again; 422 with another "
        "body, 409 while the first is in flight.",
    ),
]


# Fields younger than stored keys: at its default such a field is left out, so a key lives through an upgrade.
YOUNGER = {"lane"}


def _hash(body: BaseModel) -> str:
    fields = type(body).model_fields
    unsaid = {name for name in YOUNGER if name in fields and getattr(body, name) == fields[name].default}
    text = json.dumps(body.model_dump(mode="json", exclude=unsaid), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def once(
    database: Database, user_id: str, key: str | None, body: BaseModel, create: Callable[[], Task],
    finished: Callable[[Task], Task],
) -> Task:  # fmt: skip
    """The task that ``create`` makes and ``finished`` completes for the answer, or the first answer under the key.

    Raises IdempotencyKeyReused for another body, ConflictError while the first request is in flight.
    """
    if key is None:
        return finished(create())
    first = database.reserve_request(user_id, key, _hash(body))
    if first is not None:
        return first
    try:
        answer = finished(create())
    except BaseException:
        database.abandon_request(user_id, key)
        raise
    database.store_answer(user_id, key, answer)
    return answer
