"""Side tables of what clients do beside reading: external tasks, retries, repeated requests, uploads."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, String, text
from sqlmodel import Field, SQLModel

from storage.database.tables import MYSQL, JsonDict, _id, _json, _name
from storage.database.types import UtcSeconds


class TaskExtraRow(SQLModel, table=True):
    """What a task has beyond the known table; a task without a row is a plain one of the cluster.

    ``expires_at``: epoch milliseconds after which an external task is given up.
    """

    __tablename__ = "task_extras"
    __table_args__ = (Index("idx_expires_at", "expires_at"), Index("idx_group_id", "group_id"), MYSQL)

    task_id: str = Field(sa_column=_id())
    executor: str = Field(default="cluster", sa_column=_name(20))
    retry_of: str | None = Field(default=None, sa_column=_name(50, nullable=True))
    group_id: str | None = Field(default=None, sa_column=_name(50, nullable=True))
    expires_at: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    lane: str = Field(
        default="interactive", sa_column=Column(String(20), nullable=False, server_default=text("'interactive'"))
    )


class IdempotencyRow(SQLModel, table=True):
    """A create request under a client's key. ``id`` hashes user and key, ``answer`` is absent while it is in flight."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idx_reserved_at", "reserved_at"), Index("idx_task_id", "task_id"), MYSQL)

    id: str = Field(sa_column=Column(String(64), primary_key=True))
    body_hash: str = Field(sa_column=_name(64))
    task_id: str | None = Field(default=None, sa_column=_name(50, nullable=True))
    answer: JsonDict | None = Field(default=None, sa_column=_json(nullable=True))
    reserved_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class UploadRow(SQLModel, table=True):
    """Whose an uploaded object is."""

    __tablename__ = "uploads"
    __table_args__ = (Index("idx_user_id", "user_id"), MYSQL)

    object_key: str = Field(sa_column=Column(String(100), primary_key=True))
    user_id: str = Field(sa_column=_name(50))
    content_type: str = Field(sa_column=_name(100))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcSeconds, nullable=False))


class UploadUseRow(SQLModel, table=True):
    """Which posters show an upload: who may see a poster may see its pictures, and the last one takes them along."""

    __tablename__ = "upload_uses"
    __table_args__ = (Index("idx_poster_id", "poster_id"), MYSQL)

    object_key: str = Field(sa_column=Column(String(100), primary_key=True))
    poster_id: str = Field(sa_column=_id())
