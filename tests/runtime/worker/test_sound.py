"""What an engine makes to be heard, from the canvas to the file: in its place, to the sample, beside what is kept."""

from fractions import Fraction

import av
import numpy as np
import pytest

from cutaway.media.encode import Recording, Writer
from cutaway.media.probe import probe
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat, VideoCreate
from cutaway_runtime.engine.bars import Bars
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.engine.sound import JOIN, SEAM
from cutaway_runtime.models.base import Sound
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.request import references, verb_of
from cutaway_runtime.worker.pace import Pace
from cutaway_runtime.worker.protocol import Finished, JobSpec, Source
from cutaway_runtime.worker.take import Studio

RATE = 48_000
FPS = Fraction(24)
LOUD = BARS.model_copy(update={"makes_sound": True})
STRICT = LOUD.model_copy(update={"frame_multiple": 8, "frame_offset": 1, "max_frames": 41, "window_context": 9})
SLOW = STRICT.model_copy(update={"rates": ["16"], "sizes": ["96x64"]})


class Band(Bars):
    """Bars that are heard: a tone, one for each canvas, and a click of one sample at every frame of the shot in `clicks`."""

    def __init__(self, model=LOUD, *, level=0.25, clicks=(), rate=24_000, channels=2):
        super().__init__(model)
        self.level, self.clicks, self.rate, self.channels = level, clicks, rate, channels
        self.canvases = []

    def paint(self, canvas, control):
        if control.listens:
            control.sound(self.made(canvas))
        self.canvases.append(canvas)
        return super().paint(canvas, control)

    def made(self, canvas):
        count = round(canvas.frames / canvas.rate.fraction * self.rate)
        pitch = 300 + 150 * len(self.canvases)
        tone = self.level * np.cos(2 * np.pi * pitch * np.arange(count) / self.rate)
        for frame in self.clicks:
            at = round((frame - canvas.shot_start) / canvas.rate.fraction * self.rate)
            if 0 <= at < count:
                tone[at] = 0.9
        return Sound(np.repeat(tone[None], self.channels, axis=0).astype(np.float32), self.rate)


def taken(tmp_path, engine, operation="create", roles=(), output=OutputFormat.PRORES, **body):
    """The file a job becomes."""
    roles = dict(roles)
    body.setdefault("cutaway", {})["format"] = output
    request = VideoCreate.model_validate({"prompt": "x", "seed": 0, **body})
    verb = verb_of(request, operation)
    assert set(references(request, verb)) == set(roles)
    facts = {role: probe(path).facts() for role, path in roles.items()}
    spec = JobSpec(
        job_id="video_1",
        effective=resolve(request, verb, facts, engine.info, seed=1),
        request=request,
        sources={role: Source(path=str(path), container="mov") for role, path in roles.items()},
        output=str(tmp_path / "video_1" / "video.mov"),
    )
    studio = Studio()
    studio._engines["bars"], studio._installed["bars"] = engine, 0
    outcome = studio.carry_out(spec, Pace(lambda _: None), lambda: False)
    assert isinstance(outcome, Finished), outcome
    return tmp_path / "video_1" / "attempt-1" / "video.mov"


def heard(path):
    """(2, n) samples of a file without compression, as they lie in it."""
    with av.open(str(path)) as container:
        blocks = [block.to_ndarray().reshape(-1, 2).T for block in container.decode(container.streams.audio[0])]
    return np.concatenate(blocks, axis=1).astype(np.float32) / 32768


def samples(frames, rate=FPS):
    return round(frames / rate * RATE)


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """A clip of 30 frames, with a hum of 440 Hz or silent."""
    folder = tmp_path_factory.mktemp("footage")

    def clip(name, *, sound):
        path = folder / name
        size = {"width": 96, "height": 64, "rate": Rate.parse("24")}
        if not path.exists():
            with Writer(path, format=OutputFormat.PRORES, sound=[] if sound else None, **size) as writer:
                if sound:
                    hum = 0.25 * np.sin(2 * np.pi * 440 * np.arange(samples(30)) / RATE + 1)
                    writer.add_sound(Recording(hum[None].astype(np.float32), RATE, Fraction(0)))
                writer.write(np.full((30, 64, 96, 3), 90, np.uint8))
                writer.finish()
        return path

    return clip


@pytest.mark.parametrize(("rate", "channels"), [(24_000, 2), (16_000, 1), (48_000, 2)])
def test_a_click_at_a_frame_is_heard_at_that_frame(tmp_path, rate, channels):
    engine = Band(level=0, clicks=[0, 7, 29], rate=rate, channels=channels)
    path = taken(tmp_path, engine, num_frames=30, size="96x64")
    found = heard(path)
    assert found.shape == (2, samples(30))
    for frame in (0, 7, 29):
        near = slice(max(0, samples(frame) - 500), samples(frame) + 500)
        at = near.start + int(found[0, near].argmax())
        assert abs(at - samples(frame)) <= RATE / rate / 2, "half a sample of the model's own"
        assert found[0, near].max() == pytest.approx(0.9, abs=0.01)
    assert np.array_equal(found[0], found[1])


def test_nothing_is_heard_where_silence_is_asked_for_or_the_engine_makes_none(tmp_path):
    silent = Band()
    path = taken(tmp_path / "a", silent, num_frames=12, size="96x64", cutaway={"sound": "silent"})
    assert not probe(path).has_audio
    path = taken(tmp_path / "b", Bars(), num_frames=12, size="96x64")
    assert not probe(path).has_audio


@pytest.mark.parametrize("model", [STRICT, SLOW], ids=["windows", "windows at another rate"])
def test_windows_are_heard_one_after_another_and_turn_into_each_other(tmp_path, model):
    clicks = range(10, 100, 10)
    engine = Band(model, level=0, clicks=[Fraction(n) * (16 if model is SLOW else 24) / 24 for n in clicks])
    path = taken(tmp_path / "a", engine, num_frames=100, size="96x64")
    assert len(engine.canvases) > 1
    found = heard(path)
    assert found.shape[1] == samples(100)
    loud = np.flatnonzero(found[0] > 0.4)
    assert sorted({round(int(at) / RATE * 24) for at in loud}) == list(clicks)
    tones = heard(taken(tmp_path / "b", Band(model, level=0.25), num_frames=100, size="96x64"))
    assert np.abs(np.diff(tones[0])).max() < 0.04, "no step where windows meet"
    levels = np.sqrt(np.convolve(tones[0] ** 2, np.ones(2400) / 2400, "valid"))
    assert levels.min() > 0.13, "nor a hole"
    assert levels.max() < 0.26


def test_windows_painted_from_the_end_are_heard_in_their_places_too(tmp_path, footage):
    engine = Band(STRICT, level=0, clicks=range(0, 130, 10))
    roles = {"video": footage("silent.mov", sound=False)}
    body = {"video": "v", "num_frames": 90, "cutaway": {"direction": "backward"}}
    found = heard(taken(tmp_path, engine, "extend", roles, **body))
    starts = [canvas.shot_start for canvas in engine.canvases]
    assert starts == sorted(starts, reverse=True)
    assert len(starts) > 2
    loud = np.flatnonzero(found[0] > 0.4)
    assert [n for n in sorted({round(int(at) / RATE * 24) for at in loud}) if 0 < n < 90] == list(range(10, 90, 10))
    assert not found[:, samples(90) :].any(), "the silent clip stays silent"


def test_extending_keeps_the_sound_of_the_clip_and_goes_on_in_the_models(tmp_path, footage):
    clip = footage("loud.mov", sound=True)
    given, cut = heard(clip), samples(30)
    for direction, kept in (("forward", slice(0, cut)), ("backward", slice(samples(24), samples(54)))):
        body = {"video": "v", "num_frames": 24, "cutaway": {"direction": direction}}
        found = heard(taken(tmp_path / direction, Band(), "extend", {"video": clip}, **body))
        assert found.shape[1] == samples(54)
        # Through 16 bits and back once more: a step at most.
        assert np.abs(found[:, kept] - given).max() <= 1 / 32768
        made = found[:, cut:] if direction == "forward" else found[:, : samples(24)]
        assert np.abs(made).max() > 0.2
        assert np.abs(np.diff(found[0])).max() < 0.04, "and no step between them"


def test_a_fill_is_heard_between_two_clips_that_stay_as_they_are(tmp_path, footage):
    clip = footage("loud.mov", sound=True)
    fill = {"before": "v", "after": "w", "tail_frames": 4, "head_frames": 4}
    roles = {"before": clip, "after": clip}
    found = heard(taken(tmp_path, Band(), roles=roles, num_frames=18, cutaway={"fill": fill}))
    given = heard(clip)
    for kept in (found[:, : samples(30)], found[:, samples(48) :]):
        assert np.abs(kept - given).max() <= 1 / 32768
    assert np.abs(np.diff(found[0])).max() < 0.04
    assert np.abs(found[:, samples(31) : samples(47)]).max() == pytest.approx(0.25, abs=0.01)


def test_sound_that_is_kept_over_painted_frames_is_the_only_one_heard(tmp_path, footage):
    clip = footage("loud.mov", sound=True)
    found = heard(taken(tmp_path / "a", Band(), "edit", {"video": clip}, video="v", strength=0.5))
    assert np.abs(found - heard(clip)).max() <= 1 / 32768
    silent = footage("silent.mov", sound=False)
    found = heard(taken(tmp_path / "b", Band(), "edit", {"video": silent}, video="v", strength=0.5))
    assert np.abs(found).max() > 0.2, "where there was none, the model's is heard"


def test_the_clip_of_a_card_is_heard_in_its_place_and_the_model_around_it(tmp_path, footage):
    clip = footage("loud.mov", sound=True)
    body = {"num_frames": 96, "fps": "24", "cutaway": {"cards": [{"at": 36, "clip": "c"}]}}
    found = heard(taken(tmp_path, Band(), roles={"clip.0": clip}, **body))
    assert found.shape[1] == samples(96)
    assert np.abs(found[:, samples(36) : samples(66)] - heard(clip)).max() <= 1 / 32768
    for around in (slice(0, samples(35)), slice(samples(67), samples(96))):
        assert np.abs(found[:, around]).max() == pytest.approx(0.25, abs=0.02)
    assert np.abs(np.diff(found[0])).max() < 0.05, "and no step between them"
    body["cutaway"]["sound"] = "silent"
    assert not probe(taken(tmp_path / "silent", Band(), roles={"clip.0": clip}, **body)).has_audio


def test_only_the_frames_that_are_seen_are_heard(tmp_path, footage):
    engine = Band(level=0, clicks=[0, 4, 20, 31])
    body = {"video": "v", "num_frames": 24, "cutaway": {"output": "segment", "context_frames": 8}}
    found = heard(taken(tmp_path, engine, "extend", {"video": footage("loud.mov", sound=True)}, **body))
    assert found.shape[1] == samples(24)
    loud = np.flatnonzero(found[0] > 0.5)
    assert {round(int(at) / RATE * 24) for at in loud} == {12, 23}


def test_seams_are_short_beside_a_window():
    assert JOIN < SEAM < Fraction(1, 16)
