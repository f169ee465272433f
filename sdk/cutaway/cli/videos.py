"""The verbs that make videos: create, extend, fill, remix, blend, loop."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from cutaway.cli import options as opt
from cutaway.cli.cards import cards
from cutaway.cli.delivery import Delivery
from cutaway.cli.forecast import show
from cutaway.cli.option_sets import spread
from cutaway.cli.screen import Screen
from cutaway.cli.target import Target, clip, destination, picture

Clip = Annotated[str, typer.Argument(metavar="IN", help="A clip: a file, or the id of a video on the server.")]


def add_to(app: typer.Typer) -> None:
    for verb in (create, extend, fill, remix, blend, loop):
        app.command(rich_help_panel="Videos")(spread(verb))


def create(
    ctx: typer.Context,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What should be seen.")] = "",
    *,
    output: opt.Output = None,
    seconds: opt.Seconds = None,
    frames: opt.Frames = None,
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate", metavar="FPS", help="Frames per second: 24, 23.976, 30000/1001.", rich_help_panel=opt.RESULT
        ),
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Pixels, such as 1280x720.", rich_help_panel=opt.RESULT)
    ] = None,
    model: opt.Model = None,
    seed: opt.Seed = None,
    style: opt.Style = None,
    negative_prompt: opt.Negative = None,
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="FILE", help="The first frame.", rich_help_panel=opt.MODEL),
    ] = None,
    last_image: Annotated[
        str | None,
        typer.Option("--last-image", metavar="FILE", help="The last frame.", rich_help_panel=opt.MODEL),
    ] = None,
    loop: Annotated[
        bool, typer.Option("--loop", help="The end runs into the start.", rich_help_panel=opt.MODEL)
    ] = False,
    card: Annotated[
        list[str] | None,
        typer.Option(
            "--card",
            metavar="WHEN:WHAT",
            help='What is seen from a time on: "48: it bursts", "2.5s: mid.png", "end: last.png"; several times.',
            rich_help_panel=opt.MODEL,
        ),
    ] = None,
    character: Annotated[
        list[str] | None,
        typer.Option(
            "--character",
            metavar="ID|NAME",
            help="Somebody to be seen whom the prompt does not name.",
            rich_help_panel=opt.MODEL,
        ),
    ] = None,
    described: opt.Described,
    manner: opt.Manner,
    turn: opt.Turn,
    emulate: opt.Emulate = False,
    format_: opt.Format = None,
    timeout: opt.Timeout = None,
    detach: opt.Detach = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what it would come to, and make nothing.", rich_help_panel=opt.WAITING),
    ] = False,
    as_json: opt.AsJson = False,
) -> None:
    """Make a video from a prompt, from a picture and a prompt, or from cards at times of it.

    Example: cutaway create "a red ball rolls left across a desert at sunset" -o ball.mp4 --seconds 4
    """
    one_length(seconds, frames)
    told_in = cards(card or [])
    if not prompt and not told_in:
        raise typer.BadParameter("say what should be seen: a PROMPT, or --card WHEN:WHAT")
    told = manner.told | described.told | turn.told | {"emulate": emulate}
    kind = destination(output, format_, detach=detach or dry_run)
    asked: dict[str, Any] = {
        "prompt": prompt,
        "model": model,
        "seconds": seconds,
        "num_frames": frames,
        "rate": rate,
        "size": size,
        "seed": seed,
        "style": style,
        "negative_prompt": negative_prompt,
        "first_frame": picture(image) if image else None,
        "last_frame": picture(last_image) if last_image else None,
        "loop": loop,
        "cards": told_in or None,
        "characters": character or None,
        "format": kind,
        "save_to": output,
        **told,
    }
    target, screen = Target.of(ctx), Screen(as_json=as_json)
    if dry_run:
        with target.client() as client:
            forecast = client.videos.estimate(**asked)
        screen.emit(forecast.model_dump(mode="json"))
        show(screen, forecast)
    else:
        Delivery(target, screen, output, timeout, detach).make(lambda client: client.videos.create(**asked))


def extend(
    ctx: typer.Context,
    source: Clip,
    *,
    output: opt.Output = None,
    frames: opt.Frames = None,
    seconds: opt.Seconds = None,
    direction: Annotated[
        opt.Direction, typer.Option("--direction", help="Which end grows.", rich_help_panel=opt.RESULT)
    ] = opt.Direction.FORWARD,
    segment: opt.Segment = False,
    prompt: opt.Prompt = "",
    model: opt.Model = None,
    seed: opt.Seed = None,
    described: opt.Described,
    manner: opt.Manner,
    turn: opt.Turn,
    emulate: opt.Emulate = False,
    format_: opt.Format = None,
    timeout: opt.Timeout = None,
    detach: opt.Detach = False,
    as_json: opt.AsJson = False,
) -> None:
    """Make a shot longer, at its end or at its start.

    Example: cutaway extend shot.mp4 -o longer.mp4 --frames 48
    """
    one_length(seconds, frames, required=True)
    told = manner.told | described.told | turn.told | {"emulate": emulate}
    kind = destination(output, format_, detach=detach)
    shot = clip(source)
    Delivery(Target.of(ctx), Screen(as_json=as_json), output, timeout, detach).make(
        lambda client: client.videos.extend(
            video=shot,
            prompt=prompt,
            num_frames=frames,
            seconds=seconds,
            direction=direction.value,
            output=part(segment=segment),
            model=model,
            seed=seed,
            format=kind,
            save_to=output,
            **told,
        )
    )


def fill(
    ctx: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="The shot before the gap: a file or a video's id.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The shot after it.")],
    frames: Annotated[int, typer.Option("--frames", min=1, help="How long the gap is.", rich_help_panel=opt.RESULT)],
    *,
    output: opt.Output = None,
    segment: opt.Segment = False,
    prompt: opt.Prompt = "",
    model: opt.Model = None,
    seed: opt.Seed = None,
    described: opt.Described,
    manner: opt.Manner,
    turn: opt.Turn,
    emulate: opt.Emulate = False,
    format_: opt.Format = None,
    timeout: opt.Timeout = None,
    detach: opt.Detach = False,
    as_json: opt.AsJson = False,
) -> None:
    """Fill the gap between two shots: A, new frames, B.

    Example: cutaway fill a.mp4 b.mp4 -o joined.mp4 --frames 24
    """
    told = manner.told | described.told | turn.told | {"emulate": emulate}
    kind = destination(output, format_, detach=detach)
    a, b = clip(before), clip(after)
    Delivery(Target.of(ctx), Screen(as_json=as_json), output, timeout, detach).make(
        lambda client: client.videos.fill(
            a,
            b,
            num_frames=frames,
            prompt=prompt,
            output=part(segment=segment),
            model=model,
            seed=seed,
            format=kind,
            save_to=output,
            **told,
        )
    )


def remix(
    ctx: typer.Context,
    source: Clip,
    prompt: opt.Prompt,
    *,
    output: opt.Output = None,
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength",
            min=0,
            max=1,
            help="How far from the source: 0 keeps it, 1 forgets it.",
            rich_help_panel=opt.MODEL,
        ),
    ] = None,
    style: opt.Style = None,
    model: opt.Model = None,
    seed: opt.Seed = None,
    described: opt.Described,
    manner: opt.Manner,
    turn: opt.Turn,
    emulate: opt.Emulate = False,
    format_: opt.Format = None,
    timeout: opt.Timeout = None,
    detach: opt.Detach = False,
    as_json: opt.AsJson = False,
) -> None:
    """Make a shot again with other words.

    Example: cutaway remix shot.mp4 -o night.mp4 --prompt "the same street at night" --strength 0.6
    """
    told = manner.told | described.told | turn.told | {"emulate": emulate}
    kind = destination(output, format_, detach=detach)
    shot = clip(source)
    Delivery(Target.of(ctx), Screen(as_json=as_json), output, timeout, detach).make(
        lambda client: client.videos.edit(
            video=shot,
            prompt=prompt,
            strength=strength,
            style=style,
            model=model,
            seed=seed,
            format=kind,
            save_to=output,
            **told,
        )
    )


def blend(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="A", help="The shot it starts as: a file or a video's id.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The shot it becomes.")],
    *,
    output: opt.Output = None,
    overlap: Annotated[
        int | None,
        typer.Option("--overlap", min=1, metavar="FRAMES", help="Over how many frames.", rich_help_panel=opt.RESULT),
    ] = None,
    model: opt.Model = None,
    seed: opt.Seed = None,
    manner: opt.Manner,
    turn: opt.Turn,
    emulate: opt.Emulate = False,
    format_: opt.Format = None,
    timeout: opt.Timeout = None,
    detach: opt.Detach = False,
    as_json: opt.AsJson = False,
) -> None:
    """Let one shot turn into another.

    Example: cutaway blend a.mp4 b.mp4 -o morph.mp4 --overlap 24
    """
    told = manner.told | turn.told | {"emulate": emulate}
    kind = destination(output, format_, detach=detach)
    a, b = clip(first), clip(second)
    Delivery(Target.of(ctx), Screen(as_json=as_json), output, timeout, detach).make(
        lambda client: client.videos.blend(
            a, b, overlap_frames=overlap, model=model, seed=seed, format=kind, save_to=output, **told
        )
    )


def loop(
    ctx: typer.Context,
    source: Clip,
    *,
    output: opt.Output = None,
    model: opt.Model = None,
    seed: opt.Seed = None,
    manner: opt.Manner,
    turn: opt.Turn,
    emulate: opt.Emulate = False,
    format_: opt.Format = None,
    timeout: opt.Timeout = None,
    detach: opt.Detach = False,
    as_json: opt.AsJson = False,
) -> None:
    """Make a shot whose end runs into its start.

    Example: cutaway loop shot.mp4 -o endless.mp4
    """
    told = manner.told | turn.told | {"emulate": emulate}
    kind = destination(output, format_, detach=detach)
    shot = clip(source)
    Delivery(Target.of(ctx), Screen(as_json=as_json), output, timeout, detach).make(
        lambda client: client.videos.loop(shot, model=model, seed=seed, format=kind, save_to=output, **told)
    )


def one_length(seconds: float | None, frames: int | None, *, required: bool = False) -> None:
    """A length is given in seconds or in frames, not in both.

    Raises:
        typer.BadParameter: both were given, or neither where one is needed.
    """
    if seconds is not None and frames is not None:
        raise typer.BadParameter("give the length as --seconds or as --frames, not both")
    if required and seconds is None and frames is None:
        raise typer.BadParameter("say how much is added: --frames N or --seconds S")


def part(*, segment: bool) -> Literal["full", "segment"]:
    return "segment" if segment else "full"
