"""Fetching a file by its link: the one door to content, and it asks for the link alone."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from kvartal import clock
from kvartal.db.connection import Record
from kvartal.files.queries import file_by_id
from kvartal.files.storage.links import file_of_link
from kvartal.files.storage.policy import policy
from kvartal.files.storage.store import FileMissing

__all__ = ["FILES"]

log = structlog.get_logger("kvartal.files")

_SAFE = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


async def _answer(request: Request) -> Response:
    """The content as a download, or 404: of what is not there nothing is told."""
    file_id = file_of_link(request.path_params["token"], policy().link_keys, clock.now())
    record = await file_by_id(file_id) if file_id else None
    if record is None:
        return PlainTextResponse("Not found", 404, headers=_SAFE)
    if request.method == "HEAD":
        return Response(headers=_headers(record), media_type=record["media_type"])
    content = policy().store.read(record["id"])
    try:
        first = await anext(content, b"")
    except FileMissing:
        log.error("files.content_missing", file=str(record["id"]))
        return PlainTextResponse("Not found", 404, headers=_SAFE)
    return StreamingResponse(
        _from(first, content), headers=_headers(record), media_type=record["media_type"]
    )


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _headers(record: Record) -> dict[str, str]:
    return {
        **_SAFE,
        "content-length": str(record["size"]),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(record['name'], safe='')}",
    }


FILES = Route("/files/{token}", _answer, methods=["GET", "HEAD"])
