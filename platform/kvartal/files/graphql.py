"""Stored files over GraphQL: the row type with its link, upload and deletion."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from kvartal import clock
from kvartal.context import Context, Info
from kvartal.db.connection import Record
from kvartal.files import queries, service
from kvartal.files.rules import FileEmpty, FileTooLarge, FileTypeRefused, FileUnavailable
from kvartal.files.storage.links import sign_link
from kvartal.files.storage.policy import LINK_LIFE, policy
from kvartal.files.uploads import UploadedFile
from kvartal.graphql.fields import SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import Node, encode_id, uuid_of
from kvartal.plugin import GraphQLPart, NodeKind
from kvartal.registry import node_kinds

__all__ = ["GRAPHQL", "StoredFile"]

UPLOAD_ERRORS = (FileEmpty, FileTooLarge, FileTypeRefused)


@strawberry.type(description="A stored file (файл).")
class StoredFile(Node):
    """A file."""

    uuid: strawberry.Private[UUID]
    name: str = strawberry.field(description="Its name.")
    media_type: str = strawberry.field(
        description="What it is, by its content, e.g. `application/pdf`."
    )
    size: int = strawberry.field(description="Its size in bytes.")
    created_at: datetime = strawberry.field(description="When it was uploaded.")
    url: str = strawberry.field(
        description="Where it can be fetched by whoever has this link, for five minutes: a path on"
        " this server. No token is asked for."
    )

    @classmethod
    def of(cls, record: Record) -> "StoredFile":
        """The row in a record, with a new link."""
        link = sign_link(record["id"], clock.now() + LINK_LIFE, policy().link_keys[0])
        return cls(
            id=encode_id("StoredFile", record["id"]),
            uuid=record["id"],
            name=record["name"],
            media_type=record["media_type"],
            size=record["size"],
            created_at=record["created_at"],
            url=f"/files/{link}",
        )


@strawberry.input(description="A file to be kept for an organization.")
class UploadFileInput:
    """An upload."""

    organization_id: strawberry.ID = strawberry.field(description="Whose file it is to be.")
    file: UploadedFile = strawberry.field(
        description="The file: PDF, JPEG, PNG, WebP, HEIC, DOCX or XLSX, by its content."
    )


@strawberry.input(description="An upload that is not needed.")
class DeleteFileInput:
    """A file to be deleted."""

    id: strawberry.ID = strawberry.field(description="The file.")


@strawberry.type
class FileMutations:
    """Fields of Mutation about files."""

    @mutation(
        access=SIGNED_IN,
        description="Upload a file (staff). Attach it to something within a day, or it is deleted;"
        " until then only who uploaded it sees it.",
        raises=UPLOAD_ERRORS,
        payload="file",
    )
    async def upload_file(self, info: Info, input: UploadFileInput) -> StoredFile:
        """A kept upload."""
        stored = await service.store(
            info.context.actor, uuid_of("Organization", input.organization_id), input.file
        )
        return StoredFile.of((await queries.files_by_ids([stored.id]))[stored.id])

    @mutation(
        access=SIGNED_IN,
        description="Delete an upload of one's own that belongs to nothing yet.",
        raises=(FileUnavailable,),
    )
    async def delete_file(self, info: Info, input: DeleteFileInput) -> None:
        """A deleted upload."""
        await service.delete_own(info.context.actor, uuid_of("StoredFile", input.id))


async def _visible(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """The files of objects that the actor sees, and their own uploads; staff's alone.

    Not all files of an object are for the residents who see it: what is, the object shows them.
    """
    if context.actor.is_resident:
        return {}
    records = await queries.files_by_ids(ids)
    mine = queries.uploaders_of(context.actor)
    owners: dict[str, set[UUID]] = {}
    for record in records.values():
        if record["owner_id"] is not None:
            owners.setdefault(record["owner_kind"], set()).add(record["owner_id"])
    known = {kind: node_kinds()[kind] for kind in owners if kind in node_kinds()}
    answers = await asyncio.gather(
        *(node.fetch(context, sorted(owners[kind])) for kind, node in known.items())
    )
    seen = {(kind, key) for kind, found in zip(known, answers, strict=True) for key in found}
    return {
        key: StoredFile.of(record)
        for key, record in records.items()
        if (record["owner_kind"], record["owner_id"]) in seen
        or (record["owner_id"] is None and record["uploader_id"] in mine)
    }


GRAPHQL = GraphQLPart(
    mutations=(FileMutations,), nodes=(NodeKind(type=StoredFile, fetch=_visible),)
)
