"""/v1/videos/characters: somebody or something that prompts call by name."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from cutaway.wire import Character, CharacterCreate, CharacterDeleted, CharacterDetails, CharacterPage
from cutaway_runtime.jobs.keyring import scoped
from cutaway_runtime.jobs.keys import KeyReused
from cutaway_runtime.jobs.roster import NameTaken, NewCharacter
from cutaway_runtime.jobs.shelf import new_character_id
from cutaway_runtime.names import folded
from cutaway_runtime.server.body import read_body
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.fields import read_as, values_of
from cutaway_runtime.server.footage import footage
from cutaway_runtime.server.lookouts import few_threads
from cutaway_runtime.server.pages import listed
from cutaway_runtime.server.refusal import Refusal, not_found
from cutaway_runtime.server.spoken import PAGE, speaks
from cutaway_runtime.server.submission import digest_of, key_of, key_reused
from cutaway_runtime.server.uploads import invalid_media, take_in
from cutaway_runtime.server.videos import answer

if TYPE_CHECKING:
    from cutaway_runtime.server.body import Body
    from cutaway_runtime.server.desk import Desk
    from cutaway_runtime.server.footage import Footage

MAX_FOLDED: Final = 128
"""Letters of a name as names are compared: some letters stand for a whole phrase."""
router: Final = APIRouter(prefix="/v1/videos/characters", tags=["characters"])
PORTRAITS: Final = ("-m", "cutaway_runtime.worker.portraits")
PORTRAIT_SECONDS: Final = 60.0
MOST_PIXELS: Final = 4096 * 4096
"""Of a picture or a clip; a still of a character has a sixteenth of that."""


@router.post("", summary="Make a character from a clip or a picture")
@speaks(Character, takes=CharacterCreate, needs=["video"], answers={404, 409}, keyed=True)
async def create(request: Request) -> Response:
    desk = desk_of(request)
    desk.accept()
    settings = desk.settings
    body = await read_body(
        request, desk.shelf, desk.reserve, json_bytes=settings.json_bytes, upload_bytes=settings.upload_bytes
    )
    taken: list[str] = []
    try:
        made, replayed = await _made(desk, request, body, taken)
    except NameTaken as there:
        raise _taken(there.character) from None
    except KeyReused:
        raise key_reused() from None
    finally:  # the stills are kept, not what they were chosen from
        for file_id in [*(file.id for _name, file in body.files), *taken]:
            await desk.queue.run(desk.queue.store.files.bury, file_id)
            await asyncio.to_thread(desk.shelf.remove_file, file_id)
    return answer(made, {"idempotent-replayed": "true"} if replayed else None)


async def _made(desk: Desk, request: Request, body: Body, taken: list[str]) -> tuple[Character, bool]:
    """The character, stored, and whether this very request made it before."""
    key = scoped(desk.caller, key_of(request))
    repeat = key is None and request.headers.get("x-stainless-retry-count", "0") not in {"", "0"}
    values, overruled = values_of(body, desk.shelf)
    wanted = read_as(CharacterCreate, values)
    name = _name(wanted.name)
    if wanted.video is None:
        raise Refusal(
            400,
            "missing_required_parameter",
            "a character needs `video`: a clip or a picture of it, as a file, an id or a data: URI",
            param="video",
        )
    digest = digest_of(desk, "characters", wanted, [wanted.video], body)
    earlier = await desk.queue.run(
        desk.queue.store.roster.earlier, digest, key, folded(name), repeat=repeat, owner=desk.caller.owner
    )
    if earlier is not None:
        return earlier, True
    for field, file in body.files:
        if field == "video":
            await take_in(desk, file, param=field)
    found = await footage(desk, wanted.video, "video", taken)
    character_id = new_character_id()
    try:
        pictures = await _stills(desk, character_id, found, wanted.video.frame)
        details = CharacterDetails(description=wanted.cutaway.description.strip(), pictures=pictures, media=found.facts)
        made = Character(id=character_id, name=name, cutaway=details)
        new = NewCharacter(made, folded(name), digest, key, repeat, desk.caller.owner)
        stored, replayed = await desk.queue.run(desk.queue.store.roster.add, new)
    except BaseException:
        await asyncio.to_thread(desk.shelf.remove_character, character_id)
        raise
    if replayed:  # the same request, sent twice at once
        await asyncio.to_thread(desk.shelf.remove_character, character_id)
    elif stored.cutaway is not None:
        unknown = [*(wanted.model_extra or {}), *(f"cutaway.{name}" for name in wanted.cutaway.model_extra or {})]
        stored.cutaway.ignored_params = sorted([*unknown, *overruled])
    return stored, replayed


def _name(sent: str) -> str:
    """The name as it is shown: without spaces around it.

    Raises:
        Refusal: nothing that could be said, or found again in a prompt.
    """
    name = unicodedata.normalize("NFC", sent).strip()
    if any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} for c in name):
        raise Refusal(400, "invalid_name", "a name has no control characters and no line breaks", param="name")
    if not any(c.isalnum() for c in name):
        raise Refusal(400, "invalid_name", "a name has at least one letter or digit", param="name")
    if "@" in name:
        raise Refusal(400, "invalid_name", "a name has no @: prompts put one before it", param="name")
    if len(folded(name)) > MAX_FOLDED:
        raise Refusal(400, "invalid_name", "this name is too long once its ligatures are written out", param="name")
    return name


def _taken(there: Character) -> Refusal:
    return Refusal(
        409,
        "name_taken",
        f"a character called {there.name!r} is here already: {there.id}. Use that one, choose another name, or "
        f"delete it first (DELETE /v1/videos/characters/{there.id}); videos that were made with it stay as they are",
        param="name",
    )


async def _stills(desk: Desk, character_id: str, found: Footage, frame: int | None) -> int:
    """The stills of a new character, chosen by a child process and put on the shelf; how many there are.

    Raises:
        Refusal: 400, nothing can be seen.
    """
    if found.facts.width * found.facts.height > MOST_PIXELS:
        raise invalid_media(
            "video",
            f"video: {found.facts.width}x{found.facts.height} is larger than the {MOST_PIXELS / 1e6:.1f} megapixels of "
            "which a character is made; send it smaller",
        )
    folder = desk.shelf.character_folder(character_id)
    folder.mkdir(mode=0o700)
    asked = [] if frame is None else [str(frame)]
    if frame is not None and not -found.facts.frames <= frame < found.facts.frames:
        raise invalid_media("video", f"video: frame {frame} was asked of a clip of {found.facts.frames} frames")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *PORTRAITS,
        str(desk.shelf.named(found.source.path)),
        found.source.container,
        str(folder),
        *asked,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=few_threads(),
    )
    try:
        async with asyncio.timeout(PORTRAIT_SECONDS):
            told, _ = await process.communicate()
    except TimeoutError:
        raise invalid_media(
            "video", f"video: it took longer than {PORTRAIT_SECONDS:.0f} s to look for pictures in it"
        ) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    said = told.decode("utf-8", "replace").strip()
    if process.returncode == 0:
        return int(said)
    raise invalid_media("video", f"video: {said if process.returncode == 1 and said else 'it cannot be decoded'}")


@router.get("/{character_id}", summary="What is known of a character")
@speaks(Character)
async def retrieve(request: Request, character_id: str) -> Response:
    character = desk_of(request).queue.ledger.character(character_id)
    if character is None:
        raise not_found("character", character_id)
    return answer(character)


@router.get("", summary="Characters, newest first, a page at a time")
@speaks(CharacterPage, reads=PAGE)
async def page(request: Request) -> Response:
    ledger = desk_of(request).queue.ledger
    return listed(request, ledger.character_page, lambda one: one.model_dump(exclude_none=True))


@router.delete("/{character_id}", summary="Forget a character; videos that were made with it stay")
@speaks(CharacterDeleted)
async def delete(request: Request, character_id: str) -> Response:
    desk = desk_of(request)
    there = desk.queue.ledger.character(character_id) is not None
    if not there or not await desk.queue.run(desk.queue.store.roster.bury, character_id):
        raise not_found("character", character_id)
    await sweep(desk, [character_id])
    return JSONResponse(CharacterDeleted(id=character_id).model_dump())


async def sweep(desk: Desk, character_ids: list[str]) -> None:
    """Removes the stills of deleted characters, except where a job that is not over was accepted with them."""
    for character_id in await desk.queue.run(desk.queue.store.unused_characters, character_ids):
        await asyncio.to_thread(desk.shelf.remove_character, character_id)
