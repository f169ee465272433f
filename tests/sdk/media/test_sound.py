"""Sound is kept, in its place, and silent where there is none."""

from __future__ import annotations

import io
import wave
import zipfile
from fractions import Fraction

import av
import numpy as np
import pytest

from cutaway.errors import MediaError
from cutaway.media.encode import Recording, SoundPiece, Writer
from cutaway.media.probe import probe
from cutaway.media.sound import SoundTrack
from cutaway.timebase import Rate
from cutaway.wire import MEDIA_TYPE, OutputFormat

RATE = 48_000


def clicks(seconds, *places):
    """Silence with a burst of 1 kHz, 50 ms long, at each of the places (seconds)."""
    samples = np.zeros(int(seconds * RATE))
    burst = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE // 20) / RATE)
    for place in places:
        at = int(place * RATE)
        samples[at : at + len(burst)] = burst
    return samples


def heard(path):
    """(2, n) samples of a file as a player hears them, from its first picture's time on."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        parts, first = [], None
        for frame in container.decode(stream):
            first = frame.pts * frame.time_base if first is None else first
            parts += [part.to_ndarray() for part in resampler.resample(frame)]
        parts += [part.to_ndarray() for part in resampler.resample(None)]
    samples = np.concatenate(parts, axis=1)
    lead = round(first * RATE)
    return samples[:, -lead:] if lead < 0 else np.pad(samples, ((0, 0), (lead, 0)))


def onsets(samples):
    """Where bursts begin, in seconds."""
    loud = np.abs(samples[0]) > 0.1
    starts = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    return [float(at) / RATE for i, at in enumerate(starts) if i == 0 or at - starts[i - 1] > RATE // 40]


def film(path, seconds, sound, *, video_format=OutputFormat.MP4, rate="24"):
    exact = Rate.parse(rate)
    with Writer(path, width=322, height=182, rate=exact, format=video_format, sound=sound) as writer:
        for _ in range(exact.frames(seconds)):
            writer.write(np.full((182, 322, 3), 90, np.uint8))
        return writer.finish()


@pytest.mark.parametrize("video_format", [OutputFormat.MP4, OutputFormat.PRORES, OutputFormat.FFV1])
@pytest.mark.parametrize("source", ["a.mp4", "a.mkv"])
def test_a_piece_is_heard_where_it_was_laid(make_clip, tmp_path, video_format, source):
    take = make_clip(source, frames=72, sound=clicks(3, 0.5, 1.5, 2.5))
    piece = SoundPiece(take, None, start=Fraction(1), duration=Fraction(1), at=Fraction(3, 2))
    path = tmp_path / f"out{MEDIA_TYPE[video_format][1]}"
    film(path, 4, [piece], video_format=video_format)
    samples = heard(path)
    assert onsets(samples) == pytest.approx([2.0], abs=0.004)
    assert abs(samples.shape[1] - 4 * RATE) <= 1024
    assert np.abs(samples[:, : int(1.9 * RATE)]).max() < 0.01
    assert np.abs(samples[:, int(2.1 * RATE) :]).max() < 0.01
    assert np.abs(samples[0]).max() == pytest.approx(0.5 / np.sqrt(2), abs=0.1) or np.abs(samples[0]).max() > 0.4


def test_several_pieces_out_of_order_and_overlapping(make_clip, tmp_path):
    take = make_clip(frames=48, sound=clicks(2, 0.25, 1.25))
    pieces = [
        SoundPiece(take, None, Fraction(1), Fraction(1), Fraction(2)),
        SoundPiece(take, None, Fraction(0), Fraction(1), Fraction(0)),
        SoundPiece(take, None, Fraction(0), Fraction(1), Fraction(5, 2)),
    ]
    film(tmp_path / "out.mov", 4, pieces, video_format=OutputFormat.PRORES)
    assert onsets(heard(tmp_path / "out.mov")) == pytest.approx([0.25, 2.25, 2.75], abs=0.004)


@pytest.mark.parametrize("rate", ["23.976", "29.97", "60"])
def test_the_track_is_as_long_as_the_picture(tmp_path, rate):
    written = film(tmp_path / "out.mov", 2, [], video_format=OutputFormat.PRORES, rate=rate)
    samples = heard(tmp_path / "out.mov")
    assert samples.shape[1] == round(written.duration * RATE)
    assert not samples.any()
    info = probe(tmp_path / "out.mov")
    assert (info.has_audio, info.audio_rate, info.audio_channels) == (True, RATE, 2)


def test_no_sound_means_no_track(tmp_path):
    film(tmp_path / "out.mp4", 1, None)
    assert not probe(tmp_path / "out.mp4").has_audio


def test_a_source_that_starts_late_is_heard_in_step_with_its_picture(make_clip, tmp_path):
    take = make_clip(frames=48, times=[n + 24 for n in range(48)], sound=clicks(3, 1.5))
    film(tmp_path / "out.mp4", 2, [SoundPiece(take, None, Fraction(0), Fraction(2), Fraction(0))])
    assert onsets(heard(tmp_path / "out.mp4")) == pytest.approx([0.5], abs=0.004)


def test_an_image_sequence_has_its_sound_beside_it(make_clip, tmp_path):
    take = make_clip(frames=24, sound=clicks(1, 0.5))
    piece = SoundPiece(take, None, Fraction(0), Fraction(1), Fraction(0))
    film(tmp_path / "out.zip", 1, [piece], video_format=OutputFormat.PNG)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive, wave.open(io.BytesIO(archive.read("sound.wav"))) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, RATE, RATE)
        samples = np.frombuffer(sound.readframes(RATE), "<i2").reshape(-1, 2).T / 32768
    assert onsets(samples) == pytest.approx([0.5], abs=0.004)


def test_a_piece_without_sound_is_an_error_and_leaves_no_file(make_clip, tmp_path):
    take = make_clip(frames=24)
    with pytest.raises(MediaError, match="no sound"):
        film(tmp_path / "out.mp4", 1, [SoundPiece(take, None, Fraction(0), Fraction(1), Fraction(0))])
    assert not list(tmp_path.glob("out*"))


def test_a_piece_longer_than_its_source_ends_in_silence(make_clip, tmp_path):
    take = make_clip(frames=24, sound=clicks(1, 0.25))
    film(tmp_path / "out.mp4", 3, [SoundPiece(take, None, Fraction(0), Fraction(3), Fraction(0))])
    assert onsets(heard(tmp_path / "out.mp4")) == pytest.approx([0.25], abs=0.004)


def hum(seconds, pitch=440.0, level=0.25):
    """(2, n) of a tone that is nowhere near zero at either end."""
    t = np.arange(int(seconds * RATE)) / RATE
    tone = level * np.cos(2 * np.pi * pitch * t)
    return np.stack([tone, -tone]).astype(np.float32)


def read_in(track, seconds, block=1024):
    ends = [*range(block, int(seconds * RATE), block), int(seconds * RATE)]
    return np.concatenate([track.read(end) for end in ends], axis=1)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
def test_a_recording_is_heard_where_it_was_laid_and_as_long_as_it_is(rate):
    samples = np.zeros((1, rate), np.float32)
    samples[0, rate // 2] = 1
    track = SoundTrack([])
    track.add(Recording(samples, rate, at=Fraction(1, 4)))
    mixed = read_in(track, 2)
    assert np.abs(mixed[0]).argmax() == np.abs(mixed[1]).argmax() == RATE * 3 // 4
    assert mixed[0].max() == pytest.approx(1, abs=1e-5), "one channel is as loud as two"
    assert not mixed[:, RATE * 5 // 4 :].any()


def test_a_recording_may_come_while_the_track_is_read_but_not_too_late():
    track, tone = SoundTrack([]), hum(0.5)
    assert not track.read(RATE).any()
    track.add(Recording(tone, RATE, at=Fraction(1)))
    track.add(Recording(tone, RATE, at=Fraction(7, 4)))
    assert np.array_equal(track.read(RATE * 3 // 2), tone)
    with pytest.raises(MediaError, match=r"second 1\.4.*written up to second 1\.5"):
        track.add(Recording(tone, RATE, at=Fraction(14, 10)))
    assert np.array_equal(track.read(RATE * 9 // 4)[:, RATE // 4 :], tone)


@pytest.mark.parametrize("video_format", [OutputFormat.PRORES, OutputFormat.FFV1])
@pytest.mark.parametrize("block", [480, 1024, 7777])
def test_kept_sound_is_bit_true_and_its_mirror_image_fades_beside_it(tmp_path, block, video_format):
    path = tmp_path / "kept"
    with Writer(path, width=64, height=48, rate=Rate.parse("24"), format=video_format, sound=[]) as writer:
        writer.add_sound(Recording(hum(3), RATE, at=Fraction(0)))
        writer.write(np.full((72, 48, 64, 3), 90, np.uint8))
        writer.finish()
    tone = heard(path)
    tenth = Fraction(1, 10)
    track = SoundTrack([SoundPiece(path, None, Fraction(1), Fraction(1), Fraction(1), lead=tenth, tail=tenth)])
    mixed = read_in(track, 3, block)
    first, last, faded = RATE, 2 * RATE, RATE // 10
    assert np.array_equal(mixed[:, first:last], tone[:, first:last])
    assert not mixed[:, : first - faded].any()
    assert not mixed[:, last + faded :].any()
    steps = np.abs(np.diff(mixed, axis=1)).max()
    assert steps <= np.abs(np.diff(tone, axis=1)).max() * 1.05, "no step anywhere"
    rise = np.sin(np.pi / 2 * (np.arange(faded) + 0.5) / faded)
    assert mixed[:, first - faded : first] == pytest.approx(tone[:, first : first + faded][:, ::-1] * rise, abs=1e-6)


@pytest.mark.parametrize("video_format", [OutputFormat.MP4, OutputFormat.FFV1, OutputFormat.PNG])
def test_a_writer_takes_sound_with_the_frame_it_belongs_to(tmp_path, video_format):
    path = tmp_path / f"late{MEDIA_TYPE[video_format][1]}"
    click = clicks(0.5, 0.25)[None].astype(np.float32)
    with Writer(path, width=64, height=48, rate=Rate.parse("24"), format=video_format, sound=[]) as writer:
        for n in range(4):
            writer.add_sound(Recording(click, RATE, at=max(Fraction(0), Fraction(n, 2) - SoundTrack.PATIENCE)))
            writer.write(np.full((12, 48, 64, 3), 90, np.uint8))
        writer.finish()
    if video_format is OutputFormat.PNG:
        with zipfile.ZipFile(path) as archive, wave.open(io.BytesIO(archive.read("sound.wav"))) as sound:
            samples = np.frombuffer(sound.readframes(2 * RATE), "<i2").reshape(-1, 2).T / 32768
    else:
        samples = heard(path)
    assert onsets(samples) == pytest.approx([0.25, 0.65, 1.15, 1.65], abs=0.004)


def test_a_writer_without_a_track_takes_no_sound(tmp_path):
    with (
        Writer(tmp_path / "mute.mp4", width=64, height=48, rate=Rate.parse("24")) as writer,
        pytest.raises(MediaError, match="without a sound track"),
    ):
        writer.add_sound(Recording(hum(1), RATE, at=Fraction(0)))
