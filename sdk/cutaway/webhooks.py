"""Messages that a server sends when jobs end: is this one really from it, and what does it say?

    event = cutaway.webhooks.unwrap(request.body, request.headers)
    if event.type == "video.completed":
        client.videos.retrieve(event.data.id).save("ball.mp4")

Servers of videos sign as Standard Webhooks say (standardwebhooks.com): the header `webhook-signature` holds one or
several of `v1,` and the base64 of HMAC-SHA256 over "id.timestamp.body", keyed by the secret that sender and receiver
share (`whsec_` and base64). Each is compared in constant time. A message that is older or newer than the tolerance is
refused, so that nobody can send an old one again; whoever acts on messages also remembers their ids for that long.

The secret is the one that is given, else CUTAWAY_WEBHOOK_SECRET, else OPENAI_WEBHOOK_SECRET, else that of the runtime
on this machine.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cutaway.errors import InvalidSignature, StaleWebhook, WebhookError
from cutaway.home import Home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cutaway.wire import WebhookEvent

TOLERANCE: Final = 300
"""Seconds that the clocks of sender and receiver, and the way between them, may differ by."""
VARIABLES: Final = ("CUTAWAY_WEBHOOK_SECRET", "OPENAI_WEBHOOK_SECRET")
PREFIX: Final = "whsec_"


def unwrap(payload: str | bytes, headers: Mapping[str, str], secret: str | None = None) -> WebhookEvent:
    """The event that a message tells of, once its signature is found good. Decide by its `type`.

    `payload` is the body exactly as it came, `headers` those of its request.

    Raises:
        InvalidSignature: it was not signed with this secret, or was changed on its way.
        StaleWebhook: it was sent too long ago, or by a clock that is ahead.
        WebhookError: there is no secret to check by, or the message is signed and no event.
    """
    verify_signature(payload, headers, secret)
    from pydantic import ValidationError

    from cutaway.wire import WebhookEvent

    try:
        return WebhookEvent.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise WebhookError(f"the message is signed, and no event: {where or 'the body'}: {first['msg']}") from error


def verify_signature(
    payload: str | bytes, headers: Mapping[str, str], secret: str | None = None, tolerance: int = TOLERANCE
) -> None:
    """Return only if a message was signed with the secret, at most `tolerance` seconds ago or ahead.

    Raises:
        InvalidSignature: it was not signed with this secret, or was changed on its way.
        StaleWebhook: it was sent too long ago, or by a clock that is ahead.
        WebhookError: there is no secret to check by.
    """
    key = _key(secret)
    found = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if not found.get(name)]
    if missing:
        raise InvalidSignature(f"the message is not signed: it has no {' and no '.join(missing)}")
    identity, sent_at = found["webhook-id"], found["webhook-timestamp"]
    if not (sent_at.isascii() and sent_at.isdigit()):
        raise InvalidSignature(f"webhook-timestamp is {sent_at!r}, not seconds since 1970")
    body = payload.encode() if isinstance(payload, str) else payload
    expected = hmac.digest(key, f"{identity}.{sent_at}.".encode() + body, hashlib.sha256)
    if not any(hmac.compare_digest(expected, one) for one in _signatures(found["webhook-signature"])):
        raise InvalidSignature(
            "no signature of the message fits: another secret signed it, or it was changed on its way; give the body "
            "as it came, not parsed and written again"
        )
    age = time.time() - int(sent_at)
    if abs(age) > tolerance:
        side = f"{age:.0f} s old" if age > 0 else f"from {-age:.0f} s ahead"
        raise StaleWebhook(f"the message is {side}, and {tolerance} s are allowed; is the clock of this machine right?")


def _key(secret: str | None) -> bytes:
    """The secret's bytes. One without `whsec_` is taken as it is written."""
    secret = secret or next((os.environ[name] for name in VARIABLES if os.environ.get(name)), None) or _local()
    if secret is None:
        raise WebhookError(f"there is no secret to check messages by: give secret=, or set {VARIABLES[0]}")
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise WebhookError(f"behind {PREFIX} a secret is base64, and this one is not: {error}") from error
    if not key:
        raise WebhookError(f"behind {PREFIX} there is no secret")
    return key


def _local() -> str | None:
    """What the runtime on this machine signs with, if it has ever told anybody anything."""
    with suppress(OSError):
        return Home.find().webhook_secret.read_text("ascii").strip() or None
    return None


def _signatures(header: str) -> list[bytes]:
    """The signatures of the version that is known; while a secret is being changed there are two."""
    found = []
    for one in header.split():
        version, _, text = one.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(text, validate=True))
            except binascii.Error:
                continue
    return found


class Webhooks:
    """The same with a client's own `webhook_secret`, as `client.webhooks`."""

    def __init__(self, secret: str | None = None) -> None:
        self._secret = secret

    def unwrap(self, payload: str | bytes, headers: Mapping[str, str], *, secret: str | None = None) -> WebhookEvent:
        """The event that a message tells of, once its signature is found good; as `cutaway.webhooks.unwrap`."""
        return unwrap(payload, headers, secret or self._secret)

    def verify_signature(
        self, payload: str | bytes, headers: Mapping[str, str], *, secret: str | None = None, tolerance: int = TOLERANCE
    ) -> None:
        """Return only if a message was signed with the secret; as `cutaway.webhooks.verify_signature`."""
        verify_signature(payload, headers, secret or self._secret, tolerance)
