"""API keys, whom they belong to, and what their plans allow.

    key      cutaway_<43 characters>      shown once, when it is made; only its SHA-256 is kept
    owner    the key's id                 everything made with a key belongs to it, and is seen with no other one
    plan     plus, pro, ...               how many videos a month, how early their turn comes, how many may wait

A key is 32 random bytes: nothing slower than one SHA-256 is needed to keep it, and to look it up by its hash takes the
same time for every key.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from cutaway_runtime.jobs.database import alone, put
from cutaway_runtime.jobs.tables import api_keys, charges, plans

if TYPE_CHECKING:
    from sqlalchemy import Row

PREFIX: Final = "cutaway_"
OPERATOR: Final = "operator"
"""The owner of what is made with this machine's own key. It sees everything."""
RESERVED: Final = "reserved"
SETTLED: Final = "settled"
REFUNDED: Final = "refunded"

_FIND: Final = (
    select(api_keys.c.id, *plans.c)
    .join(plans, plans.c.name == api_keys.c.plan)
    .where(api_keys.c.hash == bindparam("hash"), api_keys.c.revoked_at.is_(None))
)
_USED: Final = select(func.count()).where(
    charges.c.owner == bindparam("owner"), charges.c.month == bindparam("month"), charges.c.state != REFUNDED
)


class UnknownPlan(LookupError):
    """There is no plan of this name."""


class NameInUse(Exception):
    """Another key has this name; or keys have this plan, so that it cannot go."""


class QuotaSpent(Exception):
    """As many videos were made this month as the plan allows. `resets_at` is in Unix seconds."""

    def __init__(self, plan: Plan, used: int) -> None:
        self.resets_at = month_end()
        day = datetime.fromtimestamp(self.resets_at, UTC)
        super().__init__(
            f"the plan {plan.name!r} has {plan.videos_a_month} videos a month, and {used} are made or under way; "
            f"the next month begins on {day:%Y-%m-%d} (UTC)"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a key may do. None is no limit; a higher `priority` comes first."""

    name: str
    videos_a_month: int | None = None
    priority: int = 0
    max_waiting: int | None = None


UNLIMITED: Final = Plan("operator", priority=20)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    owner: str = OPERATOR
    plan: Plan = UNLIMITED

    @property
    def is_operator(self) -> bool:
        return self.owner == OPERATOR

    @property
    def sees(self) -> str | None:
        """Whose things it sees; None is everybody's."""
        return None if self.is_operator else self.owner


THE_OPERATOR: Final = Caller()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown: never the key itself. Times are Unix seconds."""

    id: str
    name: str
    plan: str
    created_at: float
    revoked_at: float | None
    used: int
    """Videos of this month, made or under way."""


class Keyring:
    """The keys and plans of one database, for the thread that has the connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key: str) -> Caller | None:
        """Whose key it is; None where it is nobody's, or was revoked."""
        with self._connection.begin():
            row = self._connection.execute(_FIND, {"hash": _hash(key)}).one_or_none()
        return Caller(row.id, _plan(row)) if row is not None else None

    def add(self, name: str, plan: str) -> tuple[ApiKey, str]:
        """The new key, and the key itself, which is told only now.

        Raises:
            UnknownPlan: there is no such plan.
            NameInUse: a key that was not revoked has this name.
        """
        key = PREFIX + secrets.token_urlsafe(32)
        made = ApiKey(f"key_{secrets.token_hex(12)}", name, plan, time.time(), None, 0)
        with self._connection.begin():
            alone(self._connection)
            if self._connection.execute(select(plans.c.name).where(plans.c.name == plan)).one_or_none() is None:
                raise UnknownPlan(plan)
            living = select(api_keys.c.id).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
            if self._connection.execute(living).one_or_none() is not None:
                raise NameInUse(name)
            row = {"id": made.id, "name": name, "plan": plan, "created_at": made.created_at, "hash": _hash(key)}
            self._connection.execute(insert(api_keys).values(row))
        return made, key

    def rotate(self, name_or_id: str) -> str | None:
        """A new key in the place of the old one, which is nobody's from now on; None where there is no such key."""
        key = PREFIX + secrets.token_urlsafe(32)
        return key if self._change(name_or_id, hash=_hash(key)) else None

    def revoke(self, name_or_id: str) -> bool:
        """Whether there was such a key. What was made with it stays."""
        return self._change(name_or_id, revoked_at=time.time())

    def _change(self, name_or_id: str, **values: Any) -> bool:
        which = (api_keys.c.id == name_or_id) | (api_keys.c.name == name_or_id)
        with self._connection.begin():
            statement = update(api_keys).where(which, api_keys.c.revoked_at.is_(None)).values(**values)
            return self._connection.execute(statement).rowcount == 1

    def all(self) -> list[ApiKey]:
        """Every key there ever was, in the order of their making."""
        used = (
            select(func.count())
            .where(charges.c.owner == api_keys.c.id, charges.c.month == month(), charges.c.state != REFUNDED)
            .scalar_subquery()
        )
        with self._connection.begin():
            rows = self._connection.execute(select(api_keys, used.label("used")).order_by(api_keys.c.created_at))
            return [ApiKey(r.id, r.name, r.plan, r.created_at, r.revoked_at, r.used) for r in rows]

    def used(self, owner: str) -> int:
        """Videos of this month, made or under way."""
        with self._connection.begin():
            return int(self._connection.scalar(_USED, {"owner": owner, "month": month()}) or 0)

    # -- plans ---------------------------------------------------------------------------------

    def plans(self) -> list[Plan]:
        with self._connection.begin():
            return [_plan(row) for row in self._connection.execute(select(plans).order_by(plans.c.name))]

    def set_plan(self, plan: Plan) -> None:
        """The plan, made or changed; a change counts at once for every key that has it."""
        values = {
            "name": plan.name,
            "videos_a_month": plan.videos_a_month,
            "priority": plan.priority,
            "max_waiting": plan.max_waiting,
        }
        with self._connection.begin():
            put(self._connection, plans, values, "name")

    def remove_plan(self, name: str) -> bool:
        """Whether there was one.

        Raises:
            NameInUse: keys have it, or had it before they were revoked.
        """
        with self._connection.begin():
            alone(self._connection)
            having = select(func.count()).where(api_keys.c.plan == name)
            if self._connection.scalar(having):
                raise NameInUse(name)
            return self._connection.execute(delete(plans).where(plans.c.name == name)).rowcount == 1


# -- within the transaction of a job ---------------------------------------------------------------


def reserve(connection: Connection, caller: Caller, job_id: str) -> None:
    """One video of this month set aside for a job that is being enqueued.

    Raises:
        QuotaSpent: none is left.
    """
    if caller.is_operator:
        return
    now = month()
    allowed = caller.plan.videos_a_month
    if allowed is not None:
        used = int(connection.scalar(_USED, {"owner": caller.owner, "month": now}) or 0)
        if used >= allowed:
            raise QuotaSpent(caller.plan, used)
    row = {"job": job_id, "owner": caller.owner, "month": now, "state": RESERVED}
    connection.execute(insert(charges).values(row))


def settle(connection: Connection, job_id: str, *, made: bool) -> None:
    """The end of a job: a video that was made counts, everything else is given back."""
    state = SETTLED if made else REFUNDED
    connection.execute(update(charges).where(charges.c.job == job_id, charges.c.state == RESERVED).values(state=state))


def month(at: float | None = None) -> str:
    """The month that a video counts for, in UTC: "2026-11"."""
    return f"{datetime.fromtimestamp(time.time() if at is None else at, UTC):%Y-%m}"


def month_end() -> int:
    """When the next month begins, in Unix seconds."""
    now = datetime.now(UTC)
    year, following = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return int(datetime(year, following, 1, tzinfo=UTC).timestamp())


def scoped(caller: Caller, key: str | None) -> str | None:
    """An idempotency key as it is kept: two callers may send the same one."""
    if key is None or caller.is_operator:
        return key
    return hashlib.sha256(f"{caller.owner}\n{key}".encode()).hexdigest()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _plan(row: Row[Any]) -> Plan:
    return Plan(row.name, row.videos_a_month, row.priority, row.max_waiting)
