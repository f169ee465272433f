"""`cutaway-runtime keys ...` and `cutaway-runtime plans ...`: who may use this server, and how much.

They work on the jobs database, whether a server runs on it or not; a running one sees a change with its next request.
They make none: a key in a database that no server has would open nothing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway.home import Home
from cutaway_runtime.bounds import LARGEST, whole
from cutaway_runtime.jobs.database import BadDatabase, place_of
from cutaway_runtime.jobs.keyring import NameInUse, Plan, UnknownPlan
from cutaway_runtime.jobs.schema import SchemaTooNew
from cutaway_runtime.jobs.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.jobs.keyring import ApiKey, Keyring

OK: Final = 0
REFUSED: Final = 2
_NAME: Final = re.compile(r"^[\w.-]{1,64}$")

Told = tuple[dict[str, Any], list[str]]
"""The same for programs and for people."""


class Refused(Exception):
    """What cannot be done as it was asked."""


def main(arguments: Sequence[str]) -> int:
    """Carry out a command of one of the two families; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        told, lines = _done(options)
    except (Refused, SchemaTooNew, BadDatabase) as error:
        sys.stderr.write(f"{error}\n")
        if options.json:
            sys.stdout.write(json.dumps({"error": {"message": str(error), "exit_code": REFUSED}}) + "\n")
        return REFUSED
    if options.json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return OK


def _done(options: argparse.Namespace) -> Told:
    store = Store(place_of(options.data_dir or Home.find().folder), make=False)
    try:
        told: Told = options.do(store.keyring, options)
    except UnknownPlan as error:
        known = ", ".join(plan.name for plan in store.keyring.plans())
        raise Refused(f"there is no plan {str(error)!r}; there are: {known}") from None
    finally:
        store.close()
    return told


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cutaway-runtime", description="Who may use this server, and how much.")
    families = parser.add_subparsers(dest="family", required=True)
    keys = families.add_parser("keys").add_subparsers(dest="verb", required=True)
    _verb(keys, "list", _list)
    one = _verb(keys, "add", _add)
    one.add_argument("name")
    one.add_argument("--plan", default="plus")
    for name, do in (("rotate", _rotate), ("revoke", _revoke)):
        _verb(keys, name, do).add_argument("key", metavar="NAME|ID")
    plans = families.add_parser("plans").add_subparsers(dest="verb", required=True)
    _verb(plans, "list", _plans)
    one = _verb(plans, "set", _set)
    one.add_argument("name")
    one.add_argument("--videos-a-month", type=_limit, metavar="N|none", default=argparse.SUPPRESS)
    one.add_argument("--max-waiting", type=_limit, metavar="N|none", default=argparse.SUPPRESS)
    one.add_argument("--priority", type=whole(-LARGEST), default=argparse.SUPPRESS)
    _verb(plans, "rm", _rm).add_argument("name")
    return parser


def _verb(verbs: Any, name: str, do: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name)
    made.add_argument("--json", action="store_true", help="print one JSON object")
    made.add_argument("--data-dir", type=Path, help="of the server; the home folder of cutaway if left out")
    made.set_defaults(do=do)
    return made


def _limit(text: str) -> int | None:
    if text == "none":
        return None
    try:
        return whole(0)(text)
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{error}; or none for no limit") from None


# -- keys ------------------------------------------------------------------------------------------


def _list(keyring: Keyring, _options: argparse.Namespace) -> Told:
    keys = keyring.all()
    limits = {plan.name: plan.videos_a_month for plan in keyring.plans()}
    lines = [f"{'name':<24}{'plan':<12}{'this month':<14}{'made':<12}{'':<10}id"] if keys else ["no keys"]
    for key in keys:
        limit = limits.get(key.plan)
        used = f"{key.used} of {limit}" if limit is not None else str(key.used)
        gone = "revoked" if key.revoked_at is not None else ""
        lines.append(f"{key.name:<24}{key.plan:<12}{used:<14}{_day(key.created_at):<12}{gone:<10}{key.id}")
    return {"keys": [_shown(key) for key in keys]}, lines


def _add(keyring: Keyring, options: argparse.Namespace) -> Told:
    if not _NAME.match(options.name):
        raise Refused(f"a key's name has 1 to 64 letters, digits, dots, dashes or underscores, not {options.name!r}")
    try:
        made, key = keyring.add(options.name, options.plan)
    except NameInUse:
        raise Refused(
            f"there is a key {options.name!r} already; revoke it, rotate it, or choose another name"
        ) from None
    return {**_shown(made), "key": key}, [key, *_once(options)]


def _rotate(keyring: Keyring, options: argparse.Namespace) -> Told:
    key = keyring.rotate(options.key)
    if key is None:
        raise _unknown(options.key)
    return {"key": key}, [key, *_once(options)]


def _once(options: argparse.Namespace) -> list[str]:
    """What people are told of a new key; the key alone stands on stdout, so that it can be piped."""
    if not options.json:
        sys.stderr.write("This is the only time the key is shown; the server keeps its hash.\n")
    return []


def _revoke(keyring: Keyring, options: argparse.Namespace) -> Told:
    if not keyring.revoke(options.key):
        raise _unknown(options.key)
    return {"revoked": options.key}, [f"{options.key} is nobody's key any more; what was made with it stays"]


def _unknown(name: str) -> Refused:
    return Refused(f"there is no key {name!r} that is not revoked; `cutaway keys list` shows all")


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "plan": key.plan,
        "used": key.used,
        "created_at": int(key.created_at),
        "revoked_at": int(key.revoked_at) if key.revoked_at is not None else None,
    }


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


# -- plans -----------------------------------------------------------------------------------------


def _plans(keyring: Keyring, _options: argparse.Namespace) -> Told:
    plans = keyring.plans()
    lines = [f"{'name':<16}{'a month':>10}{'waiting':>10}{'priority':>10}"]
    lines += [
        f"{plan.name:<16}{_number(plan.videos_a_month):>10}{_number(plan.max_waiting):>10}{plan.priority:>10}"
        for plan in plans
    ]
    return {"plans": [_plan(plan) for plan in plans]}, lines


def _set(keyring: Keyring, options: argparse.Namespace) -> Told:
    if not _NAME.match(options.name) or options.name == "operator":
        raise Refused(f"a plan's name has 1 to 64 letters, digits, dots, dashes or underscores, not {options.name!r}")
    before = next((plan for plan in keyring.plans() if plan.name == options.name), Plan(options.name))
    asked = {
        name: value for name, value in vars(options).items() if name in {"videos_a_month", "max_waiting", "priority"}
    }
    after = Plan(
        **{"name": before.name, "videos_a_month": before.videos_a_month, "priority": before.priority}
        | {"max_waiting": before.max_waiting}
        | asked
    )
    keyring.set_plan(after)
    told = f"{after.name}: {_number(after.videos_a_month)} videos a month, {_number(after.max_waiting)} may wait"
    return _plan(after), [f"{told}, priority {after.priority}"]


def _rm(keyring: Keyring, options: argparse.Namespace) -> Told:
    try:
        there = keyring.remove_plan(options.name)
    except NameInUse:
        raise Refused(f"keys have the plan {options.name!r}, or had it before they were revoked: it stays") from None
    if not there:
        raise UnknownPlan(options.name)
    return {"removed": options.name}, [f"the plan {options.name} is gone"]


def _number(limit: int | None) -> str:
    return "no limit" if limit is None else str(limit)


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "videos_a_month": plan.videos_a_month,
        "max_waiting": plan.max_waiting,
        "priority": plan.priority,
    }
