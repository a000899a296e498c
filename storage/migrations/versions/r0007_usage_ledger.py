"""What engines took, by task, user and stage."""

import sqlalchemy as sa
from alembic import op

from storage.database.types import UtcSeconds

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: None = None
depends_on: None = None

INDEXES = {"idx_user_at": ["user_id", "at"], "idx_at": ["at"]}


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "usage_ledger",
        sa.Column("id", number, primary_key=True, autoincrement=True),
        sa.Column("task_id", sa.String(50), nullable=False),
        sa.Column("user_id", sa.String(50), nullable=False),
        sa.Column("stage", sa.String(50), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("seconds", "gpus", "gpu_seconds")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("tokens", "steps")),
        sa.Column("at", UtcSeconds(), nullable=False),
        sa.UniqueConstraint("task_id", "stage", "step", name="uk_usage_step"),
        sqlite_autoincrement=True,
        mysql_engine="InnoDB", mysql_charset="utf8mb4", mysql_collate="utf8mb4_unicode_ci",
    )  # fmt: skip
    # Index names are per table in MySQL but per database in SQLite.
    prefix = "usage_ledger_" if op.get_context().dialect.name == "sqlite" else ""
    for name, columns in INDEXES.items():
        op.create_index(f"{prefix}{name}", "usage_ledger", columns)


def downgrade() -> None:
    op.drop_table("usage_ledger")
