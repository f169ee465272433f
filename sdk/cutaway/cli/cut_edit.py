"""What every verb on a cut takes: which cut and where the new one goes, and what is said of its takes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutaway.cli import cut as cuts
from cutaway.cli import options as opt
from cutaway.cli.screen import Screen
from cutaway.cli.target import Target

if TYPE_CHECKING:
    from cutaway.cli.cut_work import Work
    from cutaway.storyboard.card import Card

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="OUT.otio",
        help="The new cut, a copy with its own project. Left out: the cut itself is edited; `undo` brings it back.",
        rich_help_panel=opt.RESULT,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        "--size", metavar="WxH", help="Of the takes; that of most clips when left out.", rich_help_panel=opt.RESULT
    ),
]
Relative = Annotated[
    bool,
    typer.Option("--relative", help="Name takes relative to the cut's folder.", rich_help_panel=opt.RESULT),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print exactly what would change; send and write nothing.")]


@dataclass(frozen=True)
class Look:
    """How the takes should look, besides the prompt."""

    negative_prompt: opt.Negative = None
    model: opt.Model = None
    style: opt.Style = None
    seed: opt.Seed = None


@dataclass(frozen=True)
class Words:
    """What is said of every card of a command, by the card's names; None leaves what the card says itself."""

    prompt: str | None = None
    pictures: tuple[Path, ...] = ()
    said: dict[str, Any] | None = None

    @classmethod
    def of(
        cls,
        prompt: str | None,
        look: Look,
        described: opt.Described,
        manner: opt.Manner,
        *,
        strength: float | None = None,
    ) -> Words:
        """Raises `typer.BadParameter` where a picture is not there."""
        said = {"strength": strength, "expand_prompt": described.expand_prompt, **asdict(look), **manner.told}
        return cls(prompt, tuple(path.resolve() for path in described.pictures), said)

    def on(self, card: Card) -> Card:
        """The card with these words. Other words than before ask for another take; consent alone does not."""
        from cutaway.storyboard.card import CardReference, CardState, Role

        told = {"prompt": self.prompt, **(self.said or {})}
        told = {name: value for name, value in told.items() if value is not None and value is not False}
        if self.pictures:
            others = [reference for reference in card.references if reference.role is not Role.SUBJECT]
            told["references"] = others + [CardReference(role=Role.SUBJECT, path=str(path)) for path in self.pictures]
        if any(getattr(card, name) != value for name, value in told.items() if name != "allow_degraded"):
            told["state"] = CardState.READY
        return card.model_copy(update=told)


@dataclass(frozen=True)
class Edit:
    """A cut that takes are put into."""

    cut: cuts.Cut
    output: Output = None
    size: Size = None
    relative: Relative = False
    media_dir: cuts.MediaDirs = None
    rate: cuts.CutRate = None
    format_name: cuts.CutFormat = None
    thumbs: cuts.Thumbs = None
    dry_run: DryRun = False
    as_json: opt.AsJson = False

    def work(self, ctx: typer.Context, words: Words, *, min_seam: float | None = None, jobs: int | None = None) -> Work:
        """What is to be done on it, with these words."""
        from cutaway.cli.cut_work import Work

        return Work(
            Target.of(ctx),
            Screen(as_json=self.as_json),
            self.cut,
            output=self.output,
            rate=self.rate,
            format_name=self.format_name,
            folders=tuple(self.media_dir or ()),
            size=self.size,
            words=words,
            min_seam=min_seam,
            jobs=jobs,
            relative=self.relative,
            dry_run=self.dry_run,
            thumbs=self.thumbs,
        )
