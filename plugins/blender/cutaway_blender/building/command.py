# SPDX-License-Identifier: GPL-3.0-or-later
"""`cutaway blender`: build, install, plate. It joins the command line by `cutaway.commands`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from cutaway.cli import options as opt
from cutaway.cli.screen import Screen
from cutaway_blender.building.extension import build as build_extension
from cutaway_blender.building.extension import find_tool
from cutaway_blender.building.installing import find_blender, here, installed
from cutaway_blender.building.wheels import PLATFORMS, BuildFailed

Blender = Annotated[
    Path | None,
    typer.Option("--blender", metavar="PROGRAM", help="A Blender, or a Python that has bpy. [the one on PATH]"),
]
Shelf = Annotated[
    Path | None, typer.Option("--wheels", metavar="FOLDER", help="Where downloaded wheels are kept for the next time.")
]


def add_to(app: typer.Typer) -> None:
    family = typer.Typer(help="Blender: build the extension, install it, make plates.", no_args_is_help=True)
    for verb in (build, install, plate):
        family.command()(verb)
    app.add_typer(family, name="blender", rich_help_panel="Editors")


def build(
    out: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="The repository that is made.")] = Path(
        "dist/blender"
    ),
    platform: Annotated[
        list[str] | None, typer.Option("--platform", help=f"One of {', '.join(PLATFORMS)}; all if not said.")
    ] = None,
    blender: Blender = None,
    shelf: Shelf = None,
    as_json: opt.AsJson = False,
) -> None:
    """Build the extension: a zip for each platform, and a repository of them that any web server can serve.

    Example: cutaway blender build --platform linux-x64
    """
    screen = Screen(as_json=as_json)
    unknown = [name for name in platform or () if name not in PLATFORMS]
    if unknown:
        raise BuildFailed(f"{unknown[0]} is no platform of the extension; those are {', '.join(PLATFORMS)}")
    chosen = [PLATFORMS[name] for name in platform or PLATFORMS]
    made = build_extension(out, chosen, find_tool([blender] if blender else ()), shelf=shelf)
    screen.emit({"zips": [str(path) for path in made.zips], "index": str(made.index)})
    for path in made.zips:
        screen.say(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    screen.say(f"{made.index}  add the address of its folder in Blender: Preferences > Get Extensions > Repositories")


def install(
    blender: Blender = None,
    zip_file: Annotated[
        Path | None, typer.Option("--zip", metavar="FILE", help="A zip that was built before.", exists=True)
    ] = None,
    resources: Annotated[
        Path | None, typer.Option("--resources", metavar="FOLDER", help="Blender's user folder, where it is another.")
    ] = None,
    shelf: Shelf = None,
    as_json: opt.AsJson = False,
) -> None:
    """Install the extension into a Blender of this machine and enable it.

    Example: cutaway blender install --blender /opt/blender/blender
    """
    screen = Screen(as_json=as_json)
    program = find_blender(blender)
    with tempfile.TemporaryDirectory() as temporary:
        if zip_file is None:
            folder = Path(temporary) / "repository"
            zip_file = build_extension(folder, [here()], _tool_of(program), shelf=shelf).zips[0]
        installed(zip_file, program, resources=resources)
        screen.emit({"installed": zip_file.name, "blender": str(program)})
        screen.say(f"{zip_file.name} is installed in {program} and enabled; its panel is in the sidebar, tab Cutaway")


def plate(
    ctx: typer.Context,
    blend: Annotated[Path, typer.Argument(metavar="FILE.blend", help="The scene. It is only read.", exists=True)],
    *,
    prompt: Annotated[str, typer.Option("--prompt", help="What is behind everything.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.blend", help="The file with the plate.")],
    camera: Annotated[str, typer.Option("--camera", metavar="NAME", help="[the active one]", show_default=False)] = "",
    scene: Annotated[str, typer.Option("--scene", metavar="NAME", help="[the active one]", show_default=False)] = "",
    span: Annotated[
        str | None, typer.Option("--range", metavar="FIRST-LAST", help="Scene frames, both in it. [those of the scene]")
    ] = None,
    shown: Annotated[
        str | None,
        typer.Option("--shown", metavar="LOOK", help="Send the first frame as clay, depth or normals. [words alone]"),
    ] = None,
    mode: Annotated[str, typer.Option("--mode", help="plane, world or compositor.")] = "plane",
    loop: Annotated[bool, typer.Option("--loop", help="Ask for a clip whose end runs into its start.")] = False,
    seed: Annotated[int | None, typer.Option("--seed", help="Of the generation.")] = None,
    style: Annotated[str | None, typer.Option("--style", help="A preset of the server.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="[the server's choice]")] = None,
    blender: Blender = None,
    as_json: opt.AsJson = False,
) -> None:
    """Put a generated clip behind what a camera sees, exactly as long and as large as the scene renders.

    Example: cutaway blender plate shot.blend --camera Camera --prompt "a desert at dusk" -o out.blend
    """
    from cutaway.cli.target import Target, writable
    from cutaway_blender.building.background import plated

    screen, target = Screen(as_json=as_json), Target.of(ctx)
    writable(output)
    program = find_blender(blender)
    more = {"shown": shown, "mode": mode, "loops": loop, "seed": seed, "style": style, "model": model}
    asked = {"prompt": prompt, "scene": scene, "camera": camera, "range": _frames(span), "more": more}
    with target.client() as client:
        client.models.list()  # the runtime of this machine is started here, where it is installed
    environment = {"CUTAWAY_BASE_URL": target.address or "", "CUTAWAY_API_KEY": target.api_key or ""}
    told = plated(
        program, blend, output, asked, environment={key: value for key, value in environment.items() if value}
    )
    screen.emit({"out": str(output), **told})
    last = told["first"] + told["frames"] - 1
    screen.say(f"{output}  frames {told['first']} to {last} behind {told['camera']}, by the {told['mode']}")
    if not told["keeps_colours"]:
        screen.note(f"  the scene's view is {told['view']}, which changes the plate's colours; Standard does not")


def _frames(span: str | None) -> tuple[int, int] | None:
    """FIRST-LAST as scene frames."""
    if span is None:
        return None
    first, _, last = span.partition("-")
    if not (first.isdigit() and last.isdigit() and int(first) <= int(last)):
        raise typer.BadParameter(f"{span}: scene frames are written FIRST-LAST, such as 1-48")
    return int(first), int(last)


def _tool_of(program: Path) -> Path:
    """The extension tool of a Blender; another one's, where its own lies elsewhere."""
    try:
        return find_tool([program])
    except BuildFailed:
        return find_tool()
