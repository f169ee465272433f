"""Uploads, and the folder that they and the videos are in, as the database has them; `ledger` reads them.

Every change is one transaction on the connection of the store, in the store's thread.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from cutaway_runtime.jobs import mark
from cutaway_runtime.jobs.keyring import OPERATOR
from cutaway_runtime.jobs.tables import characters, files, jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway_runtime.jobs.ledger import StoredFile


class Files:
    """What is added and what goes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def are_in(self, folder: Path) -> None:
        """From now on, and ever after. Raises `mark.OtherFolder`: those of this database are not."""
        mark.pair(self._connection, folder)

    def unknown(self, ids: Sequence[str]) -> list[str]:
        """Those of the given ids, of videos, uploads or characters, that the database has never heard of."""
        with self._connection.begin():
            tables = (jobs, files, characters)
            known = {one for table in tables for one in self._connection.scalars(select(table.c.id))}
        return [one for one in ids if one not in known]

    def any_known(self) -> bool:
        """Whether the database has ever heard of a job, an upload or a character."""
        with self._connection.begin():
            return mark.knows_anything(self._connection)

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
