"""Characters: who can be called by name in any prompt. The operations once, and their two faces."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import quote

from cutaway.client.dialects.encoding import missing
from cutaway.client.io import run
from cutaway.client.keywords import Call, Post, sent, spelled_out
from cutaway.client.media_input import MediaInput, resolve
from cutaway.client.refusal import parsed
from cutaway.client.request import FilePart
from cutaway.client.submission import merged
from cutaway.client.submitting import new_key
from cutaway.errors import BadRequest, UnsupportedCapability
from cutaway.wire import Character, CharacterDeleted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.client.dialects.base import Dialect
    from cutaway.client.files import FileOperations
    from cutaway.client.operations import VideoOperations
    from cutaway.client.request import Answer
    from cutaway.client.session import Session
    from cutaway.client.video import AsyncVideo, Video


class CharacterOperations:
    """The operations on characters, once. The contract has making and getting; cutaway lists and deletes too."""

    def __init__(self, session: Session, files: FileOperations) -> None:
        self._session, self._files = session, files

    async def create(self, *, name: str, video: MediaInput, description: str, **call: Any) -> Character:
        dialect = await self._able("create_character")
        shown = await self._session.io.aside(lambda: resolve(video))
        extra = call.pop("extra_body", None) or {}
        if dialect.traits.keeps_files:
            reference = await self._files.reference(shown) if isinstance(shown, FilePart) else shown
            body: dict[str, Any] = {"name": name, "video": reference}
            if description:
                body["cutaway"] = {"description": description}
            content: Mapping[str, Any] = {"json": merged(body, extra)}
        else:
            content = {"fields": {"name": name, **extra}, "files": {"video": self._file(shown, description)}}
        how = sent(call)
        how["headers"] = {"Idempotency-Key": new_key(), **(how["headers"] or {})}
        repeatable = dialect.traits.honours_keys
        return self._read(
            await self._session.call("POST", "/videos/characters", **content, **how, repeatable=repeatable)
        )

    async def retrieve(self, character_id: str, **call: Any) -> Character:
        await self._able("get_character")
        return self._read(await self._session.call("GET", _place(character_id), **sent(call)))

    async def list(self, **call: Any) -> Sequence[Character]:
        await self._able("list_characters", beyond_the_contract=True)
        how, found = sent(call), list[Character]()
        how["query"] = {"limit": "100", **how["query"]}
        while True:
            body = parsed(await self._session.call("GET", "/videos/characters", **how))
            found += self._session.understood(body, "list of characters", partial(_characters, body))
            if not body.get("has_more") or not found:
                return found
            how["query"]["after"] = found[-1].id

    async def delete(self, character_id: str, **call: Any) -> CharacterDeleted:
        await self._able("delete_character", beyond_the_contract=True)
        body = parsed(await self._session.call("DELETE", _place(character_id), **sent(call)))
        return self._session.understood(body, "deletion", lambda: CharacterDeleted.model_validate(body))

    def _read(self, answer: Answer) -> Character:
        body = parsed(answer)
        return self._session.understood(body, "character", lambda: Character.model_validate(body))

    def _file(self, shown: Mapping[str, Any] | FilePart, description: str) -> FilePart:
        """The clip to send, where the contract takes a file and nothing else."""
        if description:
            raise self._lacks("description of a character", "put the words into the prompts that name it")
        if not isinstance(shown, FilePart):
            raise self._lacks("character by reference", "video.save() it, and give the file")
        return shown

    async def _able(self, verb: str, *, beyond_the_contract: bool = False) -> Dialect:
        dialect = await self._session.dialect()
        if not dialect.traits.characters:
            raise missing("characters", dialect.traits, self._session.server)
        if beyond_the_contract and dialect.name != "cutaway":
            raise self._lacks(verb, "keep the ids that create_character gave")
        return dialect

    def _lacks(self, verb: str, alternative: str) -> UnsupportedCapability:
        return UnsupportedCapability(
            f"{self._session.server} has no {verb}; instead: {alternative}", capability=verb, alternative=alternative
        )


def _characters(body: Any) -> list[Character]:
    if not isinstance(body, Mapping) or not isinstance(body.get("data"), list):
        raise ValueError("the body has no list named data")
    return [Character.model_validate(one) for one in body["data"]]


def _place(character_id: str) -> str:
    if not character_id:
        raise BadRequest("a character's id is wanted, not an empty text", code="invalid_request", param="character_id")
    return f"/videos/characters/{quote(character_id, safe='')}"


class VideoCasting:
    """The verbs on characters."""

    _logic: VideoOperations[Video]

    @spelled_out(Post)
    def create_character(
        self, *, name: str, video: MediaInput, description: str = "", **call: Unpack[Post]
    ) -> Character:
        """Show the server somebody or something, to be called by `name` in any prompt.

        `video` is a clip of 2 to 4 seconds, or a picture; `description` are words that go with it.

        Raises:
            BadRequest: a name or a clip that is not allowed; `param` names it.
            UnsupportedCapability: this server knows no characters.
        """
        return run(self._logic.characters.create(name=name, video=video, description=description, **call))

    @spelled_out(Call)
    def get_character(self, character_id: str, **call: Unpack[Call]) -> Character:
        """The character with this id.

        Raises:
            NotFound: there is no such character.
            UnsupportedCapability: this server knows no characters.
        """
        return run(self._logic.characters.retrieve(character_id, **call))

    @spelled_out(Call)
    def list_characters(self, **call: Unpack[Call]) -> Sequence[Character]:
        """Every character that the server has been shown, newest first.

        Raises:
            UnsupportedCapability: this server has no list of them; the contract has none.
        """
        return run(self._logic.characters.list(**call))

    @spelled_out(Call)
    def delete_character(self, character_id: str, **call: Unpack[Call]) -> CharacterDeleted:
        """Forget a character. Videos that it is seen in stay.

        Raises:
            NotFound: there is no such character.
            UnsupportedCapability: this server cannot forget any; the contract has no such verb.
        """
        return run(self._logic.characters.delete(character_id, **call))


class AsyncVideoCasting:
    """The verbs on characters."""

    _logic: VideoOperations[AsyncVideo]

    @spelled_out(Post)
    async def create_character(
        self, *, name: str, video: MediaInput, description: str = "", **call: Unpack[Post]
    ) -> Character:
        """Show the server somebody or something, to be called by `name` in any prompt.

        `video` is a clip of 2 to 4 seconds, or a picture; `description` are words that go with it.

        Raises:
            BadRequest: a name or a clip that is not allowed; `param` names it.
            UnsupportedCapability: this server knows no characters.
        """
        return await self._logic.characters.create(name=name, video=video, description=description, **call)

    @spelled_out(Call)
    async def get_character(self, character_id: str, **call: Unpack[Call]) -> Character:
        """The character with this id.

        Raises:
            NotFound: there is no such character.
            UnsupportedCapability: this server knows no characters.
        """
        return await self._logic.characters.retrieve(character_id, **call)

    @spelled_out(Call)
    async def list_characters(self, **call: Unpack[Call]) -> Sequence[Character]:
        """Every character that the server has been shown, newest first.

        Raises:
            UnsupportedCapability: this server has no list of them; the contract has none.
        """
        return await self._logic.characters.list(**call)

    @spelled_out(Call)
    async def delete_character(self, character_id: str, **call: Unpack[Call]) -> CharacterDeleted:
        """Forget a character. Videos that it is seen in stay.

        Raises:
            NotFound: there is no such character.
            UnsupportedCapability: this server cannot forget any; the contract has no such verb.
        """
        return await self._logic.characters.delete(character_id, **call)
