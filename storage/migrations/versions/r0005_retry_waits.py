"""When a task that failed may be tried again."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: None = None
depends_on: None = None

COLUMNS = {"available_at": sa.BigInteger, "retries": sa.Integer}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("outbox", sa.Column(name, kind(), nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("outbox", name)
