"""The ends of jobs told to the operator's address, signed as Standard Webhooks are; nothing is told unless configured.

    POST URL    webhook-id: evt_...    webhook-timestamp: Unix seconds    webhook-signature: v1,BASE64
    {"id": "evt_...", "object": "event", "type": "video.completed", "created_at": ..., "data": {"id": "video_..."}}

The signature is HMAC-SHA256 over "id.timestamp.body" with the secret's bytes. An answer of 2xx takes the event; 410
says that nobody wants it; anything else, and silence, has it sent again later, under the same id. What waits survives
a restart. An event may come twice: its id tells.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import http.client
import json
import logging
import secrets
import socket
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cutaway import __version__
from cutaway.wire import WebhookData, WebhookEvent

if TYPE_CHECKING:
    from cutaway_runtime.jobs.outbox import Delivery
    from cutaway_runtime.jobs.queue import Queue

log = logging.getLogger(__name__)

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
SECONDS: Final = 10.0
PAUSE_SECONDS: Final = 1.0
PAUSE_LONGEST: Final = 32.0
"""To connect and, again, to answer."""
_SCHEMES: Final = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The bytes to sign with.

    Raises:
        ValueError: no secret of this kind.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) < 16:
        raise ValueError(f"a webhook secret is {PREFIX} and at least 16 bytes in base64")
    return key


def checked_url(url: str) -> str:
    """The address itself.

    Raises:
        ValueError: nothing that can be posted to.
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.username is not None:
        raise ValueError(
            f"a webhook's address is http:// or https:// and a host, without a name or password, not {url!r}"
        )
    parts.port  # noqa: B018 - raises where there is none that can be
    return url


def signature(key: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """As the header `webhook-signature` carries it."""
    signed = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


class Messenger:
    """Takes what lies in the outbox to its address, one after the other."""

    def __init__(self, queue: Queue, url: str, secret: str) -> None:
        self._queue = queue
        self._url = url
        self._key = key_of(secret)
        self._task: asyncio.Task[None] | None = None
        self._connection: http.client.HTTPConnection | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._carry())

    async def close(self) -> None:
        """What was not told yet is told after the next start."""
        if self._task is not None:
            self._task.cancel()
            if self._connection is not None and self._connection.sock is not None:
                with contextlib.suppress(OSError):  # who is being told would keep this process for `SECONDS`
                    self._connection.sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _carry(self) -> None:
        failures = 0
        while True:
            try:
                await self._next()
            except Exception:
                # A database that is away, a full disk: what lies in the outbox waits. It is said once.
                if not failures:
                    log.exception("nothing is told; it is tried again, in the end every %s s", PAUSE_LONGEST)
                await asyncio.sleep(min(PAUSE_SECONDS * 2 ** min(failures, 5), PAUSE_LONGEST))
                failures += 1
            else:
                if failures:
                    log.warning("what ended is told again")
                failures = 0

    async def _next(self) -> None:
        """One delivery, or a wait until there may be one."""
        run, outbox = self._queue.run, self._queue.store.outbox
        self._queue.ended.clear()  # before looking: what ends meanwhile sets it again
        delivery = await run(outbox.due)
        if delivery is None:
            await self._until(await run(outbox.next_due))
            return
        status, why = await asyncio.to_thread(self._post, delivery)
        if 200 <= status < 300:
            await run(outbox.taken, delivery)
        elif not await run(outbox.refused, delivery, why, for_good=status == 410):
            log.warning("%s of %s is not told any more: %s", delivery.type, delivery.job, why)

    async def _until(self, due_at: float | None) -> None:
        """Until a job ends, and at the latest until that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if due_at is None else max(0.0, due_at - time.time())):
                await self._queue.ended.wait()

    def _post(self, delivery: Delivery) -> tuple[int, str]:
        """The status of the answer and why that is not enough; 0 without an answer. Follows no redirect."""
        event = WebhookEvent(
            id=delivery.id,
            type=delivery.type,
            created_at=int(delivery.created_at),
            data=WebhookData(id=delivery.job),
        )
        body = json.dumps(event.model_dump(), separators=(",", ":")).encode()
        now = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": f"cutaway/{__version__}",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self._key, delivery.id, now, body),
        }
        parts = urlsplit(self._url)
        assert parts.hostname is not None
        connection = self._connection = _SCHEMES[parts.scheme](parts.hostname, parts.port, timeout=SECONDS)
        try:
            connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return 0, f"no answer ({type(error).__name__}: {error})"
        finally:
            connection.close()
        return status, f"it answered {status}"
