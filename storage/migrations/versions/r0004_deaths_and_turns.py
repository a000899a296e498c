"""In which step a task's worker died, and whose turn it is in the queue."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None

LEASE_COLUMNS = ("died_in", "deaths")
OUTBOX_COLUMNS = ("user_id", "turn")


def _index(name: str) -> str:
    # Index names are per table in MySQL but per database in SQLite.
    return f"outbox_{name}" if op.get_context().dialect.name == "sqlite" else name


def upgrade() -> None:
    op.add_column("task_leases", sa.Column("died_in", sa.String(80), nullable=True))
    op.add_column("task_leases", sa.Column("deaths", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("outbox", sa.Column("user_id", sa.String(50), nullable=False, server_default=sa.text("''")))
    op.add_column("outbox", sa.Column("turn", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE outbox SET user_id = (SELECT user_id FROM tasks WHERE tasks.id = outbox.task_id)")
    op.drop_index(_index("idx_queue"), "outbox")
    op.create_index(_index("idx_queue"), "outbox", ["claimed_at", sa.text("priority DESC"), "turn", "id"])
    op.create_index(_index("idx_user_turn"), "outbox", ["user_id", "priority", "turn"])
    op.create_table(
        "queue_turns",
        sa.Column("user_id", sa.String(50), primary_key=True),
        sa.Column("priority", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        mysql_engine="InnoDB", mysql_charset="utf8mb4", mysql_collate="utf8mb4_unicode_ci",
    )  # fmt: skip
    name = "queue_turns_idx_turn" if op.get_context().dialect.name == "sqlite" else "idx_turn"
    op.create_index(name, "queue_turns", ["priority", "turn"])


def downgrade() -> None:
    op.drop_table("queue_turns")
    op.drop_index(_index("idx_user_turn"), "outbox")
    op.drop_index(_index("idx_queue"), "outbox")
    op.create_index(_index("idx_queue"), "outbox", ["claimed_at", sa.text("priority DESC"), "id"])
    for table, columns in (("outbox", OUTBOX_COLUMNS), ("task_leases", LEASE_COLUMNS)):
        for column in columns:
            op.drop_column(table, column)
