"""The tables: five as clients of the system know them, and side tables for everything else.

Rows are not validated (a ``table=True`` model does not); the document types are. ``rows.py`` turns one into the other.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Float,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Field, SQLModel

from storage.database.types import TouchedNow, UtcSeconds

# SQLite numbers rows itself only for a column declared INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
MYSQL = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_unicode_ci"}
JsonDict = dict[str, Any]


def _id() -> Column[str]:
    return Column(String(50), primary_key=True)


def _name(length: int, *, nullable: bool = False) -> Column[str]:
    return Column(String(length), nullable=nullable)


def _json(*, nullable: bool = False, name: str | None = None) -> Column[Any]:
    # none_as_null: an absent object is SQL NULL, not the JSON word null.
    column_type = JSON(none_as_null=True)
    return Column(name, column_type, nullable=nullable) if name else Column(column_type, nullable=nullable)


def _flag(default: bool) -> Column[bool]:
    return Column(Boolean, server_default=text("1" if default else "0"))


def _created() -> Column[datetime]:
    return Column(UtcSeconds, nullable=False, server_default=text("CURRENT_TIMESTAMP"))


def _updated() -> Column[datetime]:
    return Column(UtcSeconds, nullable=False, server_default=TouchedNow())


def _number(default: int, name: str | None = None) -> Column[int]:
    server_default = text(str(default))
    return (
        Column(name, Integer, server_default=server_default) if name else Column(Integer, server_default=server_default)
    )


@event.listens_for(Mapper, "before_update")
def _keep_updated_at(mapper: Mapper[Any], _connection: Connection, row: Any) -> None:
    # MySQL sets it to its own clock at every update that does not name it.
    if "updated_at" in mapper.columns:
        flag_modified(row, "updated_at")


class TaskRow(SQLModel, table=True):
    """A task."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("idx_user_id", "user_id"), Index("idx_status", "status"), Index("idx_created_at", "created_at"), MYSQL,
    )  # fmt: skip

    id: str = Field(sa_column=_id())
    user_id: str = Field(sa_column=_name(50))
    type: str = Field(sa_column=_name(50))
    status: str = Field(sa_column=_name(20))
    priority: int = Field(default=0, sa_column=_number(0))
    input_params: JsonDict = Field(sa_column=_json())
    progress: JsonDict | None = Field(default=None, sa_column=_json(nullable=True))
    result: JsonDict | None = Field(default=None, sa_column=_json(nullable=True))
    error: JsonDict | None = Field(default=None, sa_column=_json(nullable=True))
    created_at: datetime = Field(sa_column=_created())
    started_at: datetime | None = Field(default=None, sa_column=Column(UtcSeconds, nullable=True))
    completed_at: datetime | None = Field(default=None, sa_column=Column(UtcSeconds, nullable=True))
    updated_at: datetime = Field(sa_column=_updated())


class PosterRow(SQLModel, table=True):
    """A poster; ``version`` rises with every edit."""

    __tablename__ = "posters"
    __table_args__ = (Index("idx_task_id", "task_id"), Index("idx_user_id", "user_id"), MYSQL)

    id: str = Field(sa_column=_id())
    task_id: str = Field(sa_column=_name(50))
    user_id: str = Field(sa_column=_name(50))
    title: str | None = Field(default=None, sa_column=_name(200, nullable=True))
    description: str | None = Field(default=None, sa_column=Column(Text))
    width: int = Field(sa_column=Column(Integer, nullable=False))
    height: int = Field(sa_column=Column(Integer, nullable=False))
    background: str | None = Field(default=None, sa_column=_name(500, nullable=True))
    preview_url: str | None = Field(default=None, sa_column=_name(500, nullable=True))
    source_url: str | None = Field(default=None, sa_column=_name(500, nullable=True))
    metadata_: JsonDict | None = Field(default=None, sa_column=_json(nullable=True, name="metadata"))
    created_at: datetime = Field(sa_column=_created())
    updated_at: datetime = Field(sa_column=_updated())
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default=text("1")))


class LayerRow(SQLModel, table=True):
    """A layer; it belongs to ``user_id`` and joins one poster."""

    __tablename__ = "layers"
    __table_args__ = (MYSQL,)

    id: str = Field(sa_column=_id())
    name: str | None = Field(default=None, sa_column=_name(100, nullable=True))
    type: str | None = Field(default=None, sa_column=_name(50, nullable=True))
    order: int = Field(default=0, sa_column=_number(0, "order"))
    opacity: float = Field(default=1.0, sa_column=Column(Float, server_default=text("1")))
    blend_mode: str | None = Field(default=None, sa_column=_name(50, nullable=True))
    locked: bool = Field(default=False, sa_column=_flag(False))
    visible: bool = Field(default=True, sa_column=_flag(True))
    created_at: datetime = Field(sa_column=_created())
    updated_at: datetime = Field(sa_column=_updated())
    user_id: str | None = Field(default=None, sa_column=_name(50, nullable=True))


class PosterLayerRow(SQLModel, table=True):
    """Which layers a poster has, and in what order."""

    __tablename__ = "poster_layers"
    __table_args__ = (
        UniqueConstraint("poster_id", "layer_id", name="uk_poster_layer"),
        Index("idx_poster_id", "poster_id"),
        # Ours: finding the poster of an element starts from its layer.
        Index("idx_layer_id", "layer_id"),
        MYSQL,
    )

    id: str = Field(sa_column=_id())
    poster_id: str = Field(sa_column=_name(50))
    layer_id: str = Field(sa_column=_name(50))
    order: int = Field(default=0, sa_column=_number(0, "order"))
    created_at: datetime = Field(sa_column=_created())


class ElementRow(SQLModel, table=True):
    """An element; ``position`` is its place in the layer, bottom first."""

    __tablename__ = "elements"
    __table_args__ = (Index("idx_layer_id", "layer_id"), MYSQL)

    id: str = Field(sa_column=_id())
    layer_id: str = Field(sa_column=_name(50))
    type: str = Field(sa_column=_name(50))
    transform: JsonDict = Field(sa_column=_json())
    style: JsonDict = Field(sa_column=_json())
    content: JsonDict = Field(sa_column=_json())
    locked: bool = Field(default=False, sa_column=_flag(False))
    visible: bool = Field(default=True, sa_column=_flag(True))
    selectable: bool = Field(default=True, sa_column=_flag(True))
    created_at: datetime = Field(sa_column=_created())
    updated_at: datetime = Field(sa_column=_updated())
    position: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default=text("1")))


class ApiKeyRow(SQLModel, table=True):
    """An API key by its digest; ``revoked_at`` ends it."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("digest", name="uk_key_digest"), MYSQL)

    id: str = Field(sa_column=_id())
    digest: str = Field(sa_column=_name(64))
    user_id: str = Field(sa_column=_name(50))
    role: str = Field(sa_column=_name(20))
    name: str = Field(sa_column=_name(100))
    created_at: datetime = Field(sa_column=Column(UtcSeconds, nullable=False))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(UtcSeconds, nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcSeconds, nullable=True))


class TaskLeaseRow(SQLModel, table=True):
    """Who works on a task. ``lease_until`` is epoch milliseconds, null while nobody does.

    ``failures``: errors of nodes. ``deaths``: how often in a row its worker died in the step ``died_in``.
    """

    __tablename__ = "task_leases"
    __table_args__ = (Index("idx_lease_until", "lease_until"), MYSQL)

    task_id: str = Field(sa_column=_id())
    owner: str | None = Field(default=None, sa_column=_name(200, nullable=True))
    lease_until: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    attempt: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    failures: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    died_in: str | None = Field(default=None, sa_column=_name(80, nullable=True))
    deaths: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))


class TaskEventRow(SQLModel, table=True):
    """One progress message. ``id`` grows over all tasks, ``seq`` within one."""

    __tablename__ = "task_events"
    __table_args__ = (
        UniqueConstraint("task_id", "seq", name="uk_task_seq"), {"sqlite_autoincrement": True, **MYSQL},
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    task_id: str = Field(sa_column=_name(50))
    seq: int = Field(sa_column=Column(Integer, nullable=False))
    type: str = Field(sa_column=_name(20))
    status: str = Field(sa_column=_name(20))
    phase: str = Field(sa_column=_name(50))
    percentage: float = Field(sa_column=Column(Double, nullable=False))
    message: str = Field(sa_column=Column(Text, nullable=False))
    details: JsonDict | None = Field(default=None, sa_column=_json(nullable=True))
    attempt: int = Field(sa_column=Column(Integer, nullable=False))
    at: datetime = Field(sa_column=Column(UtcSeconds, nullable=False))


class OutboxRow(SQLModel, table=True):
    """A task that is not final and must reach a worker. Unclaimed rows are the queue; ``published_at`` is a relay's.

    ``priority``: the task's level, see ``lanes``. ``turn``: see ``turns``. ``available_at``: epoch milliseconds before
    which nobody may claim it, after so many ``retries``.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("task_id", name="uk_outbox_task"),
        # In the order of taking, so that a long queue costs no sort.
        Index("idx_queue", "claimed_at", text("priority DESC"), "turn", "id"),
        Index("idx_user_turn", "user_id", "priority", "turn"),
        Index("idx_published", "published_at"),
        {"sqlite_autoincrement": True, **MYSQL},
    )

    id: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    task_id: str = Field(sa_column=_name(50))
    priority: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcSeconds, nullable=False))
    published_at: datetime | None = Field(default=None, sa_column=Column(UtcSeconds, nullable=True))
    claimed_at: datetime | None = Field(default=None, sa_column=Column(UtcSeconds, nullable=True))
    user_id: str = Field(default="", sa_column=Column(String(50), nullable=False, server_default=text("''")))
    turn: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    available_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    retries: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))


class QueueTurnRow(SQLModel, table=True):
    """The last turn that a user's tasks of one level were claimed at."""

    __tablename__ = "queue_turns"
    __table_args__ = (Index("idx_turn", "priority", "turn"), MYSQL)

    user_id: str = Field(sa_column=_id())
    priority: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    turn: int = Field(sa_column=Column(BigInteger, nullable=False))


class PosterFilesRow(SQLModel, table=True):
    """Object keys of a poster version's files."""

    __tablename__ = "poster_files"
    __table_args__ = (MYSQL,)

    poster_id: str = Field(sa_column=_id())
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    png: str = Field(sa_column=_name(500))
    jpg: str = Field(sa_column=_name(500))
    psd: str = Field(sa_column=_name(500))


class PosterQualityRow(SQLModel, table=True):
    """The quality report of a poster version; ``state`` is its verdict."""

    __tablename__ = "poster_quality"
    __table_args__ = (Index("idx_state", "state"), MYSQL)

    poster_id: str = Field(sa_column=_id())
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    state: str = Field(sa_column=_name(20))
    report: JsonDict = Field(sa_column=_json())
