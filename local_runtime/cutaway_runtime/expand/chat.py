"""A language model behind an OpenAI-compatible address: POST {url}/chat/completions.

Only the host in the configured address is contacted: no redirect is followed, no proxy of the environment is used.
"""

from __future__ import annotations

import http.client
import json
import queue
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

from cutaway_runtime.expand.instruction import ExpansionFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ANSWER_BYTES: Final = 1024 * 1024
TICK: Final = 0.1
"""Seconds between two looks at a cancel."""


@dataclass(frozen=True)
class ChatModel:
    """One model of one server. `seconds` bounds a question from its first byte to its last.

    `max_tokens` leaves room for a model that thinks aloud before it answers.
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    seconds: float = 60.0
    max_tokens: int = 2000

    @property
    def identity(self) -> str:
        """What an answer depends on, beside the question."""
        return f"{self._address.scheme}://{self._address.netloc}{self._address.path} {self.model}"

    def answer(self, messages: Sequence[dict[str, str]], check: Callable[[], None]) -> str:
        """What the model says to `messages`, decoded greedily.

        Args:
            messages: as chat servers take them.
            check: called every `TICK` seconds; what it raises ends the question.

        Raises:
            ExpansionFailed: no answer, in time or at all, or one that is no chat's.
        """
        body = json.dumps(
            {
                "model": self.model,
                "messages": list(messages),
                "max_tokens": self.max_tokens,
                "temperature": 0,
                "stream": False,
            }
        ).encode()
        connection = self._connection()
        box: queue.SimpleQueue[tuple[int, bytes] | Exception] = queue.SimpleQueue()
        thread = threading.Thread(target=self._ask, args=(connection, body, box), name="expander", daemon=True)
        thread.start()
        deadline = time.monotonic() + self.seconds
        try:
            while True:
                check()
                with suppress(queue.Empty):
                    return self._read(box.get(timeout=TICK))
                if time.monotonic() > deadline:
                    raise self._late()
        finally:
            connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, body: bytes, box: queue.SimpleQueue[tuple[int, bytes] | Exception]
    ) -> None:
        """The question on its way; runs in a thread of its own, so that a cancel need not wait for the answer."""
        path = self._address.path.rstrip("/")
        path = path if path.endswith("/chat/completions") else f"{path}/chat/completions"
        path += f"?{self._address.query}" if self._address.query else ""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            box.put((response.status, response.read(ANSWER_BYTES + 1)))
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:  # closed meanwhile
            box.put(error)

    def _read(self, said: tuple[int, bytes] | Exception) -> str:
        """The text in an answer."""
        if isinstance(said, TimeoutError):
            raise self._late()
        if isinstance(said, Exception):
            raise ExpansionFailed(f"{self._host} gave no answer ({type(said).__name__}: {said})")
        status, body = said
        if len(body) > ANSWER_BYTES:
            raise ExpansionFailed(f"{self._host} answered more than {ANSWER_BYTES} bytes")
        if 300 <= status < 400:
            raise ExpansionFailed(f"{self._host} answered {status}: it points elsewhere, which is not followed")
        try:
            answer: Any = json.loads(body)
        except ValueError:
            answer = None
        if status != 200:
            raise ExpansionFailed(f"{self._host} answered {status}: {_reason(answer, body)}")
        try:
            content = answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            raise ExpansionFailed(f"{self._host} answered, but not as a chat does") from None
        if isinstance(content, list):  # parts, as some servers write it
            content = "".join(part.get("text", "") for part in content if isinstance(part, dict))
        if not isinstance(content, str):
            raise ExpansionFailed(f"{self._host} answered without a text")
        return content

    def _late(self) -> ExpansionFailed:
        return ExpansionFailed(f"{self._host} did not answer within {self.seconds:g} s")

    def _connection(self) -> http.client.HTTPConnection:
        """A connection to the configured host, not opened yet. Its own timeout ends a thread that nobody waits for."""
        address = self._address
        if address.scheme == "https":
            return http.client.HTTPSConnection(
                self._host, address.port, timeout=self.seconds, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(self._host, address.port, timeout=self.seconds)

    @property
    def _host(self) -> str:
        return self._address.hostname or ""

    @property
    def _address(self) -> SplitResult:
        """The address taken apart.

        Raises:
            ExpansionFailed: not one that can be asked.
        """
        try:
            parts = urlsplit(self.url.strip())
            _ = parts.port
        except ValueError as error:
            raise ExpansionFailed(f"CUTAWAY_EXPANDER_URL is no address: {error}") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ExpansionFailed("CUTAWAY_EXPANDER_URL is an address such as http://127.0.0.1:11434/v1")
        if parts.username or parts.password:
            raise ExpansionFailed("CUTAWAY_EXPANDER_URL holds a password; a key belongs into CUTAWAY_EXPANDER_KEY")
        return parts


def _reason(answer: Any, body: bytes) -> str:
    """Why a server refused, in its own words."""
    error = answer.get("error") if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    text = message if isinstance(message, str) else body.decode("utf-8", "replace")
    return " ".join(text.split())[:200] or "no reason"
