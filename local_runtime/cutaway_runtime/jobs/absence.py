"""A PostgreSQL server that says nothing: nobody waits for it for long, and an event loop hardly at all.

One that was stopped refuses connections, which is noticed at once. One that is frozen, or behind a network that drops
what it is sent, keeps them open and never answers, and what it is asked would wait for ever. Here each wait has its
end; the connection is given up with it. While the server is believed to be away an event loop is refused at once:
whoever asks in a thread of their own finds out when it is back.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from psycopg import Connection, OperationalError
from psycopg.waiting import Ready

if TYPE_CHECKING:
    from collections.abc import Generator

LOOP_SECONDS: Final = 2.0
"""How long an event loop waits: everything else of the server stands still meanwhile."""
THREAD_SECONDS: Final = 12.0
"""How long a thread does: longer than a lock is held by a server that was frozen (`idle_in_transaction`)."""
AGAIN_SECONDS: Final = 3.0
"""How long while the server is believed to be away."""
BELIEVED_SECONDS: Final = 15.0
"""How long an absence is believed in that nobody has found to be over."""


class Absence:
    """What is known of one server. `bounded` is false as long as its schema is made, which may take its time."""

    def __init__(self) -> None:
        self.bounded = False
        self._noticed = float("-inf")

    def notice(self) -> None:
        self._noticed = time.monotonic()

    def over(self) -> None:
        """It answered."""
        self._noticed = float("-inf")

    @property
    def believed(self) -> bool:
        return time.monotonic() - self._noticed < BELIEVED_SECONDS

    def patience(self) -> float:
        """How many seconds whoever asks now waits. Raises `NoAnswer`: none."""
        if not on_loop():
            return AGAIN_SECONDS if self.believed else THREAD_SECONDS
        if self.believed:
            raise NoAnswer("the database does not answer")
        return LOOP_SECONDS

    def connect(self, *args: Any, **options: Any) -> AskedConnection:
        """Raises `psycopg.OperationalError`."""
        patience = self.patience()
        if patience < THREAD_SECONDS:
            options["connect_timeout"] = round(patience)
        try:
            made = AskedConnection.connect(*args, **options)
        except OperationalError:
            self.notice()
            raise
        made.absence = self
        self.over()
        return made


class AskedConnection(Connection[Any]):
    """A connection that is given up when it does not answer in time."""

    absence: Absence

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        """What psycopg does at every exchange with the server. Raises `NoAnswer`."""
        if not self.absence.bounded:
            return super().wait(gen, *args, **options)
        try:
            answer = super().wait(self._until(gen, self.absence.patience()), *args, **options)
        except NoAnswer:
            self.pgconn.finish()  # it may be in the middle of anything
            raise
        self.absence.over()
        return answer

    def _until(self, gen: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
        """An exchange that ends when it takes longer; psycopg says a few times a second that nothing was heard."""
        deadline = time.monotonic() + seconds
        try:
            wanted = next(gen)
            while True:
                heard = yield wanted
                if heard == Ready.NONE and time.monotonic() > deadline:
                    gen.close()
                    self.absence.notice()
                    raise NoAnswer(f"the database said nothing for {seconds:.0f} s")
                wanted = gen.send(heard)
        except StopIteration as end:
            return end.value


class NoAnswer(OperationalError):
    """The server says nothing."""


def on_loop() -> bool:
    """Whether an event loop runs in this thread, which does nothing else until this returns."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
