"""The ledger of engine time."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.database.tables import MYSQL, RowNumber, _name
from storage.database.types import UtcSeconds


class UsageRow(SQLModel, table=True):
    """What one stored step of a task took. Rows are added and never changed, and outlive their task."""

    __tablename__ = "usage_ledger"
    __table_args__ = (
        UniqueConstraint("task_id", "stage", "step", name="uk_usage_step"),
        Index("idx_user_at", "user_id", "at"),
        Index("idx_at", "at"),
        {"sqlite_autoincrement": True, **MYSQL},
    )

    id: int | None = Field(default=None, sa_column=Column(RowNumber, primary_key=True, autoincrement=True))
    task_id: str = Field(sa_column=_name(50))
    user_id: str = Field(sa_column=_name(50))
    stage: str = Field(sa_column=_name(50))
    step: str = Field(sa_column=_name(64))
    attempt: int = Field(sa_column=Column(Integer, nullable=False))
    model: str = Field(sa_column=_name(200))
    seconds: float = Field(sa_column=Column(Double, nullable=False))
    gpus: float = Field(sa_column=Column(Double, nullable=False))
    gpu_seconds: float = Field(sa_column=Column(Double, nullable=False))
    tokens: int = Field(sa_column=Column(BigInteger, nullable=False))
    steps: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(UtcSeconds, nullable=False))


class UserCostRow(SQLModel, table=True):
    """What a user's tasks take lately: decayed sums of their ``charge`` and number, as of ``at`` (epoch milliseconds).

    The row without a user is of all. ``step``: how far apart the turns of the user's waiting tasks are; ``wanted``: how
    far they should be by now. See ``costs``.
    """

    __tablename__ = "user_costs"
    __table_args__ = (MYSQL,)

    user_id: str = Field(sa_column=Column(String(50), primary_key=True))
    charge: float = Field(sa_column=Column(Double, nullable=False))
    tasks: float = Field(sa_column=Column(Double, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    step: int = Field(sa_column=Column(BigInteger, nullable=False))
    wanted: int = Field(sa_column=Column(BigInteger, nullable=False))
