"""API keys, by their digest."""

import sqlalchemy as sa
from alembic import op

from storage.database.types import UtcSeconds

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(50), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(50), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("created_at", UtcSeconds(), nullable=False),
        sa.Column("last_used_at", UtcSeconds(), nullable=True),
        sa.Column("revoked_at", UtcSeconds(), nullable=True),
        sa.UniqueConstraint("digest", name="uk_key_digest"),
        mysql_engine="InnoDB", mysql_charset="utf8mb4", mysql_collate="utf8mb4_unicode_ci",
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("api_keys")
