"""Side tables of external tasks, retries, repeated requests and uploads."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.database.types import UtcSeconds

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: None = None
depends_on: None = None

MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_unicode_ci"}


def _text(name: str, length: int, *, nullable: bool = False, primary_key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), nullable=nullable, primary_key=primary_key)


def _create_index(name: str, table: str, column: str) -> None:
    # Index names are per table in MySQL but per database in SQLite.
    unique_name = f"{table}_{name}" if op.get_context().dialect.name == "sqlite" else name
    op.create_index(unique_name, table, [column])


def upgrade() -> None:
    op.create_table(
        "task_extras",
        _text("task_id", 50, primary_key=True),
        _text("executor", 20),
        _text("retry_of", 50, nullable=True),
        _text("group_id", 50, nullable=True),
        sa.Column("expires_at", sa.BigInteger()),
        **MYSQL,
    )
    _create_index("idx_expires_at", "task_extras", "expires_at")
    _create_index("idx_group_id", "task_extras", "group_id")

    op.create_table(
        "idempotency_keys",
        _text("id", 64, primary_key=True),
        _text("body_hash", 64),
        _text("task_id", 50, nullable=True),
        sa.Column("answer", sa.JSON()),
        sa.Column("reserved_at", sa.BigInteger(), nullable=False),
        **MYSQL,
    )
    _create_index("idx_reserved_at", "idempotency_keys", "reserved_at")
    _create_index("idx_task_id", "idempotency_keys", "task_id")

    op.create_table(
        "uploads",
        _text("object_key", 100, primary_key=True),
        _text("user_id", 50),
        _text("content_type", 100),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcSeconds(), nullable=False),
        **MYSQL,
    )
    _create_index("idx_user_id", "uploads", "user_id")

    op.create_table(
        "upload_uses",
        _text("object_key", 100, primary_key=True),
        _text("poster_id", 50, primary_key=True),
        **MYSQL,
    )
    _create_index("idx_poster_id", "upload_uses", "poster_id")


def downgrade() -> None:
    for table in ("upload_uses", "uploads", "idempotency_keys", "task_extras"):
        op.drop_table(table)
