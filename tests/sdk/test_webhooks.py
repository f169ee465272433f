"""A message is believed only if it was signed with our secret, lately, and as it stands."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

import cutaway
from cutaway import AsyncCutaway, Cutaway, errors, webhooks

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "whsec_" + base64.b64encode(b"twenty-four secret bytes").decode()
BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "video.completed",
        "created_at": 1_700_000_000,
        "data": {"id": "video_1"},
    }
)


def signed(body: str = BODY, *, key: bytes = b"twenty-four secret bytes", at: float | None = None) -> dict[str, str]:
    """The headers of a message, by the published rules and not by our code."""
    stamp = str(int(time.time() if at is None else at))
    mac = hmac.new(key, f"msg_1.{stamp}.{body}".encode(), hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    for name in ("CUTAWAY_WEBHOOK_SECRET", "OPENAI_WEBHOOK_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("body", [BODY, BODY.encode()])
def test_a_message_says_which_video_is_done(body: Any) -> None:
    event = webhooks.unwrap(body, signed(), SECRET)
    assert (event.id, event.type, event.data.id) == ("evt_1", "video.completed", "video_1")


def test_the_published_example_is_good() -> None:
    """The one that the specification's own libraries are tested with."""
    headers = {
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    webhooks.verify_signature(body, headers, secret, tolerance=10**10)
    with pytest.raises(errors.StaleWebhook):
        webhooks.verify_signature(body, headers, secret)


def test_what_our_own_runtime_signs_is_good() -> None:
    sender = pytest.importorskip("cutaway_runtime.server.webhooks")
    secret, now = sender.new_secret(), int(time.time())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sender.signature(sender.key_of(secret), "evt_1", now, BODY.encode()),
    }
    assert webhooks.unwrap(BODY, headers, secret).data.id == "video_1"


def test_any_change_is_noticed() -> None:
    good = signed()
    for body, headers in (
        (BODY.replace("video_1", "video_2"), good),
        (BODY + " ", good),
        (BODY, {**good, "webhook-id": "msg_2"}),
        (BODY, {**good, "webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)}),
        (BODY, {**good, "webhook-timestamp": "yesterday"}),
        (BODY, {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}),
        (BODY, {**good, "webhook-signature": "v1,not base64"}),
        (BODY, signed(key=b"another secret")),
        (BODY, {name: value for name, value in good.items() if name != "webhook-signature"}),
        (BODY, {}),
    ):
        with pytest.raises(errors.InvalidSignature):
            webhooks.unwrap(body, headers, SECRET)


def test_one_good_signature_of_several_is_enough() -> None:
    """While a secret is being changed, a sender signs with both."""
    good, other = signed(), signed(key=b"the next secret")
    both = {**good, "webhook-signature": f"v1a,AAAA {other['webhook-signature']} {good['webhook-signature']}"}
    webhooks.verify_signature(BODY, both, SECRET)


@pytest.mark.parametrize(("age", "fine"), [(290, True), (310, False), (-290, True), (-310, False)])
def test_a_message_has_five_minutes(age: int, fine: bool) -> None:
    headers = signed(at=time.time() - age)
    if fine:
        webhooks.verify_signature(BODY, headers, SECRET)
        return
    with pytest.raises(errors.StaleWebhook, match="300 s"):
        webhooks.verify_signature(BODY, headers, SECRET)
    webhooks.verify_signature(BODY, headers, SECRET, tolerance=400)


def test_the_secret_comes_from_the_call_the_client_or_the_environment_or_the_runtime_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(errors.WebhookError, match="CUTAWAY_WEBHOOK_SECRET"):
        webhooks.verify_signature(BODY, signed())
    (tmp_path / "webhook-secret").write_text(f"{SECRET}\n")
    webhooks.verify_signature(BODY, signed())
    (tmp_path / "webhook-secret").unlink()
    monkeypatch.setenv("OPENAI_WEBHOOK_SECRET", SECRET)
    webhooks.verify_signature(BODY, signed())
    monkeypatch.setenv("CUTAWAY_WEBHOOK_SECRET", "a plain text")
    webhooks.verify_signature(BODY, signed(key=b"a plain text"))
    webhooks.verify_signature(BODY, signed(), SECRET)
    for kind in (Cutaway, AsyncCutaway):
        client = kind("http://127.0.0.1:9", webhook_secret=SECRET)
        assert client.webhooks.unwrap(BODY, signed()).data.id == "video_1"
        client.webhooks.verify_signature(BODY, signed(key=b"of this call"), secret="of this call")
        assert client.with_options(timeout=1).webhooks.unwrap(BODY, signed()).type == "video.completed"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_???"])
def test_a_secret_that_is_none_checks_nothing(secret: str) -> None:
    with pytest.raises(errors.WebhookError, match="whsec_"):
        webhooks.verify_signature(BODY, signed(key=b""), secret)


@pytest.mark.parametrize("body", ["[]", "{}", "no JSON", '{"id": "evt_1", "type": "video.completed", "data": {}}'])
def test_a_signed_message_that_is_no_event_is_said_to_be_none(body: str) -> None:
    with pytest.raises(errors.WebhookError, match="no event") as caught:
        webhooks.unwrap(body, signed(body), SECRET)
    assert not isinstance(caught.value, errors.InvalidSignature)


def test_it_is_there_from_the_start() -> None:
    assert cutaway.webhooks is webhooks
