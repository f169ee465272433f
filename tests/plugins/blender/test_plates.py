"""Plates behind a camera, measured by the pixels that Blender renders: which frame, which colour, how much of the picture."""

import math

import bpy
import numpy as np
import pytest

from cutaway.errors import EditRefused, MediaError
from cutaway.media.encode import Writer
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat
from cutaway_blender import backdrop, compat, frames, plate_clip, plates
from cutaway_blender.frustum import CORNERS, corners_at, distance_for


@pytest.fixture
def camera(scene):
    """A camera with an odd lens, a shift and a roll, and a box before it."""
    data = bpy.data.cameras.new("cam")
    data.lens, data.shift_x, data.shift_y = 28.0, 0.1, -0.05
    camera = bpy.data.objects.new("cam", data)
    scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (0, -6, 1), (math.radians(80), math.radians(12), math.radians(8))
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising, scene.render.dither_intensity = 1, False, 0.0
    scene.view_settings.view_transform = "Standard"
    return camera


@pytest.fixture
def box(scene):
    """Something small and black in the middle, 6 before the camera."""
    mesh = bpy.data.meshes.new("box")
    size = 0.2
    corners = [(x, y, z) for x in (-size, size) for y in (-size, size) for z in (-size, size)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh.from_pydata(corners, [], faces)
    box = bpy.data.objects.new("box", mesh)
    scene.collection.objects.link(box)
    box.location = (0, 0, 2)
    return box


@pytest.fixture
def picture(scene, tmp_path):
    """Renders a scene frame: (H, W, 3) uint8."""
    from PIL import Image

    def shoot(frame):
        scene.frame_set(frame)
        if scene.world is not None:
            scene.world.cycles.sampling_method = "NONE"  # a map of where the sky is bright: half a second a picture
        compat.set_picture_output(scene.render, "PNG")
        scene.render.image_settings.color_mode = "RGB"
        frames.render(scene, tmp_path / "out.png")
        return np.asarray(Image.open(tmp_path / "out.png").convert("RGB"))

    return shoot


@pytest.fixture
def grey(filmed, tmp_path):
    """96 frames; frame n, from 0, is grey 20 + 2 n."""
    path = tmp_path / "grey.mkv"
    levels = (20 + 2 * np.arange(96)).astype(np.uint8)
    with Writer(path, width=64, height=36, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        writer.write(np.broadcast_to(levels[:, None, None, None], (96, 36, 64, 3)).copy())
        writer.finish()
    return path


def level(shown):
    return float(np.median(shown))


@pytest.mark.parametrize("mode", backdrop.MODES)
def test_each_frame_of_the_clip_is_seen_at_its_frame_of_the_scene(mode, scene, camera, grey, picture):
    plates.place(scene, camera, grey, first=11, frames=96, mode=mode)
    seen = ((11, 0), (12, 1), (106, 95), (5, 0), (120, 95)) if mode == "plane" else ((12, 1), (120, 95))
    for at, wanted in seen:
        shown = picture(at)
        assert abs(level(shown) - (20 + 2 * wanted)) <= 1, (mode, at)
        assert int(shown.max()) - int(shown.min()) <= 1, (mode, at)


def test_no_pixel_is_left_uncovered_with_shift_and_roll_and_after_another_lens(scene, camera, box, grey, picture):
    scene.world = bpy.data.worlds.new("bright")
    compat.use_nodes(scene.world).nodes["Background"].inputs["Color"].default_value = (1, 0, 1, 1)
    box.hide_render = True
    plate = plates.place(scene, camera, grey, first=1, frames=96)
    assert int(picture(40).max()) - int(picture(40).min()) <= 1
    assert not plates.camera_moved(scene, plate)
    camera.data.lens, camera.data.shift_y = 18.0, 0.2
    assert plates.camera_moved(scene, plate)
    assert picture(40)[..., 0].max() > 200
    plates.refit(scene, plate)
    assert not plates.camera_moved(scene, plate)
    assert int(picture(40).max()) - int(picture(40).min()) <= 1


def test_a_camera_that_only_moves_keeps_its_plate(scene, camera, grey, picture):
    plate = plates.place(scene, camera, grey, first=1, frames=96)
    camera.location, camera.rotation_euler = (3, -9, 4), (1.2, 0.4, 0.5)
    assert not plates.camera_moved(scene, plate)
    assert int(picture(40).max()) - int(picture(40).min()) <= 1


@pytest.mark.parametrize("mode", backdrop.MODES)
def test_what_stands_before_the_camera_stands_before_the_plate(mode, scene, camera, box, grey, picture):
    scene.world = bpy.data.worlds.new("dark")
    compat.use_nodes(scene.world).nodes["Background"].inputs["Strength"].default_value = 0
    camera.rotation_euler, camera.data.shift_x, camera.data.shift_y = (math.radians(80), 0, 0), 0, 0
    plates.place(scene, camera, grey, first=1, frames=96, mode=mode)
    shown = picture(96)
    assert level(shown) == pytest.approx(20 + 2 * 95, abs=1)
    assert shown.min() < 60


def test_the_plane_lies_behind_everything_for_as_long_as_the_camera_moves(scene, camera, box, grey):
    camera.rotation_euler = (math.radians(90), 0, 0)
    camera.location = (0, -5, 2)
    camera.keyframe_insert("location", frame=1)
    camera.location = (0, -50, 2)
    camera.keyframe_insert("location", frame=96)
    scene.frame_set(7)
    plate = plates.place(scene, camera, grey, first=1, frames=96)
    assert scene.frame_current == 7
    assert 45 < -plates.corners_of(plate)[0][2] < 80


def test_a_loop_begins_again_and_another_take_is_seen_in_the_same_place(scene, camera, grey, picture, filmed, tmp_path):
    plate = plates.place(scene, camera, grey, first=11, frames=96, take="one")
    plates.loop(plate, on=True)
    assert abs(level(picture(107)) - 20) <= 1
    other = filmed(tmp_path / "other.mkv", frames=96, level=100)
    plates.switch(plate, other, take="two")
    assert abs(level(picture(12)) - 101) <= 1
    assert plate_clip.about(plate)["take"] == "two"
    (shown,) = camera.data.background_images
    assert shown.image.filepath.endswith("other.mkv")
    assert (shown.image_user.frame_start, shown.image_user.frame_duration) == (11, 96)
    with pytest.raises(MediaError, match=r"gone\.mkv"):
        plates.switch(plate, tmp_path / "gone.mkv", take="three")
    assert plate_clip.about(plate)["take"] == "two"


def test_a_plate_is_still_there_after_saving_and_goes_without_a_trace(scene, camera, grey, picture, tmp_path):
    for mode in backdrop.MODES:
        plates.place(scene, camera, grey, first=11, frames=96, mode=mode, card=mode)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "plate.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "plate.blend"))
    scene = bpy.context.scene
    found = plates.plates_of(scene)
    assert {plate_clip.about(plate)["card"] for plate in found} == set(backdrop.MODES)
    for plate in found:
        plates.remove(scene, plate)
    assert plates.plates_of(scene) == []
    assert len(scene.camera.data.background_images) == 0
    assert not scene.render.film_transparent
    tree, _ = compat.compositing_tree(scene)
    assert not [node for node in [*tree.nodes, *scene.world.node_tree.nodes] if node.get(plate_clip.KEY)]
    assert bpy.data.materials.get("plate cam") is None


def test_leaving_a_mode_gives_the_scene_back_as_it_was(scene, camera, box, grey, picture):
    scene.world = bpy.data.worlds.new("sky")
    compat.use_nodes(scene.world).nodes["Background"].inputs["Color"].default_value = (0.2, 0.4, 0.8, 1)
    before = picture(20)
    plate = plates.place(scene, camera, grey, first=1, frames=96, mode="world")
    assert np.abs(picture(20).astype(int) - before).max() > 20
    backdrop.show_as(scene, plate, "compositor")
    assert scene.render.film_transparent
    plates.remove(scene, plate)
    assert not scene.render.film_transparent
    assert np.abs(picture(20).astype(int) - before).max() <= 1


def test_the_light_of_the_world_stays_what_it_was(scene, camera, box, grey, picture):
    scene.world = bpy.data.worlds.new("sky")
    compat.use_nodes(scene.world).nodes["Background"].inputs["Color"].default_value = (0, 1, 0, 1)
    camera.rotation_euler = (math.radians(80), 0, 0)
    camera.data.shift_x = camera.data.shift_y = 0
    scene.cycles.samples = 16
    plates.place(scene, camera, grey, first=1, frames=96, mode="world")
    shown = picture(96).astype(int)
    lit = (shown[..., 1] - shown[..., 0]) > 60
    assert lit.any()


def test_a_panorama_and_an_unknown_mode_are_refused_with_what_to_do(scene, camera, grey):
    with pytest.raises(EditRefused, match="plane, world, compositor"):
        backdrop.show_as(scene, plates.place(scene, camera, grey, first=1, frames=96), "mirror")
    camera.data.type = "PANO"
    with pytest.raises(EditRefused, match="perspective or an orthographic"):
        plates.place(scene, camera, grey, first=1, frames=96)


def test_colours_are_true_under_standard_and_matching_is_never_silent(scene, camera, grey, picture):
    scene.view_settings.view_transform = "AgX"
    plates.place(scene, camera, grey, first=1, frames=96)
    assert not backdrop.keeps_colours(scene)
    assert abs(level(picture(96)) - 210) > 5
    assert backdrop.match_colours(scene).startswith("AgX")
    assert backdrop.keeps_colours(scene)
    assert abs(level(picture(96)) - 210) <= 1


def test_corners_grow_with_the_distance_and_not_for_parallel_views():
    frame = [(1.0, 0.5, -2.0), (1.0, -0.5, -2.0), (-1.0, -0.5, -2.0), (-1.0, 0.5, -2.0)]
    assert corners_at(frame, 8.0)[0] == (4.0, 2.0, -8.0)
    assert corners_at(frame, 8.0, parallel=True)[2] == (-1.0, -0.5, -8.0)
    assert len(CORNERS) == 4


def test_a_plane_lies_behind_what_is_seen_and_before_where_the_camera_ends():
    assert distance_for([2.0, 5.0, -9.0], 0.1, 100.0).value == pytest.approx(6.0)
    far = distance_for([500.0], 0.1, 100.0)
    assert far.value < 100.0
    assert far.hides
    assert distance_for([], 0.1, 100.0).value == 10.0


def _settings(scene):
    """What a user has set, as far as a render could change it."""
    render, view = scene.render, scene.view_settings
    return (
        render.engine, render.filepath, render.resolution_percentage, render.film_transparent, view.view_transform,
        scene.frame_current, scene.camera.name, render.image_settings.file_format, scene.view_layers[0].material_override,
        scene.world, len(bpy.data.scenes), sorted(one.name for one in scene.objects), scene.cycles.samples,
    )  # fmt: skip


@pytest.mark.parametrize("look", ["clay", "depth", "normals"])
def test_a_model_is_shown_forms_not_the_plate_and_nothing_of_the_users_changes(
    look, scene, camera, box, grey, tmp_path
):
    from PIL import Image

    from cutaway_blender import conditioning

    camera.rotation_euler, camera.data.shift_x, camera.data.shift_y = (math.radians(80), 0, 0), 0, 0
    other = bpy.data.objects.new("far box", box.data)
    scene.collection.objects.link(other)
    box.location, other.location = (0, 0, 0), (1.5, 6, 0)
    bpy.context.view_layer.update()
    before = _settings(scene)
    bare = np.asarray(Image.open(conditioning.conditioned(scene, camera, 3, tmp_path / "bare.png", look=look)))
    assert _settings(scene) == before
    plates.place(scene, camera, grey, first=1, frames=96)
    with_plate = np.asarray(Image.open(conditioning.conditioned(scene, camera, 3, tmp_path / "with.png", look=look)))
    assert np.abs(bare.astype(int) - with_plate).max() <= 1
    assert bare.shape[:2] == (36, 64)
    middle, corner = bare[16:20, 31:33, :3].astype(int), bare[:6, :6, :3].astype(int)
    assert np.abs(middle.mean(axis=(0, 1)) - corner.mean(axis=(0, 1))).max() > 30
    if look == "clay":
        assert corner.min() > 200  # a light sky; black would be taken for night
    if look == "depth":
        assert bare[..., 0].max() > 200  # the near box is bright, the far one is not, what is not there is black
        assert corner.max() == 0
    if look == "normals":
        assert middle[..., 2].mean() > 128  # it faces the camera


def test_a_clip_is_filmed_a_frame_a_step_and_leaves_nothing_where_it_is_ended(scene, camera, box, tmp_path):
    from cutaway.media.decode import Clip
    from cutaway_blender import conditioning

    camera.rotation_euler, camera.data.shift_x, camera.data.shift_y = (math.radians(80), 0, 0), 0, 0
    box.location = (-1, 0, 0)
    box.keyframe_insert("location", frame=3)
    box.location = (1, 0, 0)
    box.keyframe_insert("location", frame=6)
    scene.frame_set(1)
    before, path = _settings(scene), tmp_path / "depth.mkv"
    ended = conditioning.filmed(scene, camera, 3, 4, path, look="depth")
    assert [next(ended), next(ended)] == [1 / 5, 2 / 5]
    ended.close()
    assert list(tmp_path.iterdir()) == []
    assert list(conditioning.filmed(scene, camera, 3, 4, path, look="depth")) == [1 / 5, 2 / 5, 3 / 5, 4 / 5, 1.0]
    assert _settings(scene) == before
    with Clip(path) as clip:
        assert (len(clip), clip.info.rate.fps) == (4, 24.0)
        where = [np.nonzero(frame[..., 0] > 0)[1].mean() for frame in clip.read(0, 4)]
    assert where == sorted(where)
    assert where[-1] - where[0] > 10
    cut_short = conditioning.filmed(scene, camera, 3, 4, path, look="depth")
    next(cut_short)
    bpy.data.objects.remove(camera)
    with pytest.raises(EditRefused, match="not there any more"):
        next(cut_short)


def test_an_unknown_look_is_refused(scene, camera, tmp_path):
    from cutaway_blender import conditioning

    with pytest.raises(EditRefused, match="clay, depth, normals"):
        conditioning.conditioned(scene, camera, 1, tmp_path / "x.png", look="oil")
