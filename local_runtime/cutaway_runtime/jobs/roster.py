"""The characters of a jobs database, written; `ledger` reads them.

Every change is one transaction on the connection of the store, in the store's thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, bindparam, insert, select, update

from cutaway_runtime.jobs.database import alone, put
from cutaway_runtime.jobs.keyring import OPERATOR
from cutaway_runtime.jobs.keys import CHARACTER_KEY, JOB_KEY, KEY_SECONDS, REPEAT_SECONDS, KeyReused
from cutaway_runtime.jobs.ledger import shown_character
from cutaway_runtime.jobs.tables import character_keys, characters

if TYPE_CHECKING:
    from cutaway.wire import Character

_REPEAT: Final = (
    select(*characters.c)
    .where(
        characters.c.digest == bindparam("digest"), characters.c.created_at > bindparam("since"), ~characters.c.deleted
    )
    .order_by(characters.c.number.desc())
    .limit(1)
)


class NameTaken(Exception):
    """Another character here has this name."""

    def __init__(self, character: Character) -> None:
        super().__init__(character.name)
        self.character = character


@dataclass(frozen=True, slots=True)
class NewCharacter:
    """A character that was accepted, on its way to being a row. Its stills lie on the shelf already."""

    character: Character
    folded: str
    digest: str
    key: str | None = None
    repeat: bool = False
    """The client says that it sent this before, and sends no key."""
    owner: str = OPERATOR


class Roster:
    """Who is added and who goes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: NewCharacter) -> tuple[Character, bool]:
        """The character, stored, and whether this very request made it before.

        Raises:
            KeyReused: the key stands for another request.
            NameTaken: another character here has the name.
        """
        now = time.time()
        with self._connection.begin():
            alone(self._connection)
            found = self._earlier(new.digest, new.key, repeat=new.repeat, now=now)
            if found is not None:
                return found, True
            self._name_is_free(new.folded, new.owner)
            made, details = new.character, new.character.cutaway
            row = {
                "id": made.id,
                "created_at": now,
                "name": made.name,
                "folded": new.folded,
                "description": details.description if details else "",
                "pictures": details.pictures if details else 0,
                "media": details.media.model_dump_json() if details and details.media else "{}",
                "digest": new.digest,
                "owner": new.owner,
            }
            self._connection.execute(insert(characters).values(row))
            if new.key is not None:
                kept = {"key": new.key, "digest": new.digest, "character": made.id, "created_at": now}
                put(self._connection, character_keys, kept, "key")
            stored = self._connection.execute(select(*characters.c).where(characters.c.id == made.id)).one()
        return shown_character(stored), False

    def earlier(
        self, digest: str, key: str | None, folded: str, *, repeat: bool, owner: str = OPERATOR
    ) -> Character | None:
        """The character that this very request made before, if it did; `add` asks again.

        Raises:
            KeyReused: the key stands for another request.
            NameTaken: another character here has the name.
        """
        with self._connection.begin():
            found = self._earlier(digest, key, repeat=repeat, now=time.time())
            if found is None:
                self._name_is_free(folded, owner)
        return found

    def _name_is_free(self, folded: str, owner: str) -> None:
        same = select(*characters.c).where(
            characters.c.folded == folded, characters.c.owner == owner, ~characters.c.deleted
        )
        row = self._connection.execute(same).one_or_none()
        if row is not None:
            raise NameTaken(shown_character(row))

    def _earlier(self, digest: str, key: str | None, *, repeat: bool, now: float) -> Character | None:
        if key is not None:
            since = {"key": key, "since": now - KEY_SECONDS}
            kept = self._connection.execute(CHARACTER_KEY, since).one_or_none()
            if kept is None and self._connection.execute(JOB_KEY, since).one_or_none() is None:
                return None
            if kept is None or kept.digest != digest:
                raise KeyReused(key)
            made = select(*characters.c).where(characters.c.id == kept.character)
            return shown_character(self._connection.execute(made).one())
        if repeat:
            same = {"digest": digest, "since": now - REPEAT_SECONDS}
            row = self._connection.execute(_REPEAT, same).one_or_none()
            return shown_character(row) if row is not None else None
        return None

    def bury(self, character_id: str) -> bool:
        """Whether there was one."""
        with self._connection.begin():
            statement = update(characters).where(characters.c.id == character_id, ~characters.c.deleted)
            return self._connection.execute(statement.values(deleted=True)).rowcount == 1
