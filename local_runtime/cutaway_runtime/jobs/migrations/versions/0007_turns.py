# ruff: noqa: INP001 - Alembic finds it by its path
"""How urgent a job is, and when it is too late for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """What is there is as urgent as anything, and has no deadline."""
    op.add_column("jobs", sa.Column("urgency", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("jobs", sa.Column("deadline_at", sa.Float))
    op.drop_index("jobs_by_turn", "jobs")
    op.create_index("jobs_by_turn", "jobs", ["state", sa.text("priority DESC"), sa.text("urgency DESC"), "number"])
