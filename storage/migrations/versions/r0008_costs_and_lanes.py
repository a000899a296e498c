"""What users' tasks cost, turns in thousandths of a task, and the lane of a task."""

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: None = None
depends_on: None = None

STEP = "1000"


def upgrade() -> None:
    op.create_table(
        "user_costs",
        sa.Column("user_id", sa.String(50), primary_key=True),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("charge", "tasks")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "step", "wanted")),
        mysql_engine="InnoDB", mysql_charset="utf8mb4", mysql_collate="utf8mb4_unicode_ci",
    )  # fmt: skip
    op.add_column("task_extras", sa.Column("lane", sa.String(20), nullable=False, server_default="interactive"))
    # Last, so that on MySQL they are committed with the revision's number, or not at all.
    for name in ("outbox", "queue_turns"):
        turns = sa.table(name, sa.column("turn", sa.BigInteger()))
        op.execute(turns.update().values(turn=turns.c.turn * sa.literal_column(STEP)))


def downgrade() -> None:
    op.drop_column("task_extras", "lane")
    op.drop_table("user_costs")
    # The bulk lane's tasks wait below all others; the versions before knew one lane.
    op.execute("DELETE FROM queue_turns WHERE priority < -1")
    op.execute("UPDATE outbox SET priority = priority + 20 WHERE priority < 0")
    for name in ("outbox", "queue_turns"):
        turns = sa.table(name, sa.column("turn", sa.BigInteger()))
        op.execute(turns.update().values(turn=turns.c.turn // sa.literal_column(STEP, sa.BigInteger())))
