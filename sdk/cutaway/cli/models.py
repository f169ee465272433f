"""Models: what a server offers, and the checkpoints of this machine.

The registry of checkpoints is the runtime's. It is spoken to as a process, whose terminal, answers and exit codes
are handed through.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cutaway.cli import options as opt
from cutaway.cli.screen import Screen
from cutaway.cli.target import Target
from cutaway.client import local
from cutaway.wire import Rank

if TYPE_CHECKING:
    from cutaway.wire import Capabilities, ModelInfo

Id = Annotated[str, typer.Argument(metavar="ID", help="As `cutaway models list` names it.")]
Variant = Annotated[
    str | None, typer.Option("--variant", metavar="NAME", help="Which of several sets of weights, such as fp16.")
]
StillsFor = Annotated[
    str | None,
    typer.Option("--stills-for", metavar="ID", help="It makes pictures from words: the first ones for that model."),
]
Called = Annotated[str | None, typer.Option("--id", metavar="ID", help="What it shall be called here.")]


def add_to(app: typer.Typer) -> None:
    family = typer.Typer(
        help="Models: what the server offers, and the checkpoints of this machine.", invoke_without_command=True
    )
    family.callback()(_plain)
    family.command("list", rich_help_panel="Look")(list_)
    family.command(rich_help_panel="Look")(show)
    for verb in (pull, add, accept, verify, selftest, rm):
        family.command(rich_help_panel="Checkpoints of this machine")(verb)
    app.add_typer(family, name="models", rich_help_panel="Runtime")


def _plain(ctx: typer.Context, as_json: opt.AsJson = False) -> None:
    """`cutaway models` alone lists."""
    if ctx.invoked_subcommand is None:
        list_(ctx, as_json)


def list_(ctx: typer.Context, as_json: opt.AsJson = False) -> None:
    """List what the server can make videos with, what answers a request that names no model, and what can be pulled."""
    target, screen = Target.of(ctx), Screen(as_json=as_json)
    with target.client() as client:
        offered = client.capabilities()
    registry = _registry() if target.address is None else {"available": [], "damaged": []}
    screen.emit(offered.model_dump(mode="json") | {name: registry[name] for name in ("available", "damaged")})
    screen.show(_offered(offered))
    for info in offered.models:
        if not info.installed and info.how_to_get:
            screen.say(f"{info.id}: {info.how_to_get}")
    if registry["available"]:
        screen.say("\nFetched with `cutaway models pull ID`:")
        screen.show(_available(registry["available"]))
    for damage in registry["damaged"]:
        screen.note(damage, style="red")


def show(id_: Id, as_json: opt.AsJson = False) -> None:
    """Show what a model is, what its licence asks, and what it will take on which card."""
    _run("show", id_, as_json=as_json)


def pull(
    what: Annotated[str, typer.Argument(metavar="ID|ORG/REPO", help="A known model, or a repository of the hub.")],
    called: Called = None,
    revision: Annotated[
        str | None, typer.Option("--revision", metavar="REF", help="A branch, tag or commit; else the newest.")
    ] = None,
    variant: Variant = None,
    stills_for: StillsFor = None,
    as_json: opt.AsJson = False,
) -> None:
    """Fetch a model from its hub, each file checked against the published hash. It goes on where it stopped."""
    _run(
        "pull",
        what,
        *_options(id=called, revision=revision, variant=variant, stills_for=stills_for),
        as_json=as_json,
    )


def add(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="A diffusers folder, or a .safetensors or .gguf file.")
    ],
    called: Called = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="ID", help="The installed model that has the other components of a single file."
        ),
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="CLASS", help="What it is, where that cannot be seen.")
    ] = None,
    variant: Variant = None,
    stills_for: StillsFor = None,
    lora_for: Annotated[
        str | None, typer.Option("--lora-for", metavar="ID", help="It is a LoRA for that model, and becomes a style.")
    ] = None,
    style: Annotated[
        str | None, typer.Option("--style", metavar="NAME", help="What the style is called; the LoRA's id if left out.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option("--strength", metavar="NUMBER", help="Of the LoRA; 1 if left out.")
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Make a checkpoint known that lies on this machine. It stays where it is, and no pickle is opened."""
    words = _options(id=called, base=base, pipeline=pipeline, variant=variant, stills_for=stills_for)
    words += _options(lora_for=lora_for, style=style, strength=None if strength is None else f"{strength:g}")
    _run("add", *words, "--", *map(str, paths), as_json=as_json)


def accept(id_: Id, as_json: opt.AsJson = False) -> None:
    """Agree to the licence of a model; noted with its date and terms."""
    _run("accept", id_, as_json=as_json)


def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="All if left out.")] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Compare every file with the hash it was installed with; name what is missing or damaged."""
    _run("verify", *(ids or []), as_json=as_json)


def selftest(
    id_: Id,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="For the videos and report.json.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="exact, balanced, fast or low-memory.")
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Pixels; the checkpoint's own if left out.")
    ] = None,
    frames: Annotated[int | None, typer.Option("--frames", metavar="N", help="About a second if left out.")] = None,
    steps: Annotated[int | None, typer.Option("--steps", metavar="N", help="Of the denoiser.")] = None,
    remember: Annotated[
        bool, typer.Option("--remember", help="Note the memory it took, for `cutaway models show`.")
    ] = False,
    as_json: opt.AsJson = False,
) -> None:
    """Paint one short video of everything a model can be shown, and write a report that can be sent."""
    words = _options(out=None if out is None else str(out), profile=profile, size=size)
    words += _options(frames=None if frames is None else str(frames), steps=None if steps is None else str(steps))
    _run("selftest", id_, *words, *(["--remember"] if remember else []), as_json=as_json)


def rm(ids: Annotated[list[str], typer.Argument(metavar="ID...")], as_json: opt.AsJson = False) -> None:
    """Forget models and delete what was pulled of them; files that were added stay."""
    _run("rm", *ids, as_json=as_json)


def _options(**given: str | None) -> list[str]:
    """Those that were given, as the runtime spells them."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None]


def _command(*words: str) -> list[str]:
    local.installed_or_raise()
    return [sys.executable, "-m", "cutaway_runtime", "models", *words]


def _run(verb: str, *words: str, as_json: bool) -> None:
    """Let the runtime carry it out in this terminal, and end as it ends."""
    process = subprocess.Popen(_command(verb, *(["--json"] if as_json else []), *words))  # noqa: S603 - our own module, no shell
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # The terminal sent Ctrl-C to it as well; it says how to go on.
        code = process.wait()
    if code:
        raise typer.Exit(code)


def _registry() -> dict[str, Any]:
    """What this machine's registry lists."""
    done = subprocess.run(_command("list", "--json"), capture_output=True, text=True, check=True)  # noqa: S603 - as above
    listed: dict[str, Any] = json.loads(done.stdout)
    return listed


def _offered(offered: Capabilities) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("model", "installed", "default for", "verbs", "what it is"):
        table.add_column(column, overflow="fold")
    for info in offered.models:
        default_for = [str(verb) for verb, name in offered.default_models.items() if name == info.id]
        kind = "preview; " if info.preview else ""
        table.add_row(
            info.id,
            "yes" if info.installed else "no",
            ", ".join(default_for),
            _verbs(info),
            escape(kind + info.description),
        )
    return table


def _verbs(info: ModelInfo) -> str:
    """Verbs, with the rank of those that are not native; what has none paints pictures for another model."""
    ranked = (str(verb) if rank is Rank.NATIVE else f"{verb} ({rank})" for verb, rank in info.verbs.items())
    return ", ".join(ranked) or "first pictures only"


def _available(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column, justify in (("model", "left"), ("weights", "right"), ("licence", "left"), ("what it is", "left")):
        table.add_column(column, overflow="fold", justify="right" if justify == "right" else "left")
    for row in rows:
        size = f"{row['weights_bytes'] / 1e9:.1f} GB" if row["weights_bytes"] else ""
        terms = row["licence"] if row["licence_accepted"] else f"{row['licence']} (to be accepted)"
        table.add_row(row["id"], size, escape(terms), escape(row["title"]))
    return table
