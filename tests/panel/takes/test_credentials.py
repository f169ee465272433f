"""Content credentials are seen where they are, and nothing is claimed where nobody can tell."""

import struct

from cutaway_panel.takes.credentials import MANIFEST, manifest_in


def with_manifest(path, source):
    box = struct.pack(">I4s", 8 + 16 + 40, b"uuid") + MANIFEST + bytes(40)
    data = source.read_bytes()
    (first,) = struct.unpack(">I", data[:4])
    path.write_bytes(data[:first] + box + data[first:])
    return path


def test_a_manifest_is_found_among_the_boxes_of_a_real_file(clips, tmp_path):
    assert manifest_in(clips[1]) is False
    assert manifest_in(with_manifest(tmp_path / "signed.mp4", clips[1])) is True


def test_another_uuid_box_is_none(clips, tmp_path):
    path = tmp_path / "other.mp4"
    path.write_bytes(clips[1].read_bytes() + struct.pack(">I4s", 24, b"uuid") + bytes(16))
    assert manifest_in(path) is False


def test_what_is_no_movie_or_not_there_is_not_known(tmp_path):
    (tmp_path / "a.webm").write_bytes(b"\x1aE\xdf\xa3" + bytes(60))
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "broken.mp4").write_bytes(struct.pack(">I4s", 16, b"ftyp") + bytes(8) + struct.pack(">I4s", 4, b"mdat"))
    for name in ("a.webm", "empty.mp4", "broken.mp4", "gone.mp4"):
        assert manifest_in(tmp_path / name) is None
