"""The schema. The job row is the queue: `queued` rows in the order of `priority`, `urgency` and `number`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

HEAD: Final = "0007"
"""The newest migration; a database that carries this mark is opened without asking Alembic."""

metadata: Final = MetaData()


class Id(TypeDecorator[str]):
    """An id that the server made. What came from outside and cannot be one is asked for as "", which nothing has:
    PostgreSQL would not take it as a text at all.
    """

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as the base class
        if value is None or (value.isascii() and value.isprintable()):
            return value
        return ""


jobs: Final = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Id, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    # Counts every recorded change of the job; the event that tells of it has the same number.
    Column("version", Integer, nullable=False),
    # How often a worker has taken the job.
    Column("attempt", Integer, nullable=False),
    Column("progress", Integer, nullable=False),
    Column("phase", String(64)),
    Column("step", Integer),
    Column("total_steps", Integer),
    Column("eta_s", Float),
    # Unix seconds.
    Column("created_at", Float, nullable=False),
    Column("claimed_at", Float),
    Column("ended_at", Float),
    # wire.Video, as far as it does not change while the job runs; rewritten once, when it ends.
    Column("video", Text, nullable=False),
    # What the worker needs to carry the job out.
    Column("spec", Text, nullable=False),
    # Of the parsed request: the same request sent twice has the same digest.
    Column("digest", String(64), nullable=False),
    Column("deleted", Boolean, nullable=False, server_default=false()),
    # The id of an API key, or the operator.
    Column("owner", String(64), nullable=False, server_default=text("'operator'")),
    # A higher one comes first.
    Column("priority", Integer, nullable=False, server_default=text("0")),
    # Among those of one priority, a higher one comes first.
    Column("urgency", Integer, nullable=False, server_default=text("0")),
    # When it fails if it is not done, in Unix seconds. Empty as well once somebody cancelled it.
    Column("deadline_at", Float),
    # Where several servers share the database: which one works on it, and until when that is believed (Unix seconds).
    Column("claimed_by", String(128)),
    Column("lease_until", Float),
    Index("jobs_by_state", "state", "number"),
    Index("jobs_by_turn", "state", text("priority DESC"), text("urgency DESC"), "number"),
    Index("jobs_by_digest", "digest", "created_at"),
    sqlite_autoincrement=True,
)

events: Final = Table(
    "events",
    metadata,
    Column("job", String(64), ForeignKey("jobs.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", String(16), nullable=False),
    Column("video", Text, nullable=False),
    sqlite_with_rowid=False,
)

keys: Final = Table(
    "keys",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("job", String(64), ForeignKey("jobs.id"), nullable=False),
    Column("created_at", Float, nullable=False),
)

files: Final = Table(
    "files",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Id, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("filename", Text, nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("bytes", Integer().with_variant(BigInteger, "postgresql"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("container", String(32), nullable=False),
    # wire.MediaFacts
    Column("media", Text, nullable=False),
    Column("deleted", Boolean, nullable=False, server_default=false()),
    Column("owner", String(64), nullable=False, server_default=text("'operator'")),
    sqlite_autoincrement=True,
)

characters: Final = Table(
    "characters",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Id, nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("name", String(64), nullable=False),
    # The name as it is compared: `names.folded`. No two living characters of an owner share one.
    Column("folded", String(128), nullable=False),
    Column("description", Text, nullable=False),
    # How many stills lie on the shelf.
    Column("pictures", Integer, nullable=False),
    # wire.MediaFacts of what was sent.
    Column("media", Text, nullable=False),
    # Of the parsed request, as for jobs.
    Column("digest", String(64), nullable=False),
    Column("deleted", Boolean, nullable=False, server_default=false()),
    Column("owner", String(64), nullable=False, server_default=text("'operator'")),
    Index(
        "characters_by_name",
        "owner",
        "folded",
        unique=True,
        sqlite_where=text("NOT deleted"),
        postgresql_where=text("NOT deleted"),
    ),
    Index("characters_by_digest", "digest", "created_at"),
    sqlite_autoincrement=True,
)

character_keys: Final = Table(
    "character_keys",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("character", String(64), ForeignKey("characters.id"), nullable=False),
    Column("created_at", Float, nullable=False),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", Id, nullable=False, unique=True),
    Column("job", String(64), ForeignKey("jobs.id"), nullable=False),
    Column("type", String(32), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Unix seconds; empty once it was taken, or given up.
    Column("due_at", Float),
    # How the last attempt ended.
    Column("outcome", Text),
    Index("deliveries_by_turn", "due_at"),
    sqlite_autoincrement=True,
)

facts: Final = Table(
    "facts",
    metadata,
    # folder: which one the files of these jobs are in
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

plans: Final = Table(
    "plans",
    metadata,
    Column("name", String(64), primary_key=True),
    # No limit where empty.
    Column("videos_a_month", Integer),
    Column("priority", Integer, nullable=False),
    Column("max_waiting", Integer),
)

SEEDS: Final[tuple[dict[str, Any], ...]] = (
    {"name": "plus", "videos_a_month": 50, "priority": 0, "max_waiting": 20},
    {"name": "pro", "videos_a_month": 500, "priority": 10, "max_waiting": 100},
)
"""The plans that a new database has."""

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    # SHA-256 of the key.
    Column("hash", String(64), nullable=False, unique=True),
    Column("plan", String(64), ForeignKey("plans.name"), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)

charges: Final = Table(
    "charges",
    metadata,
    Column("job", String(64), ForeignKey("jobs.id"), primary_key=True),
    Column("owner", String(64), nullable=False),
    # In UTC: "2026-11".
    Column("month", String(7), nullable=False),
    # reserved, settled or refunded
    Column("state", String(16), nullable=False),
    Index("charges_by_owner", "owner", "month", "state"),
)
