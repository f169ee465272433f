"""Idempotency keys: one key stands for one request, whatever that request made."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from cutaway_runtime.jobs.tables import character_keys, keys

KEY_SECONDS: Final = 24 * 3600
"""How long an idempotency key answers with what it made."""
REPEAT_SECONDS: Final = 600
"""How long a request that says it is a retry is answered with what its first try made."""

JOB_KEY: Final = select(keys.c.digest, keys.c.job).where(
    keys.c.key == bindparam("key"), keys.c.created_at > bindparam("since")
)
CHARACTER_KEY: Final = select(character_keys.c.digest, character_keys.c.character).where(
    character_keys.c.key == bindparam("key"), character_keys.c.created_at > bindparam("since")
)


class KeyReused(Exception):
    """An idempotency key that already stands for another request."""
