"""What is sent: a small JSON object that names the task. Everything else about it is read from the database."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic import ValidationError as PydanticError

from storage.database.queue_base import Publication
from storage.documents.base import utc_now
from storage.documents.ids import Id


class TaskRecord(BaseModel):
    """A published task. ``turn``, then ``place``, is its fair order within a priority.

    Fields that a later version adds are ignored.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    v: Literal[1] = 1
    task_id: Id
    priority: Annotated[int, Field(ge=0, le=9)]
    turn: Annotated[int, Field(ge=0)]
    place: Annotated[int, Field(ge=0)]
    published_at: AwareDatetime

    @property
    def order(self) -> tuple[int, int, int]:
        """Smaller goes first."""
        return -self.priority, self.turn, self.place


class Malformed(ValueError):
    """The bytes are not a record; the message says in what way."""


def encode(publication: Publication) -> tuple[bytes, bytes]:
    """Key and value. The key is the task, so that one user's tasks spread over the partitions."""
    record = TaskRecord(task_id=publication.task_id, priority=publication.priority, turn=publication.turn,
                        place=publication.place, published_at=utc_now())  # fmt: skip
    return publication.task_id.encode(), record.model_dump_json().encode()


def decode(value: bytes | None) -> TaskRecord:
    """The record. Raises Malformed."""
    try:
        return TaskRecord.model_validate_json(value or b"")
    except PydanticError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Malformed(f"{where}: {first['msg']}" if where else first["msg"]) from None
