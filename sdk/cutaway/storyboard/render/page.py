"""What a run came to, for people: index.html to click through, contact.png to look at.

Both are drawn from one small picture of each result, kept in `posters/`. The page has no scripts and loads
nothing from elsewhere; every text in it is escaped.
"""

from __future__ import annotations

from html import escape
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from cutaway.errors import MediaError
from cutaway.storyboard.render.hashes import write_atomically
from cutaway.storyboard.render.outcome import Outcome, Result
from cutaway.storyboard.render.reports import totals
from cutaway.storyboard.render.unit import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

POSTERS: Final = "posters"
WIDTH: Final = 360
"""Of a poster, in pixels."""
COLUMNS: Final = 4
_GAP: Final = 14
_LEGEND: Final = 50
_PAPER: Final = (24, 24, 26)
_INK: Final = {Result.FAILED: (255, 120, 110), Result.SKIPPED: (240, 190, 90)}
_WHITE: Final = (235, 235, 235)
_FAINT: Final = (150, 150, 155)
VIDEOS: Final = (".mp4", ".mov", ".mkv")

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8883; --faint: #777; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; } p { margin: .2rem 0 1.2rem; color: var(--faint); }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 1rem; padding: 0; margin: 0; }
li { list-style: none; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
video, img, .none { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: contain; background: #111; }
.none { color: #999; text-align: center; padding-top: 20%; box-sizing: border-box; }
div.text { padding: .6rem .8rem .8rem; } h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
small { color: var(--faint); display: block; overflow-wrap: anywhere; } q { quotes: none; }
.result { float: right; font-size: .75rem; border: 1px solid var(--line); border-radius: 99px; padding: 0 .6em; }
.failed .result, .failed strong { color: #d33; } .skipped .result { color: #b80; } strong { font-weight: 600; }
"""


def posters(outcomes: Sequence[Outcome], out: Path) -> dict[str, str]:
    """A poster of each result, by unit: its path below `out`. Drawn anew only where the result is another one."""
    able = all(find_spec(name) is not None for name in ("av", "numpy", "PIL"))
    found = {}
    for outcome in outcomes:
        source = _shown(outcome)
        if source is None or outcome.locked is None:
            continue
        name = f"{POSTERS}/{outcome.locked.files[source][:20]}.jpg"
        if (out / name).is_file() or (able and _drawn(out / source, out / name)):
            found[outcome.id] = name
    keep = {PurePosixPath(name).name for name in found.values()}
    for old in (out / POSTERS).glob("*.jpg"):
        if old.name not in keep:
            old.unlink(missing_ok=True)
    return found


def _shown(outcome: Outcome) -> str | None:
    """The clip that stands for a result: itself, or the first take of a cut."""
    if not outcome.is_there or outcome.locked is None:
        return None
    return next((name for name in sorted(outcome.locked.files) if name.endswith(VIDEOS)), None)


def _drawn(clip: Path, poster: Path) -> bool:
    from cutaway.media.decode import Clip
    from cutaway.media.picture import encoded, thumbnail

    try:
        with Clip(clip) as opened:
            write_atomically(poster, encoded(thumbnail(opened, WIDTH), "jpeg", quality=88))
    except (MediaError, OSError):
        return False
    return True


def contact_sheet(title: str, outcomes: Sequence[Outcome], pictures: dict[str, str], out: Path) -> Path | None:
    """All results on one PNG, with their names; None without the extra `media`. Drawn only where it would differ."""
    if any(find_spec(name) is None for name in ("numpy", "PIL")):
        return None
    path, drawn = out / "contact.png", out / ".cutaway" / "contact.sha256"
    shown = digest_of([title, [[o.id, _under(o), pictures.get(o.id)] for o in outcomes]])
    if path.is_file() and drawn.is_file() and drawn.read_text() == shown:
        return path
    from PIL import Image, ImageDraw, ImageFont

    tiles = {name: Image.open(out / path) for name, path in pictures.items()}
    height = max([min(tile.height, 2 * WIDTH) for tile in tiles.values()] or [WIDTH * 9 // 16])
    columns = min(COLUMNS, max(1, len(outcomes)))
    rows = -(-len(outcomes) // columns)
    page = Image.new("RGB", (_GAP + columns * (WIDTH + _GAP), 56 + rows * (height + _LEGEND)), _PAPER)
    draw, small, large = ImageDraw.Draw(page), ImageFont.load_default(14), ImageFont.load_default(24)
    draw.text((_GAP, 14), _fitting(draw, title, large, page.width - 2 * _GAP), _WHITE, large)
    for place, outcome in enumerate(outcomes):
        row, column = divmod(place, columns)
        x, y = _GAP + column * (WIDTH + _GAP), 56 + row * (height + _LEGEND)
        tile = tiles.get(outcome.id)
        if tile is None:
            draw.rectangle((x, y, x + WIDTH - 1, y + height - 1), outline=_FAINT)
            word = "no picture" if outcome.is_there else str(outcome.result)
            draw.text((x + WIDTH / 2, y + height / 2), word, _FAINT, small, anchor="mm")
        else:
            tile.thumbnail((WIDTH, height))
            page.paste(tile, (x + (WIDTH - tile.width) // 2, y + (height - tile.height) // 2))
        draw.text((x, y + height + 5), _fitting(draw, outcome.id, small, WIDTH), _WHITE, small)
        said, ink = _under(outcome), _INK.get(outcome.result, _FAINT)
        draw.text((x, y + height + 24), _fitting(draw, said, small, WIDTH), ink, small)
    for tile in tiles.values():
        tile.close()
    part = out / ".contact.png.part"
    page.save(part, "PNG")
    part.replace(path)
    write_atomically(drawn, shown)
    return path


def _under(outcome: Outcome) -> str:
    """What stands under a picture: what went wrong, else what it is."""
    return outcome.error or " \u00b7 ".join(_facts(outcome))


def _fitting(draw: object, text: str, font: object, width: int) -> str:
    """A text cut to a width in pixels; letters the font does not have become question marks."""
    shown = text.replace("\n", " ").encode("latin-1", "replace").decode("latin-1")
    while shown and draw.textlength(shown, font) > width:  # type: ignore[attr-defined]
        shown = shown[: max(1, len(shown) * 9 // 10)].rstrip(". ") + ".." if len(shown) > 4 else ""
    return shown


def index_html(title: str, outcomes: Sequence[Outcome], pictures: dict[str, str], boards: Sequence[str]) -> str:
    """The page. Links are relative, so that the folder can be moved and served from anywhere."""
    counted = totals(outcomes)
    said = ", ".join(f"{counted[str(result)]} {result}" for result in Result if counted[str(result)])
    lines = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{len(outcomes)} assets: {escape(said)}.{_timelines(boards)}</p>",
        "<ul>",
        *(_item(outcome, pictures.get(outcome.id)) for outcome in outcomes),
        "</ul></body></html>",
        "",
    ]
    return "\n".join(lines)


def _timelines(boards: Sequence[str]) -> str:
    links = ", ".join(f'<a href="{_href(board)}">{escape(board)}</a>' for board in boards)
    return f" Timelines: {links}." if links else ""


def _item(outcome: Outcome, poster: str | None) -> str:
    clip = _shown(outcome)
    state = "failed" if outcome.failed else str(outcome.result)
    prompt = f"<q>{escape(outcome.prompt)}</q>" if outcome.prompt else ""
    error = f"<small><strong>{escape(outcome.error)}</strong></small>" if outcome.error else ""
    notes = "".join(f"<small>{escape(note)}</small>" for note in outcome.notes)
    link = f'<a href="{_href(outcome.output)}">{escape(outcome.output)}</a>' if outcome.is_there else ""
    return (
        f'<li class="{state}" id="{escape(outcome.id)}">{_picture(clip, poster)}<div class="text">'
        f'<span class="result">{escape(state)}</span><h2>{escape(outcome.id)}</h2>{prompt}'
        f"<small>{escape(' · '.join(_facts(outcome)))}</small><small>{link}</small>{error}{notes}</div></li>"
    )


def _picture(clip: str | None, poster: str | None) -> str:
    if clip is not None and clip.endswith(".mp4"):
        still = f' poster="{_href(poster)}"' if poster else ""
        return f'<video controls preload="none" muted src="{_href(clip)}"{still}></video>'
    if poster is not None:  # browsers play no ProRes
        return f'<img src="{_href(poster)}" alt="">'
    return '<span class="none">no picture</span>'


def _facts(outcome: Outcome) -> list[str]:
    locked = outcome.locked
    if locked is None:
        return [outcome.kind]
    facts = [
        outcome.kind,
        locked.model,
        "preview" if locked.preview else "",
        f"{locked.frames} frames" if locked.frames else "",
        f"seam {locked.seam:.2f}" if locked.seam is not None else "",
        f"seed {locked.seed}" if locked.seed is not None else "",
    ]
    return [fact for fact in facts if fact]


def _href(path: str) -> str:
    """A relative link; one that begins like an address is kept from being one."""
    return escape(quote(f"./{path}"))
