"""Checkpoints somebody may publish that want to run something, or to read something: named for their trick.

Each is a whole small checkpoint that is accepted as it is (`tests/runtime/registry/loopback_hub.py`), with one thing
changed. Code in them writes a marker; nothing may ever write it.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "runtime" / "registry"))

from loopback_hub import files_of_a_checkpoint, write

if TYPE_CHECKING:
    from collections.abc import Callable

VAE = "vae/diffusion_pytorch_model"


class _Writes:
    """A pickle that writes the marker when it is opened."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return open, (str(self._marker), "w")


def tricks() -> dict[str, Callable[[Path, Path], None]]:  # noqa: C901 - small makers side by side
    """What makes the folder of each: (folder, marker) -> None."""

    def changed(**files: Any) -> Callable[[Path, Path], None]:
        """Names -> bytes, what makes bytes of the marker, changes of a JSON, or None for gone."""

        def fill(folder: Path, marker: Path) -> None:
            write(folder, files_of_a_checkpoint())
            for name, content in files.items():
                path = folder / name
                if content is None:
                    path.unlink()
                elif isinstance(content, dict):
                    path.write_text(json.dumps({**json.loads(path.read_bytes()), **content}))
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content(marker) if callable(content) else content)

        return fill

    def a_pickle(marker: Path) -> bytes:
        return pickle.dumps(_Writes(marker))

    def code(marker: Path) -> bytes:
        return f"open({str(marker)!r}, 'w')\n".encode()

    def renamed(old: str, new: str) -> Callable[[Path, Path], None]:
        def fill(folder: Path, marker: Path) -> None:
            changed()(folder, marker)
            (folder / old).unlink()
            (folder / new).write_bytes(a_pickle(marker))

        return fill

    def torch_archive(folder: Path, marker: Path) -> None:
        changed()(folder, marker)
        (folder / f"{VAE}.safetensors").unlink()
        with zipfile.ZipFile(folder / f"{VAE}.bin", "w") as made:
            made.writestr("archive/data.pkl", a_pickle(marker))
            made.writestr("archive/version", "3")

    def linked(name: str) -> Callable[[Path, Path], None]:
        def fill(folder: Path, marker: Path) -> None:
            changed()(folder, marker)
            (folder / name).unlink()
            (folder / name).symlink_to("/etc/passwd")

        return fill

    def alone(name: str, content: Callable[[Path], bytes]) -> Callable[[Path, Path], None]:
        return lambda folder, marker: (folder / name).write_bytes(content(marker)) and None

    header = struct.pack("<Q", 1 << 40) + b"{}"
    index = "transformer/diffusion_pytorch_model.safetensors.index.json"
    return {
        "a pickle for a safetensors": renamed(f"{VAE}.safetensors", f"{VAE}.bin"),
        "a pickle called safetensors": renamed(f"{VAE}.safetensors", f"{VAE}.safetensors"),
        "a pickle of another suffix": renamed(f"{VAE}.safetensors", f"{VAE}.pt"),
        "an archive of a pickle": torch_archive,
        "a lone ckpt": alone("model.ckpt", a_pickle),
        "a lone pickle called gguf": alone("model.gguf", a_pickle),
        "a pickle for a tokenizer": changed(**{"tokenizer/vocab.pkl": a_pickle}),
        "code beside the weights": changed(**{"pipeline.py": code, "transformer/modeling.py": code, "setup.py": code}),
        "a pipeline of its own": changed(**{"model_index.json": {"custom_pipeline": "evil"}, "evil.py": code}),
        "a pipeline class of its own": changed(
            **{"model_index.json": {"_class_name": ["pipeline", "Evil"]}, "pipeline.py": code}
        ),
        "a pipeline class of nobody": changed(**{"model_index.json": {"_class_name": "EvilPipeline"}}),
        "a part from a module of its own": changed(**{"model_index.json": {"vae": ["evil", "Evil"]}, "evil.py": code}),
        "a part from the library of the system": changed(**{"model_index.json": {"vae": ["os", "system"]}}),
        "a part that climbs": changed(**{"model_index.json": {"vae": ["../evil", "Evil"]}}),
        "a part called by a path": changed(**{"model_index.json": {"../../evil": ["diffusers", "AutoencoderKLWan"]}}),
        "remote code in a configuration": changed(
            **{"text_encoder/config.json": {"auto_map": {"AutoModel": "evil.Evil"}}, "evil.py": code}
        ),
        "remote code deep inside": changed(
            **{"transformer/config.json": {"a": [{"auto_map": {"AutoModel": "evil.Evil"}}]}}
        ),
        "remote code of a tokenizer": changed(
            **{"tokenizer/tokenizer_config.json": {"auto_map": {"AutoTokenizer": ["evil.Evil", None]}}}
        ),
        "trust in a configuration": changed(**{"model_index.json": {"trust_remote_code": True}, "pipeline.py": code}),
        "a header longer than the disk": changed(**{f"{VAE}.safetensors": header}),
        "a header nested without end": changed(**{f"{VAE}.safetensors": struct.pack("<Q", 200_000) + b"[" * 200_000}),
        "a shard that climbs": changed(**{index: {"weight_map": {"a": "../../../../etc/passwd"}}}),
        "a shard of an absolute name": changed(**{index: {"weight_map": {"a": "/etc/passwd"}}}),
        "weights that are a link": linked(f"{VAE}.safetensors"),
        "a configuration that is a link": linked("model_index.json"),
        "a configuration without end": changed(**{"model_index.json": b"[" * 500_000}),
        "a configuration that is no text": changed(**{"model_index.json": b"\xff\xfe\x00"}),
        "a configuration of 4,000 digits": changed(
            **{"transformer/config.json": b'{"num_layers": ' + b"9" * 4000 + b"}"}
        ),
    }


def added(checkpoint: Path, home: Path) -> str:
    """How `models add` ends with it: taken, or refused in words. What was taken is what cutaway reads, and no more."""
    from cutaway.errors import CutawayError
    from cutaway_runtime.registry.add import add
    from cutaway_runtime.registry.store import Store

    os.environ["HF_HUB_OFFLINE"] = "1"
    store = Store(home)
    alone = [path for path in checkpoint.iterdir() if path.suffix in {".ckpt", ".gguf"}]
    try:
        manifest = add(store, alone[:1] or [checkpoint])
    except CutawayError:
        return "refused"
    strange = [
        file.path for file in manifest.files if not file.path.endswith((".json", ".safetensors", ".model", ".txt"))
    ]
    shutil.rmtree(home, ignore_errors=True)
    return f"reads {strange}" if strange else "taken"
