# ruff: noqa: INP001 - Alembic finds it by its path
"""API keys and plans, whose everything is, and what was charged."""

import sqlalchemy as sa
from alembic import op

from cutaway_runtime.jobs.tables import SEEDS

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What is there belongs to the operator."""
    for table in ("jobs", "files", "characters"):
        op.add_column(table, sa.Column("owner", sa.String(64), nullable=False, server_default=sa.text("'operator'")))
    op.add_column("jobs", sa.Column("priority", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_index("jobs_by_turn", "jobs", ["state", "priority", "number"])
    op.drop_index("characters_by_name", "characters")
    living = sa.text("NOT deleted")
    columns = ["owner", "folded"]
    op.create_index(
        "characters_by_name", "characters", columns, unique=True, sqlite_where=living, postgresql_where=living
    )
    plans = op.create_table(
        "plans",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("videos_a_month", sa.Integer),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("max_waiting", sa.Integer),
    )
    op.bulk_insert(plans, list(SEEDS))
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("plan", sa.String(64), sa.ForeignKey("plans.name"), nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("revoked_at", sa.Float),
    )
    op.create_table(
        "charges",
        sa.Column("job", sa.String(64), sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
    )
    op.create_index("charges_by_owner", "charges", ["owner", "month", "state"])
