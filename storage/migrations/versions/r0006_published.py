"""What a broker has is counted without reading the whole queue."""

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: None = None
depends_on: None = None


def _index() -> str:
    # Index names are per table in MySQL but per database in SQLite.
    return "outbox_idx_published" if op.get_context().dialect.name == "sqlite" else "idx_published"


def upgrade() -> None:
    op.create_index(_index(), "outbox", ["published_at"])


def downgrade() -> None:
    op.drop_index(_index(), "outbox")
