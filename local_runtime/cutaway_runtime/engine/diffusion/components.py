"""The parts of checkpoints in memory, within a budget of bytes.

A part (text encoder, denoiser, decoder) is loaded when it is asked for and stays until room is needed;
then the one that was used longest ago leaves. Parts are shared by every pipeline built on them.
"""

from __future__ import annotations

import copy
import gc
import inspect
import json
import os
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import diffusers
import torch
import transformers
from diffusers.hooks import apply_group_offloading
from safetensors import SafetensorError

from cutaway_runtime.engine.base import EngineError
from cutaway_runtime.engine.diffusion.attention import fastest
from cutaway_runtime.engine.diffusion.profiles import Offload, Running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cutaway_runtime.registry.manifest import Manifest

LIBRARIES: Final = {"diffusers": diffusers, "transformers": transformers, "ltx2": diffusers.pipelines.ltx2}
"""Where classes named by a checkpoint may come from. Code that lies beside weights is never run."""
DENOISERS: Final = ("transformer", "transformer_2", "unet")
TEXT_PARTS: Final = ("text_encoder", "text_encoder_2", "text_encoder_3", "connectors")
_CPU: Final = torch.device("cpu")
transformers.utils.logging.disable_progress_bar()
diffusers.utils.logging.disable_progress_bar()


@dataclass
class Part:
    """One loaded part, and what it takes."""

    module: Any
    bytes: int


class Residency:
    """What is loaded, of all checkpoints, the least recently used first. `budget` is in bytes, None without end."""

    def __init__(self, budget: int | None = None) -> None:
        self.budget = budget
        self._parts: OrderedDict[tuple[str, str], Part] = OrderedDict()

    @classmethod
    def of_this_machine(cls) -> Residency:
        """As much as the GPU has, or half of the memory where there is none, less what painting itself takes."""
        if torch.cuda.is_available():
            return cls(int(torch.cuda.mem_get_info()[1] * 0.8))
        return cls(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2 if hasattr(os, "sysconf") else None)

    @property
    def bytes(self) -> int:
        """Of all that is loaded."""
        return sum(part.bytes for part in self._parts.values())

    def loaded(self, model: str) -> list[str]:
        """The parts of a checkpoint that are here."""
        return [name for owner, name in self._parts if owner == model]

    def get(self, model: str, name: str, load: Callable[[], Any], coming: int = 0) -> Any:
        """The part, loaded if it is not, and now the last one to leave.

        `coming` is about how many bytes it will take: room for it is made before it is loaded.
        """
        key = (model, name)
        if key not in self._parts:
            self._make_room(keep=model, coming=coming)
            module = load()
            self._parts[key] = Part(module, size_of(module))
        self._parts.move_to_end(key)
        self._make_room(keep=model)
        return self._parts[key].module

    def drop(self, model: str, name: str) -> None:
        """The part leaves, if it is here."""
        if self._parts.pop((model, name), None) is not None:
            release()

    def keep_only(self, model: str) -> None:
        """Every part of every other checkpoint leaves."""
        for owner, name in list(self._parts):
            if owner != model:
                del self._parts[owner, name]
        release()

    def _make_room(self, keep: str, coming: int = 0) -> None:
        while self.budget is not None and self.bytes + coming > self.budget:
            oldest = next((key for key in self._parts if key[0] != keep), None)
            if oldest is None:
                return
            self.drop(*oldest)


class Checkpoint:
    """`models.base.Components` of one installed checkpoint, in a residency.

    `overrides` are files that replace the weights of a part. `at_forward` is called before every pass
    through a denoiser; raising from it ends the pass.
    """

    def __init__(
        self,
        manifest: Manifest,
        folder: Path,
        residency: Residency,
        device: torch.device,
        at_forward: Callable[[], None],
        overrides: Mapping[str, Path] | None = None,
    ) -> None:
        self.manifest = manifest
        self.folder = folder
        self.device = device
        self.residency = residency
        self._overrides = overrides or {}
        self._running = Running()
        self._at_forward = at_forward

    @property
    def running(self) -> Running:
        """How its parts are loaded. Parts that were loaded in another way leave when this changes."""
        return self._running

    @running.setter
    def running(self, running: Running) -> None:
        if _loading(running) != _loading(self._running):
            self.drop(*self.residency.loaded(self.manifest.id))
        self._running = running

    @cached_property
    def index(self) -> dict[str, Any]:
        """`model_index.json`: the pipeline's own settings, and [library, class] for each part."""
        index: dict[str, Any] = json.loads((self.folder / "model_index.json").read_text("utf-8"))
        return index

    def config(self, name: str) -> dict[str, Any]:
        """The configuration of a part; {} where it has none. "" is `model_index.json`."""
        if not name:
            return self.index
        found = [path for path in self.folder.glob(f"{name}/*config.json") if "generation" not in path.name]
        if not found:
            return {}
        config: dict[str, Any] = json.loads(found[0].read_text("utf-8"))
        return config

    def has(self, name: str) -> bool:
        """Whether the checkpoint comes with that part."""
        entry = self.index.get(name)
        return isinstance(entry, list) and entry[0] is not None

    def part(self, name: str) -> Any:
        """The part, loaded; None where the checkpoint comes without it."""
        if not self.has(name):
            return None
        return self.residency.get(self.manifest.id, name, lambda: self._read(name), self._on_disk(name))

    def drop(self, *names: str) -> None:
        """Those parts leave memory."""
        for name in names:
            self.residency.drop(self.manifest.id, name)

    def pipeline(self, name: str, *parts: str) -> Any:
        """A diffusers pipeline of that class with these parts loaded and every other one None."""
        cls = getattr(diffusers, name)
        wanted = set(inspect.signature(cls.__init__).parameters) - {"self"}
        settings = {key: value for key, value in self.index.items() if not isinstance(value, list)}
        given = {part: self.part(part) if part in parts else None for part in wanted - settings.keys()}
        given["scheduler"] = copy.deepcopy(self.part("scheduler"))
        pipe = cls(**given, **{key: settings[key] for key in wanted & settings.keys()})
        pipe.set_progress_bar_config(disable=True)
        self._place(pipe, [given[part] for part in parts if isinstance(given.get(part), torch.nn.Module)])
        return pipe

    def denoisers(self) -> list[Any]:
        """All it comes with, loaded."""
        return [self.part(name) for name in DENOISERS if self.has(name)]

    def _place(self, pipe: Any, modules: list[Any]) -> None:
        """Where parts take turns: one alone goes to the device, several are moved by the pipeline as they are used."""
        if self._running.offload is not Offload.PARTS or self.device == _CPU:
            return
        pipe.remove_all_hooks()
        for other in self.residency.loaded(self.manifest.id):
            module = self.part(other)
            if isinstance(module, torch.nn.Module) and (len(modules) > 1 or module not in modules):
                module.to(_CPU)
        if len(modules) > 1:
            pipe.enable_model_cpu_offload(device=self.device)
        elif modules:
            modules[0].to(self.device)

    def _on_disk(self, name: str) -> int:
        """Bytes of its weights as they lie there, about those it will take."""
        single = self._overrides.get(name)
        files = [single] if single is not None else (self.folder / name).glob("*.safetensors")
        return sum(path.stat().st_size for path in files if path.exists())

    def _read(self, name: str) -> Any:
        """The part, loaded.

        Raises:
            EngineError: its files are missing or damaged, or its class is not known here.
        """
        try:
            return self._load(name)
        except (OSError, SafetensorError) as error:
            raise EngineError(
                f"the {name} of {self.manifest.id} cannot be read: {error}. "
                f"`cutaway models verify {self.manifest.id}` names what is missing or damaged",
                code="damaged_model",
            ) from error

    def _load(self, name: str) -> Any:
        cls, folder = self._class_of(name), self.folder / name
        if not issubclass(cls, torch.nn.Module):
            return cls.from_pretrained(folder, local_files_only=True)
        dtype = getattr(torch, self.manifest.dtypes.get(name, self.manifest.dtype))
        # Its weights go on asking for gradients, which nothing computes: torch multiplies some matrices in another
        # order where they do not, and the last bits would not be those of a bare pipeline.
        module = self._weights(cls, name, dtype).eval()
        running, denoiser = self._running, name in DENOISERS
        if denoiser and running.best_attention:
            module.set_attention_backend(fastest(self.device, dtype, _head_size(module), masks=takes_masks(module)))
        if denoiser and running.eight_bits:
            module.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)
        elif denoiser and running.compiled and self.device.type == "cuda":
            compile_blocks(module)
        if running.offload is Offload.BLOCKS and (denoiser or name in TEXT_PARTS):
            self._bring_piecewise(module, "block_level" if denoiser else "leaf_level")
        elif running.offload is not Offload.PARTS:
            module.to(self.device)
        if denoiser:
            module.register_forward_pre_hook(lambda *_: self._at_forward())
        if name == "vae" and running.tiles and hasattr(module, "use_tiling"):
            module.enable_tiling()
        return module

    def _bring_piecewise(self, module: Any, kind: str) -> None:
        """Its weights stay in main memory; each block or leaf is on the device for its own pass only."""
        streamed = self.device.type == "cuda" and kind == "block_level"
        apply_group_offloading(
            module,
            onload_device=self.device,
            offload_device=_CPU,
            offload_type=kind,
            num_blocks_per_group=1,
            use_stream=streamed,
            record_stream=streamed,
        )

    def _class_of(self, name: str) -> Any:
        library, cls_name = self.index[name]
        cls = getattr(LIBRARIES.get(library), cls_name, None)
        if cls is None:
            raise EngineError(
                f"{self.manifest.id} asks for {library}.{cls_name} as its {name}, which is not part of diffusers "
                f"{diffusers.__version__} or transformers {transformers.__version__}; code that comes with weights is "
                "never run. Update both, or use a checkpoint made for them",
                code="unsupported_model",
            )
        return cls

    def _weights(self, cls: Any, name: str, dtype: torch.dtype) -> Any:
        """The part from its folder, or from the one file that replaces its weights."""
        single = self._overrides.get(name)
        if single is None:
            variant = self.manifest.variant
            named = variant is not None and any((self.folder / name).glob(f"*.{variant}*.safetensors"))
            more = {"variant": variant} if named else {}
            return cls.from_pretrained(
                self.folder / name, dtype=dtype, local_files_only=True, use_safetensors=True, **more
            )
        quantised = diffusers.GGUFQuantizationConfig(compute_dtype=dtype) if single.suffix == ".gguf" else None
        return cls.from_single_file(
            str(single),
            config=str(self.folder),
            subfolder=name,
            quantization_config=quantised,
            torch_dtype=dtype,
            local_files_only=True,
        )


def _loading(running: Running) -> tuple[object, ...]:
    """What of it a part has to be loaded anew for."""
    return (running.best_attention, running.compiled, running.offload, running.eight_bits, running.tiles)


def _head_size(module: Any) -> int:
    """Of its attention; a U-Net lists numbers of heads under that name, and its heads are of 64."""
    size = getattr(module.config, "attention_head_dim", None)
    return size if isinstance(size, int) else 64


def takes_masks(module: Any) -> bool:
    """Whether some of what it attends to can be hidden from it."""
    return any("mask" in name for name in inspect.signature(type(module).forward).parameters)


def compile_blocks(module: Any, **how: Any) -> None:
    """Compiles the blocks of a denoiser that are alike, each by itself; `how` goes to `torch.compile`.

    Their `forward` is compiled, not the call of the block, as `compile_repeated_blocks` does it: what is hooked to a
    block later, to reuse steps or to bring its weights, runs round the graph, for it cannot be part of one. Classes
    that name no such blocks are left as they are.
    """
    names = getattr(module, "_repeated_blocks", None) or ()
    for block in module.modules():
        if type(block).__name__ in names:
            block.forward = torch.compile(block.forward, fullgraph=True, **how)


def size_of(module: Any) -> int:
    """Bytes of its parameters and buffers."""
    if not isinstance(module, torch.nn.Module):
        return 0
    return sum(t.numel() * t.element_size() for t in (*module.parameters(), *module.buffers()))


def release() -> None:
    """Gives back what is no longer referred to."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
