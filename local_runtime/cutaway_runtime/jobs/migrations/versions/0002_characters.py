# ruff: noqa: INP001 - Alembic finds it by its path
"""Characters, and the idempotency keys they were made with."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From jobs and files alone."""
    op.create_table(
        "characters",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("folded", sa.String(128), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("pictures", sa.Integer, nullable=False),
        sa.Column("media", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sqlite_autoincrement=True,
    )
    living = sa.text("NOT deleted")
    op.create_index(
        "characters_by_name", "characters", ["folded"], unique=True, sqlite_where=living, postgresql_where=living
    )
    op.create_index("characters_by_digest", "characters", ["digest", "created_at"])
    op.create_table(
        "character_keys",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("character", sa.String(64), sa.ForeignKey("characters.id"), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
    )
