"""Headers of weights: what lies about itself is refused before anything maps it."""

import json
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_hub import safetensors
from safetensors import safe_open

from cutaway_runtime.registry import weights
from cutaway_runtime.registry.errors import DamagedFile
from cutaway_runtime.registry.weights import header


def raw(table, data=b""):
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype="F32", shape=(2,), span=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(span)}


def test_a_good_header_is_counted(tmp_path):
    file = tmp_path / "a.safetensors"
    file.write_bytes(safetensors({"a": ("F32", (2, 3)), "b": ("BF16", (5,)), "c": ("U8", ())}, notes={"format": "pt"}))
    found = header(file)
    assert found.shapes == {"a": (2, 3), "b": (5,), "c": ()}
    assert (found.parameters, found.dtypes["b"], found.notes) == (6 + 5 + 1, "BF16", {"format": "pt"})


LIES = {
    "empty": b"",
    "shorter than a length": b"\x01\x02",
    "a header longer than the file": struct.pack("<Q", 1 << 40) + b"{}",
    "no JSON": raw(b"{not json"),
    "no table": raw([1]),
    "nested beyond reading": raw(b"[" * 200_000),
    "unknown dtype": raw({"a": entry("F99")}, bytes(8)),
    "offsets beyond the file": raw({"a": entry(span=(0, 8))}, bytes(4)),
    "bytes nobody owns": raw({"a": entry()}, bytes(9)),
    "offsets backwards": raw({"a": entry(span=(8, 0))}, bytes(8)),
    "negative offsets": raw({"a": entry(span=(-8, 0))}, bytes(8)),
    "a shape that is not its bytes": raw({"a": entry(shape=(3,))}, bytes(8)),
    "a shape of fractions": raw({"a": entry(shape=(2.0,))}, bytes(8)),
    "a negative shape": raw({"a": entry(shape=(-1, -2))}, bytes(8)),
    "tensors that overlap": raw({"a": entry(), "b": entry(span=(4, 12))}, bytes(12)),
    "a hole": raw({"a": entry(), "b": entry(span=(12, 20))}, bytes(20)),
    "a name twice": raw(b'{"a": %s, "a": %s}' % ((json.dumps(entry()).encode(),) * 2), bytes(8)),
    "notes that are no texts": raw({"__metadata__": {"a": 1}}),
    "more in an entry": raw({"a": {**entry(), "code": "x"}}, bytes(8)),
    "a pickle by another name": b"\x80\x04cos\nsystem\n(S'true'\ntR." + bytes(64),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_header_that_lies_is_refused(content, tmp_path):
    file = tmp_path / "a.safetensors"
    file.write_bytes(content)
    with pytest.raises(DamagedFile) as refused:
        header(file)
    assert refused.value.path == file


@settings(deadline=None)
@given(cut=st.integers(0, 200), at=st.integers(0, 200), byte=st.integers(0, 255))
def test_what_passes_here_passes_the_library(tmp_path_factory, cut, at, byte):
    """Whatever became of the bytes: our own error comes out, or the library reads the same shapes."""
    content = bytearray(safetensors({"a": ("F32", (2, 3)), "b": ("BF16", (4,))}))
    content[at % len(content)] = byte
    file = tmp_path_factory.mktemp("damaged") / "a.safetensors"
    file.write_bytes(bytes(content[: len(content) - cut % len(content)]))
    try:
        found = header(file)
    except DamagedFile:
        return
    with safe_open(file, framework="np") as opened:
        assert {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()} == found.shapes  # noqa: SIM118


# -- GGUF ---------------------------------------------------------------------------------------


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(tensors, notes=(), *, magic=b"GGUF", version=3, data=None, count=None):
    """(name, shape as GGUF writes it, type, offset)."""
    out = magic + struct.pack("<IQQ", version, len(tensors) if count is None else count, len(notes))
    for key, kind, value in notes:
        out += text(key) + struct.pack("<I", kind) + value
    for name, shape, kind, offset in tensors:
        out += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", side) for side in shape)
        out += struct.pack("<IQ", kind, offset)
    out += bytes(-len(out) % 32)
    return out + (bytes(4096) if data is None else data)


ARCH = ("general.architecture", 8, text("wan"))


def test_a_gguf_is_counted_with_shapes_as_torch_writes_them(tmp_path):
    file = tmp_path / "a.gguf"
    tokens = ("tokens", 9, struct.pack("<IQ", 8, 2) + text("a") + text("b"))
    numbers = ("numbers", 9, struct.pack("<IQ", 4, 3) + bytes(12))
    size = ("size", 4, struct.pack("<I", 7))
    file.write_bytes(gguf([("w", (64, 2), 8, 0), ("n", (3,), 0, 160)], [ARCH, tokens, numbers, size]))
    found = header(file)
    assert found.shapes == {"w": (2, 64), "n": (3,)}
    assert found.dtypes == {"w": "Q8_0", "n": "F32"}
    assert (found.notes["general.architecture"], found.notes["size"]) == ("wan", "7")
    assert found.parameters == 131


GGUF_LIES = {
    "no magic": gguf([], magic=b"GGML"),
    "another version": gguf([], version=1),
    "more tensors than can be": gguf([], count=1 << 60),
    "fewer tensors than claimed": gguf([("a", (32,), 8, 0)], count=2000, data=b""),
    "an unknown type": gguf([("a", (32,), 99, 0)]),
    "half a block": gguf([("a", (33,), 8, 0)]),
    "beyond the file": gguf([("a", (1 << 40,), 0, 0)]),
    "off its alignment": gguf([("a", (4,), 0, 3)]),
    "a text longer than the file": b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 50),
    "a list longer than the file": gguf([], [("a", 9, struct.pack("<IQ", 4, 1 << 50))]),
    "a list of lists": gguf([], [("a", 9, struct.pack("<IQ", 9, 1))]),
    "a thousand dimensions": gguf([("a", (1,) * 1000, 0, 0)]),
    "an alignment of no power": gguf([], [("general.alignment", 4, struct.pack("<I", 33))]),
    "a name twice": gguf([("a", (8,), 0, 0), ("a", (8,), 0, 32)]),
    "cut short": gguf([("a", (32,), 8, 0)])[:40],
}


@pytest.mark.parametrize("content", GGUF_LIES.values(), ids=GGUF_LIES)
def test_a_gguf_that_lies_is_refused(content, tmp_path):
    file = tmp_path / "a.gguf"
    file.write_bytes(content)
    with pytest.raises(DamagedFile):
        header(file)


def test_the_library_agrees_about_a_good_file(tmp_path):
    file = tmp_path / "a.safetensors"
    file.write_bytes(safetensors({"a": ("F32", (2, 3)), "b": ("BF16", (5,))}))
    with safe_open(file, framework="np") as opened:
        assert {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()} == header(file).shapes  # noqa: SIM118


def test_the_gguf_library_agrees_about_a_good_file(tmp_path):
    import numpy as np
    from gguf import GGUFWriter

    file = tmp_path / "a.gguf"
    writer = GGUFWriter(file, "wan")
    writer.add_array("tags", ["a", "b"])
    writer.add_tensor("blocks.0.weight", np.zeros((4, 64), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = header(file)
    assert (found.shapes, found.notes["general.architecture"]) == ({"blocks.0.weight": (4, 64)}, "wan")


def test_every_packed_type_that_diffusers_reads_is_known_with_the_size_of_its_blocks():
    from diffusers.quantizers.gguf.utils import SUPPORTED_GGUF_QUANT_TYPES
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    readable = {*SUPPORTED_GGUF_QUANT_TYPES, GGMLQuantizationType.F32, GGMLQuantizationType.F16}
    assert {kind.value: (kind.name, *GGML_QUANT_SIZES[kind]) for kind in readable} == weights._BLOCKS
