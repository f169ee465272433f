"""Make known what already lies on this machine. Files stay where they are; they are hashed, and none is changed.

    add(store, [FOLDER])                       a diffusers checkpoint, as `save_pretrained` writes it
    add(store, [FILE], base=ID)                a denoiser in one file (.safetensors, .gguf); the rest is another model's
    add_lora(store, [FILE], model=ID)          a LoRA; a style of that model from then on

Of a model with two experts two files are given: the one for the rough of a shot, then the one for its detail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.registry import layout, weights
from cutaway_runtime.registry.errors import DamagedFile, PickleOnly, RegistryError, UnknownCheckpoint, UnknownModel
from cutaway_runtime.registry.folder import Checkpoint, inside
from cutaway_runtime.registry.known import MANIFESTS
from cutaway_runtime.registry.manifest import FolderSource, Lora, Manifest, WeightFile
from cutaway_runtime.registry.pipelines import PIPELINES, is_lora, recognised
from cutaway_runtime.registry.progress import Tally, unwatched
from cutaway_runtime.registry.pull import slug
from cutaway_runtime.registry.reading import DENOISERS, found, manifest_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cutaway_runtime.registry.progress import Watch
    from cutaway_runtime.registry.store import Installed, Store

EXPERTS: Final = ("transformer", "transformer_2")
_FIRST_LAYERS: Final = ("patch_embedding.weight", "patchify_proj.weight", "x_embedder.proj.weight")
"""Of a denoiser: their first dimension is its width."""


def add(
    store: Store,
    paths: Sequence[Path],
    *,
    model_id: str | None = None,
    base: str | None = None,
    pipeline: str | None = None,
    variant: str | None = None,
    watch: Watch = unwatched,
) -> Manifest:
    """Install a checkpoint that lies on this machine.

    `model_id` is made from the name of the folder or file when left out; with the id of a known model the checkpoint
    is taken for that one, its licence and schedule included.

    Raises:
        UnknownCheckpoint: it is not of a kind that cutaway runs, or not of the kind that `base` and `pipeline` say.
        PickleOnly, UnsafeCheckpoint, DamagedFile: it is left closed, or does not hold what it should.
        UnknownModel: `base` is not installed.
        RegistryError: the id is taken.
    """
    if pipeline is not None and pipeline not in PIPELINES:
        raise UnknownCheckpoint(f"{pipeline} is no pipeline that cutaway runs; it runs: {', '.join(sorted(PIPELINES))}")
    whole = len(paths) == 1 and paths[0].is_dir()
    name = model_id or slug(paths[0].name if whole else paths[0].stem)
    _free(store, name, paths)
    if whole:
        manifest = _folder(paths[0].absolute(), name, pipeline, variant, watch)
    else:
        manifest = _files(store, [path.absolute() for path in paths], name, base, pipeline, watch)
    store.put(manifest)
    return manifest


def add_lora(
    store: Store,
    paths: Sequence[Path],
    *,
    model: str,
    lora_id: str | None = None,
    style: str | None = None,
    strength: float = 1.0,
    watch: Watch = unwatched,
) -> Lora:
    """Install a LoRA and make it a style of an installed model, named `style`, else by its id.

    Raises:
        UnknownModel: no such model is installed.
        UnknownCheckpoint: the file is no LoRA.
        PickleOnly, DamagedFile: it is left closed.
        RegistryError: the id or the style is taken.
    """
    installed = store.get(model)
    name = lora_id or slug(paths[0].stem)
    _free(store, name, paths)
    root = _one_folder([path.absolute() for path in paths])
    for path in paths:
        if not is_lora(_header(path).shapes):
            raise UnknownCheckpoint(f"{path} has no tensors of a LoRA in it; a whole model is added without --lora-for")
    look = style or name
    taken = installed.manifest.loras.get(look)
    if taken not in {None, name}:
        raise RegistryError(f"{model} has a style called {look} already ({taken}); choose another with --style")
    names = [path.name for path in paths]
    lora = Lora(
        id=name,
        title=look,
        models=(model,),
        source=FolderSource(path=str(root)),
        files=_hashed(root, names, watch),
        parts=dict(zip(_components(installed, len(names)), names, strict=True)),
        strength=strength,
    )
    store.put(lora)
    store.put(installed.manifest.model_copy(update={"loras": {**installed.manifest.loras, look: name}}))
    return lora


def stills_for(store: Store, model: str, stills: str) -> Manifest:
    """Let `stills`, an installed text-to-image model, paint the first picture for `model`.

    Raises:
        UnknownModel: one of them is not installed.
        UnknownCheckpoint: `stills` is no text-to-image model.
    """
    painter, moved = store.get(stills).manifest, store.get(model).manifest
    if painter.family != "stills":
        raise UnknownCheckpoint(f"{stills} is a {painter.pipeline}, which does not paint single pictures from words")
    made = moved.model_copy(update={"stills": painter.id})
    store.put(made)
    return made


def _free(store: Store, name: str, paths: Sequence[Path]) -> None:
    """The id is nobody's, or that of the same files."""
    for path in paths:
        if not path.exists():
            raise UnknownCheckpoint(f"{path} does not exist; name a folder, a .safetensors or a .gguf file")
    try:
        records: list[Manifest | Lora] = [store.get(name).manifest]
    except UnknownModel:
        records = []
    records += [one.lora for one in store.loras() if one.lora.id == name]
    root = paths[0].absolute() if paths[0].is_dir() else paths[0].absolute().parent
    for record in records:
        if not isinstance(record.source, FolderSource) or record.source.path != str(root):
            raise RegistryError(f"{name} is installed already, from elsewhere; choose another id with --id")


def _folder(folder: Path, name: str, pipeline: str | None, variant: str | None, watch: Watch) -> Manifest:
    checkpoint = Checkpoint.read(folder, variant=variant)
    files = _hashed(folder, checkpoint.files, watch)
    source = FolderSource(path=str(folder))
    made = manifest_of(checkpoint, model_id=name, title=folder.name, source=source, files=files, variant=variant)
    if pipeline is not None:
        if PIPELINES[pipeline] != made.family:
            raise UnknownCheckpoint(f"{folder} is of {made.pipeline}, which is not of one kind with {pipeline}")
        made = made.model_copy(update={"pipeline": pipeline})
    known = MANIFESTS.get(name)
    return made if known is None or known.family != made.family else found(known, made)


def _files(
    store: Store, paths: Sequence[Path], name: str, base: str | None, pipeline: str | None, watch: Watch
) -> Manifest:
    """Denoisers of one file each; everything else is the base's."""
    root = _one_folder(paths)
    headers = [_header(path) for path in paths]
    for path, header in zip(paths, headers, strict=True):
        if is_lora(header.shapes):
            raise UnknownCheckpoint(f"{path} is a LoRA; say which model it is for with --lora-for ID")
        if any(tensor.endswith(("scaled_fp8", ".scale_weight", ".weight_scale")) for tensor in header.shapes):
            raise UnknownCheckpoint(
                f"{path} is in scaled fp8, which diffusers does not read; take the bf16, fp16 or GGUF file of the model"
            )
        if any(note.startswith("comfy.gguf.orig_shape.") for note in header.notes):
            raise UnknownCheckpoint(
                f"{path} has tensors in other shapes than their own, which diffusers cannot load; take the GGUF of "
                "somebody who keeps the shapes, or the bf16 file of the model"
            )
    kind = pipeline or recognised(headers[0].shapes)
    if kind is None:
        raise UnknownCheckpoint(
            f"{paths[0]} has the tensors of no denoiser that cutaway knows; if you know what it is, say so with "
            f"--pipeline CLASS: {', '.join(sorted(PIPELINES))}"
        )
    rest = _base(store, paths[0], kind, base)
    whole = rest.manifest
    if PIPELINES[kind] != whole.family:
        raise UnknownCheckpoint(
            f"{paths[0]} is of {kind}, and {whole.id} is of {whole.pipeline}; choose another --base"
        )
    for path, header in zip(paths, headers, strict=True):
        _same_width(path, header, whole)
    parts = _components(rest, len(paths))
    counted = {part: header.parameters for part, header in zip(parts, headers, strict=True)}
    names = [path.name for path in paths]
    return whole.model_copy(
        update={
            "id": name,
            "title": paths[0].stem,
            "description": f"{', '.join(names)}, with the other components of {whole.id}",
            "source": FolderSource(path=str(root)),
            "files": _hashed(root, names, watch),
            "overrides": dict(zip(parts, names, strict=True)),
            "base": whole.id,
            "parameters": counted[parts[0]],
            "weights": {**whole.weights, **counted},
            "measured": (),
            "loras": {},
        }
    )


def _base(store: Store, path: Path, pipeline: str, base: str | None) -> Installed:
    """The installed model that has the other components."""
    if base is not None:
        rest = store.get(base)
        if rest.manifest.base is not None:
            raise UnknownCheckpoint(f"{base} takes its own components from {rest.manifest.base}; name that as --base")
        return rest
    able = [one for one in store.installed() if one.manifest.pipeline == pipeline and one.manifest.base is None]
    if len(able) == 1:
        return able[0]
    names = [one.manifest.id for one in able] or [
        f"{known.id} (not installed)" for known in store.known() if known.pipeline == pipeline
    ]
    raise UnknownCheckpoint(
        f"{path} is the denoiser of a {pipeline} and has neither text encoder nor decoder; name the installed model "
        f"that has them with --base ID: {', '.join(names) or 'none is known'}"
    )


def _components(installed: Installed, count: int) -> tuple[str, ...]:
    """Which components that many files are for."""
    denoisers = [part for part in (*DENOISERS, "transformer_2") if part in installed.manifest.weights] or [
        "transformer"
    ]
    if count > len(denoisers):
        raise UnknownCheckpoint(f"{installed.manifest.id} has {len(denoisers)} denoisers, and {count} files were named")
    return tuple(denoisers[:count])


def _same_width(path: Path, header: weights.Header, base: Manifest) -> None:
    for tensor, shape in header.shapes.items():
        if tensor.endswith(_FIRST_LAYERS) and "vace" not in tensor and base.dimensions and shape:
            if shape[0] != base.dimensions.hidden:
                raise UnknownCheckpoint(
                    f"{path} is {shape[0]} wide and {base.id} {base.dimensions.hidden}; it is of another size of "
                    "the model: choose another --base"
                )
            return


def _header(path: Path) -> weights.Header:
    if path.suffix in layout.PICKLES:
        raise PickleOnly(
            f"{path} is a pickle, which can run code when it is opened, so it was left closed. {layout.CONVERT}",
            path=path,
        )
    if path.suffix not in {".safetensors", ".gguf"}:
        raise UnknownCheckpoint(f"{path} is neither a diffusers folder nor a .safetensors or .gguf file")
    return weights.header(path)


def _one_folder(paths: Sequence[Path]) -> Path:
    root = paths[0].absolute().parent
    if any(path.absolute().parent != root for path in paths):
        raise UnknownCheckpoint("files of one model lie in one folder; move them together")
    return root


def _hashed(root: Path, names: Iterable[str], watch: Watch) -> tuple[WeightFile, ...]:
    sizes = {name: inside(root / name, root).stat().st_size for name in names}
    tally = Tally(sum(sizes.values()), watch)
    files = []
    for name, size in sizes.items():
        tally.file = name
        files.append(WeightFile(path=name, bytes=size, sha256=weights.sha256(root / name, tally.add)))
        if (root / name).stat().st_size != size:
            raise DamagedFile(f"{root / name} changed while it was read; wait until it is whole", path=root / name)
    return tuple(files)
