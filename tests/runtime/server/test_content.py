"""What can be fetched of a finished job: the file, stills of it, its sound, and what is known of it."""

import asyncio
import hashlib
import io
import json
import wave
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from cutaway.media.encode import Recording, Writer
from cutaway.timebase import Rate
from cutaway_runtime.server.content import Download
from cutaway_runtime.server.refusal import Refusal

RATE = 48_000
VARIANTS = ("video", "thumbnail", "spritesheet", "first_frame", "last_frame", "audio", "sidecar")


@pytest.fixture(scope="module")
def done(runtime):
    """A completed job of 8 frames, silent."""
    video = runtime.wait(
        runtime.create(seed=7, cutaway={"style": "film-noir"}, model="draft", prompt="a red ball")["id"]
    )
    assert video["status"] == "completed", video
    return video


@pytest.fixture(scope="module")
def sounding(runtime, tmp_path_factory):
    """A second of footage with a tone of 1 kHz in its second half, let go on for eight silent frames."""
    path = tmp_path_factory.mktemp("footage") / "tone.mov"
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE // 2) / RATE)
    with Writer(path, width=160, height=90, rate=Rate.parse(24), sound=[]) as writer:
        writer.add_sound(Recording(tone[None].astype(np.float32), RATE, Fraction(1, 2)))
        for _ in range(24):
            writer.write(np.full((90, 160, 3), 90, np.uint8))
        writer.finish()
    answer = runtime.post(
        "/v1/videos/extensions",
        data={"prompt": "on", "model": "bars", "num_frames": "8"},
        files={"video": ("tone.mov", path.read_bytes())},
    )
    assert answer.status_code == 200, answer.text
    video = runtime.wait(answer.json()["id"])
    assert video["status"] == "completed", video
    return video


def fetch(runtime, video, variant, **headers):
    return runtime.get(f"/v1/videos/{video['id']}/content", params={"variant": variant}, headers=headers)


@pytest.mark.parametrize(
    ("variant", "kind", "size"),
    [
        ("first_frame", "PNG", (160, 90)),
        ("last_frame", "PNG", (160, 90)),
        ("thumbnail", "JPEG", (160, 90)),
        ("spritesheet", "JPEG", (1200, 675)),
    ],
)
def test_stills_of_a_finished_video(runtime, done, variant, kind, size):
    answer = fetch(runtime, done, variant)
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.format, picture.size) == (kind, size)


def test_first_and_last_frame_differ(runtime, done):
    first, last = (fetch(runtime, done, variant).content for variant in ("first_frame", "last_frame"))
    assert first != last


def test_the_sound_alone_is_as_long_as_the_pictures_and_lies_where_it_lay(runtime, sounding):
    answer = fetch(runtime, sounding, "audio")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (2, RATE)
        assert sound.getnframes() == round(32 / 24 * RATE)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)[:, 0] / 32768
    before, tone, behind = (
        samples[: RATE * 45 // 100],
        samples[RATE * 55 // 100 : RATE * 95 // 100],
        samples[-RATE // 5 :],
    )
    pitch = np.argmax(np.abs(np.fft.rfft(tone))) * RATE / len(tone)
    assert pitch == pytest.approx(1000, abs=5)
    assert np.abs(tone).max() > 0.3
    assert np.abs(before).max() < 0.02
    assert np.abs(behind).max() < 0.02


def test_a_silent_video_has_no_sound_to_fetch(runtime, done):
    answer = fetch(runtime, done, "audio")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_audio")
    assert not runtime.parts()


def test_the_sidecar_says_what_was_asked_and_what_was_made(runtime, done):
    answer = fetch(runtime, done, "sidecar")
    assert answer.headers["content-type"] == "application/json"
    told = json.loads(answer.content)
    assert told["request"]["prompt"] == "a red ball"
    assert told["request"]["cutaway"] == {"style": "film-noir"}
    assert told["video"]["cutaway"]["sha256"] == done["cutaway"]["sha256"]
    assert told["video"]["cutaway"]["seed"] == 7
    assert str(runtime.home) not in answer.text, "no path of the server leaves it"


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_checked_and_taken_up_like_a_file(runtime, sounding, variant):
    whole = fetch(runtime, sounding, variant)
    assert whole.status_code == 200, whole.text
    assert whole.headers["etag"] == f'"{hashlib.sha256(whole.content).hexdigest()}"'
    assert whole.headers["repr-digest"].startswith("sha-256=:")
    assert "filename=" in whole.headers["content-disposition"]
    rest = fetch(runtime, sounding, variant, **{"range": "bytes=50-", "if-range": whole.headers["etag"]})
    assert (rest.status_code, rest.content) == (206, whole.content[50:])
    other = fetch(runtime, sounding, variant, **{"range": "bytes=50-", "if-range": '"of another file"'})
    assert (other.status_code, other.content) == (200, whole.content)
    assert fetch(runtime, sounding, variant, **{"if-none-match": whole.headers["etag"]}).status_code == 304
    head = runtime.client.head(f"/v1/videos/{sounding['id']}/content", params={"variant": variant})
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))


def test_an_unknown_variant_is_refused(runtime, done):
    answer = fetch(runtime, done, "../../token")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "variant")


def test_what_is_gone_from_the_folder_has_expired(runtime, done):
    video = runtime.wait(runtime.create()["id"])
    next(runtime.home.rglob(f"{video['id']}*/*.mp4")).unlink()
    for variant in ("video", "thumbnail", "audio"):
        answer = fetch(runtime, video, variant)
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "content_expired"), answer.text


@pytest.mark.parametrize("asked", ["", "bytes=1000-", "bytes=0-9,1000-"], ids=["whole", "rest", "two-parts"])
def test_a_file_that_goes_while_its_answer_begins_is_still_sent(tmp_path, asked):
    path = tmp_path / "video.mp4"
    path.write_bytes(bytes(range(256)) * 1000)
    sent = []

    async def send(message):
        sent.append(message)
        path.unlink(missing_ok=True)

    async def receive():
        await asyncio.sleep(60)

    headers = [(b"range", asked.encode())] if asked else []
    scope = {"type": "http", "method": "GET", "headers": headers, "asgi": {"spec_version": "2.4"}}
    asyncio.run(Download(path, media_type="video/mp4")(scope, receive, send))
    told = dict(sent[0]["headers"])
    assert sum(len(message.get("body", b"")) for message in sent) == int(told[b"content-length"])
    if not asked:
        assert b"".join(message.get("body", b"") for message in sent) == bytes(range(256)) * 1000
    with pytest.raises(Refusal) as refused:
        asyncio.run(Download(path, media_type="video/mp4")(scope, receive, send))
    assert refused.value.status == 410
