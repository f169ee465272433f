# ruff: noqa: INP001 - Alembic finds it by its path
"""Who works on a job, and until when that is believed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nobody is known to work on what is there."""
    op.add_column("jobs", sa.Column("claimed_by", sa.String(128)))
    op.add_column("jobs", sa.Column("lease_until", sa.Float))
