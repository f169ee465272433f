"""Uploads, and the folder that they and the videos are in, as the database has them; `ledger` reads them.

Every change is one transaction on the connection of the store, in the store's thread.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, insert, select, update

from cutaway_runtime.jobs.database import BadDatabase, alone
from cutaway_runtime.jobs.keyring import OPERATOR
from cutaway_runtime.jobs.tables import facts, files

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_runtime.jobs.ledger import StoredFile

_FOLDER: Final = select(facts.c.value).where(facts.c.name == "folder")


class Files:
    """What is added and what goes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def are_in(self, folder: Path) -> None:
        """Notes, the first time, which folder the files of these jobs are in; a shared database must not meet another,
        such as the empty one in the place of a file system that is not mounted.

        Raises:
            BadDatabase: it is another folder.
        """
        mark = folder / "folder-id"
        with self._connection.begin():
            alone(self._connection)
            known = self._connection.scalar(_FOLDER)
            found = mark.read_text("ascii").strip() if mark.exists() else None
            if known is None:
                known = found or secrets.token_hex(12)
                self._connection.execute(insert(facts).values(name="folder", value=known))
                if found is None:
                    mark.write_text(known, "ascii")
                found = known
        if found != known:
            raise BadDatabase(
                f"the files of the jobs in this database are in another folder than {folder}: is it mounted, is it the "
                f"right --data-dir? If they were moved there, write {known} into {mark}"
            )

    def add(self, stored: StoredFile, owner: str = OPERATOR) -> None:
        file = stored.file
        with self._connection.begin():
            self._connection.execute(
                insert(files).values(
                    id=file.id,
                    created_at=time.time(),
                    filename=file.filename,
                    purpose=file.purpose,
                    bytes=file.bytes,
                    sha256=file.sha256,
                    container=stored.container,
                    media=file.media.model_dump_json() if file.media else "{}",
                    owner=owner,
                )
            )

    def bury(self, file_id: str) -> bool:
        """Whether there was one."""
        with self._connection.begin():
            statement = update(files).where(files.c.id == file_id, ~files.c.deleted).values(deleted=True)
            return self._connection.execute(statement).rowcount == 1
