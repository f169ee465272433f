"""A PostgreSQL of one's own for as long as the tests run: a new cluster in a temporary folder, on a socket there.

PostgreSQL does not run as root, so for root it runs as the user that its package made, or as nobody.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest

USERS = ("postgres", "nobody")
OPTIONS = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60", "listen_addresses=")
"""It need not survive a power cut, and nobody reaches it over a network."""


def programs() -> Path | None:
    """Where initdb and postgres are; Debian keeps them out of PATH."""
    for folder in (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.get_exec_path())):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


class Cluster:
    """One PostgreSQL server."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._data = str(folder / "data")
        self._as: list[str] = []
        if sys.platform != "win32" and os.geteuid() == 0:
            import pwd

            there = {entry.pw_name for entry in pwd.getpwall()}
            user = next(user for user in USERS if user in there)
            shutil.chown(folder, user)
            self._as = ["runuser", "-u", user, "--"]
        self._run("initdb", "--pgdata", self._data, "--auth=trust", "--username=cutaway", "--no-sync", "-E", "UTF8")
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._programs / program), *arguments]
        with (self._folder / "said").open("w+") as said:
            done = subprocess.run(command, stdout=said, stderr=said, cwd=self._folder, check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()

    def start(self) -> None:
        options = " ".join(f"-c {option}" for option in (*OPTIONS, f"unix_socket_directories={self._folder}"))
        log = str(self._folder / "log")
        self._run("pg_ctl", "start", "--pgdata", self._data, "--wait", "--silent", "--log", log, "-o", options)

    def url(self) -> str:
        """Where nothing is yet: a schema of its own, which is made sooner than a database."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(f"host={self._folder} user=cutaway dbname=postgres") as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://cutaway@/postgres?host={self._folder}&options=-csearch_path%3D{name}"

    def stop(self) -> None:
        """At once: whoever is connected is cut off."""
        self._run("pg_ctl", "stop", "--pgdata", self._data, "--wait", "--silent", "--mode=immediate")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nobody is cut off, and nobody is answered."""
        server = psutil.Process(int((self._folder / "data" / "postmaster.pid").read_text().split()[0]))
        processes = [server, *server.children(recursive=True)]
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in reversed(processes):
                process.resume()


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL; where there is none the test is left out, except in continuous integration."""
    there = programs()
    if there is None:
        missing = (
            "THERE IS NO POSTGRESQL HERE: what shares jobs between servers is not tested. .ci/system says what to do"
        )
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    # The path of a socket has at most 107 bytes, and into the folders of pytest nobody else may go.
    folder = Path(tempfile.mkdtemp(prefix="cutaway-pg-"))
    try:
        cluster = Cluster(there, folder)
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
