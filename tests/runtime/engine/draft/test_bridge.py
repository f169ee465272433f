from __future__ import annotations

import numpy as np
import pytest

from cutaway_runtime.engine.draft.bridge import Bridge, Passage, dissolve
from cutaway_runtime.engine.draft.edge import Edge

CLIPS = ("bikes.mp4", "bigbuckbunny.mp4", "carphone_pristine.mp4")


@pytest.mark.parametrize("gap", [1, 5, 11])
@pytest.mark.parametrize("name", CLIPS)
def test_a_bridge_over_real_footage_is_nearer_to_the_truth_than_a_dissolve(real_clip, anchors, psnr, name, gap):
    clip = real_clip(name)
    bridged, dissolved = [], []
    for at in anchors(name, gap, 4):
        bridge = Bridge(Edge.of(clip[at - 8 : at][::-1]), Edge.of(clip[at + gap : at + gap + 8]), gap)
        assert bridge.matches
        for n in sorted({0, gap // 2, gap - 1}):
            truth = clip[at + n]
            bridged.append(psnr(bridge.frame(n), truth))
            dissolved.append(psnr(dissolve(clip[at - 1], clip[at + gap], (n + 1) / (gap + 1)), truth))
    assert np.mean(bridged) > np.mean(dissolved) + (0.5 if gap <= 5 else 0)


@pytest.mark.parametrize("name", CLIPS)
def test_one_frame_on_each_side_is_enough_to_beat_a_dissolve(real_clip, anchors, psnr, name):
    clip = real_clip(name)
    gains = []
    for at in anchors(name, 5, 3):
        bridge = Bridge(Edge.of(clip[at - 1 : at]), Edge.of(clip[at + 5 : at + 6]), 5)
        plain = dissolve(clip[at - 1], clip[at + 5], 0.5)
        gains.append(psnr(bridge.frame(2), clip[at + 2]) - psnr(plain, clip[at + 2]))
    assert np.mean(gains) > 0.5


def test_a_ball_crosses_the_gap_on_its_way(ball, centroid):
    clip = ball(16, speed=(4, 1))
    bridge = Bridge(Edge.of(clip[:5][::-1]), Edge.of(clip[11:]), 6)
    for n in range(6):
        x, y = centroid(bridge.frame(n))
        true_x, true_y = centroid(clip[5 + n])
        assert abs(x - true_x) < 2
        assert abs(y - true_y) < 2


def test_a_ball_that_brakes_is_found_where_it_was_and_not_halfway(ball, centroid):
    """Motion context: the mean speed alone would put it some pixels further back."""
    ways = np.concatenate([np.arange(8) * 5.0, 35 + 5 * np.cumsum(0.8 ** np.arange(1, 16))])
    clip = np.stack([ball(1, at=(60 + way, 90))[0] for way in ways])
    with_context = Bridge(Edge.of(clip[:8][::-1]), Edge.of(clip[15:]), 7)
    without = Bridge(Edge.of(clip[7:8]), Edge.of(clip[15:16]), 7)
    truth = centroid(clip[11])[0]
    assert abs(centroid(with_context.frame(3))[0] - truth) < abs(centroid(without.frame(3))[0] - truth)


@pytest.mark.parametrize("cut", [30, 76, 137, 187, 242])
def test_a_cut_is_seen(real_clip, cut):
    clip = real_clip("bikes.mp4")
    assert not Passage(clip[cut - 1], clip[cut]).matches
    assert Passage(clip[cut + 1], clip[cut + 4]).matches


def test_flat_pictures_of_different_colour_are_no_match():
    red, blue = np.zeros((2, 90, 160, 3), np.uint8)
    red[..., 0], blue[..., 2] = 200, 200
    assert not Passage(red, blue).matches


def test_the_ends_of_a_passage_are_its_pictures(real_clip, psnr):
    clip = real_clip("bigbuckbunny.mp4")
    passage = Passage(clip[40], clip[46])
    assert psnr(passage.at(0), clip[40]) > 40
    assert psnr(passage.at(1), clip[46]) > 40
