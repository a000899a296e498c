"""First schema: the five known tables and the side tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.database.types import TouchedNow, UtcSeconds

revision: str = "0001"
down_revision: str | None = None
branch_labels: None = None
depends_on: None = None

MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_unicode_ci"}
ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOW = sa.text("CURRENT_TIMESTAMP")


def _text(name: str, length: int, *, nullable: bool = False, primary_key: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), nullable=nullable, primary_key=primary_key)


def _integer(name: str, default: int | None = None, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(
        name, sa.Integer(), nullable=nullable, server_default=None if default is None else sa.text(str(default))
    )


def _flag(name: str, default: str) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean(), server_default=sa.text(default))


def _times(*names: str) -> "list[sa.Column[object]]":
    return [
        sa.Column(name, UtcSeconds(), nullable=False, server_default=TouchedNow() if name == "updated_at" else NOW)
        for name in names
    ]


def _create_index(name: str, table: str, *columns: "str | sa.TextClause") -> None:
    # Index names are per table in MySQL but per database in SQLite.
    unique_name = f"{table}_{name}" if op.get_context().dialect.name == "sqlite" else name
    op.create_index(unique_name, table, list(columns))


def upgrade() -> None:
    op.create_table(
        "tasks",
        _text("id", 50, primary_key=True),
        _text("user_id", 50),
        _text("type", 50),
        _text("status", 20),
        _integer("priority", 0, nullable=True),
        sa.Column("input_params", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON()),
        sa.Column("result", sa.JSON()),
        sa.Column("error", sa.JSON()),
        *_times("created_at"),
        sa.Column("started_at", UtcSeconds()),
        sa.Column("completed_at", UtcSeconds()),
        *_times("updated_at"),
        **MYSQL,
    )
    _create_index("idx_user_id", "tasks", "user_id")
    _create_index("idx_status", "tasks", "status")
    _create_index("idx_created_at", "tasks", "created_at")

    op.create_table(
        "posters",
        _text("id", 50, primary_key=True),
        _text("task_id", 50),
        _text("user_id", 50),
        _text("title", 200, nullable=True),
        sa.Column("description", sa.Text()),
        _integer("width"),
        _integer("height"),
        _text("background", 500, nullable=True),
        _text("preview_url", 500, nullable=True),
        _text("source_url", 500, nullable=True),
        sa.Column("metadata", sa.JSON()),
        *_times("created_at", "updated_at"),
        _integer("version", 1),
        **MYSQL,
    )
    _create_index("idx_task_id", "posters", "task_id")
    _create_index("idx_user_id", "posters", "user_id")

    op.create_table(
        "layers",
        _text("id", 50, primary_key=True),
        _text("name", 100, nullable=True),
        _text("type", 50, nullable=True),
        _integer("order", 0, nullable=True),
        sa.Column("opacity", sa.Float(), server_default=sa.text("1")),
        _text("blend_mode", 50, nullable=True),
        _flag("locked", "0"),
        _flag("visible", "1"),
        *_times("created_at", "updated_at"),
        _text("user_id", 50, nullable=True),
        **MYSQL,
    )

    op.create_table(
        "poster_layers",
        _text("id", 50, primary_key=True),
        _text("poster_id", 50),
        _text("layer_id", 50),
        _integer("order", 0, nullable=True),
        *_times("created_at"),
        sa.UniqueConstraint("poster_id", "layer_id", name="uk_poster_layer"),
        **MYSQL,
    )
    _create_index("idx_poster_id", "poster_layers", "poster_id")
    _create_index("idx_layer_id", "poster_layers", "layer_id")

    op.create_table(
        "elements",
        _text("id", 50, primary_key=True),
        _text("layer_id", 50),
        _text("type", 50),
        sa.Column("transform", sa.JSON(), nullable=False),
        sa.Column("style", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        _flag("locked", "0"),
        _flag("visible", "1"),
        _flag("selectable", "1"),
        *_times("created_at", "updated_at"),
        _integer("position", 0),
        _integer("version", 1),
        **MYSQL,
    )
    _create_index("idx_layer_id", "elements", "layer_id")
    _create_side_tables()


def _create_side_tables() -> None:
    op.create_table(
        "task_leases",
        _text("task_id", 50, primary_key=True),
        _text("owner", 200, nullable=True),
        sa.Column("lease_until", sa.BigInteger()),
        _integer("attempt"),
        _integer("failures"),
        **MYSQL,
    )
    _create_index("idx_lease_until", "task_leases", "lease_until")

    op.create_table(
        "task_events",
        sa.Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
        _text("task_id", 50),
        _integer("seq"),
        _text("type", 20),
        _text("status", 20),
        _text("phase", 50),
        sa.Column("percentage", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON()),
        _integer("attempt"),
        sa.Column("at", UtcSeconds(), nullable=False),
        sa.UniqueConstraint("task_id", "seq", name="uk_task_seq"),
        sqlite_autoincrement=True,
        **MYSQL,
    )

    op.create_table(
        "outbox",
        sa.Column("id", ROW_NUMBER, primary_key=True, autoincrement=True),
        _text("task_id", 50),
        _integer("priority"),
        sa.Column("created_at", UtcSeconds(), nullable=False),
        sa.Column("published_at", UtcSeconds()),
        sa.Column("claimed_at", UtcSeconds()),
        sa.UniqueConstraint("task_id", name="uk_outbox_task"),
        sqlite_autoincrement=True,
        **MYSQL,
    )
    _create_index("idx_queue", "outbox", "claimed_at", sa.text("priority DESC"), "id")

    op.create_table(
        "poster_files",
        _text("poster_id", 50, primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        _text("png", 500),
        _text("jpg", 500),
        _text("psd", 500),
        **MYSQL,
    )

    op.create_table(
        "poster_quality",
        _text("poster_id", 50, primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        _text("state", 20),
        sa.Column("report", sa.JSON(), nullable=False),
        **MYSQL,
    )
    _create_index("idx_state", "poster_quality", "state")


def downgrade() -> None:
    for table in ("poster_quality", "poster_files", "outbox", "task_events", "task_leases", "elements",
                  "poster_layers", "layers", "posters", "tasks"):  # fmt: skip
        op.drop_table(table)
