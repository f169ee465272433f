"""/v1/files: pictures and clips to start from, uploaded once and named by their id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from cutaway.wire import File, FileDeleted, FilePage, Reference
from cutaway_runtime.server.body import read_body
from cutaway_runtime.server.desk import desk_of
from cutaway_runtime.server.fields import read_as, values_of
from cutaway_runtime.server.footage import bytes_behind
from cutaway_runtime.server.pages import listed
from cutaway_runtime.server.refusal import Refusal, not_found
from cutaway_runtime.server.spoken import PAGE, speaks
from cutaway_runtime.server.upkeep import discard
from cutaway_runtime.server.uploads import take_in
from cutaway_runtime.server.videos import answer

if TYPE_CHECKING:
    from cutaway_runtime.server.body import Arrived, Body
    from cutaway_runtime.server.desk import Desk

router: Final = APIRouter(prefix="/v1/files", tags=["files"])


class FileCreate(BaseModel):
    """The form of an upload. Where there is no form, `file` is a data: URI."""

    file: Reference
    purpose: str = Field(default="vision", max_length=64)


@router.post("", summary="Upload a picture or a clip")
@speaks(File, takes=FileCreate)
async def upload(request: Request) -> Response:
    desk = desk_of(request)
    desk.accept()
    desk.admit(request)
    settings = desk.settings
    body = await read_body(
        request, desk.shelf, desk.reserve, json_bytes=settings.json_bytes, upload_bytes=settings.upload_bytes
    )
    arrived = None
    try:
        values, _overruled = values_of(body, desk.shelf)
        if values.get("file") in (None, ""):
            why = "send the file as the multipart field `file`; without a form, as a data: URI"
            raise Refusal(400, "missing_required_parameter", why, param="file")
        wanted = read_as(FileCreate, values)
        arrived = await _arrived(desk, wanted.file, body)
    finally:
        for _name, file in body.files:
            if arrived is None or file.id != arrived.id:
                desk.shelf.remove_file(file.id)
    stored = await take_in(desk, arrived, param="file", purpose=wanted.purpose)
    kept = desk.queue.ledger.file(stored.file.id)
    assert kept is not None
    return answer(kept.file)


async def _arrived(desk: Desk, reference: Reference, body: Body) -> Arrived:
    """The file part, or what a data: URI or an address holds."""
    if reference.url is not None:
        return await bytes_behind(desk, reference.url, "file")
    part = next((file for _name, file in body.files if file.id == reference.file_id), None)
    if part is None:
        raise Refusal(400, "invalid_request", "file: this names something, and is no file", param="file")
    return part


@router.get("/{file_id}", summary="What is known of a file")
@speaks(File)
async def retrieve(request: Request, file_id: str) -> Response:
    desk = desk_of(request)
    stored = desk.queue.ledger.file(file_id)
    if stored is None:
        raise not_found("file", file_id)
    return answer(stored.file)


@router.get("", summary="Files, newest first, a page at a time")
@speaks(FilePage, reads=PAGE)
async def page(request: Request) -> Response:
    ledger = desk_of(request).queue.ledger
    return listed(request, ledger.file_page, lambda stored: stored.file.model_dump(exclude_none=True))


@router.delete("/{file_id}", summary="Forget a file")
@speaks(FileDeleted)
async def delete(request: Request, file_id: str) -> Response:
    desk = desk_of(request)
    there = desk.queue.ledger.file(file_id) is not None
    if not there or not await desk.queue.run(desk.queue.store.files.bury, file_id):
        raise not_found("file", file_id)
    await discard(desk.queue, desk.shelf, [file_id])
    return JSONResponse({"id": file_id, "object": "file", "deleted": True})
