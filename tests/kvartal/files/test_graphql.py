"""Files over HTTP: uploaded by staff, fetched by a link, deleted; nobody else's to see."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import Actor
from kvartal.files.events import FilesRemoved
from kvartal.files.models import StoredFile
from kvartal.files.storage.store import FolderStore
from kvartal.graphql.node import decode_id, encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import EmittedEvents

UPLOAD = """
mutation ($input: UploadFileInput!) {
  uploadFile(input: $input) {
    file { id name mediaType size url createdAt } errors { code path limit message }
  }
}
"""
DELETE = (
    "mutation ($input: DeleteFileInput!) { deleteFile(input: $input) { errors { code path } } }"
)
NODE = "query ($id: ID!) { node(id: $id) { ... on StoredFile { name } } }"
PDF = b"%PDF-1.7 " + b"content" * 50_000
Freeze = Callable[[str], AbstractContextManager[None]]


class Uploader:
    """Uploads to an organization as somebody."""

    def __init__(self, gql: GraphQLClient, organization: Organization) -> None:
        self.gql = gql
        self.organization = organization

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.gql.app)
        return httpx.AsyncClient(transport=transport, base_url="http://test")

    async def __call__(
        self, actor: Actor | None, content: bytes = PDF, name: str = "акт.pdf"
    ) -> dict[str, Any]:
        given = {"organizationId": encode_id("Organization", self.organization.id), "file": None}
        operations = {"query": UPLOAD, "variables": {"input": given}}
        token = self.gql.token_of(actor) if actor else "nobody"
        async with self.client() as client:
            answer = await client.post(
                "/graphql",
                files=[
                    ("operations", (None, json.dumps(operations))),
                    ("map", (None, '{"0": ["variables.input.file"]}')),
                    ("0", (name, content)),
                ],
                headers={"GraphQL-Require-Preflight": "1", "Authorization": f"Bearer {token}"},
            )
        found: dict[str, Any] = answer.json()
        return found

    async def fetch(self, url: str, method: str = "GET") -> httpx.Response:
        async with self.client() as client:
            return await client.request(method, url)


@pytest.fixture
async def upload(gql: GraphQLClient, files: FolderStore) -> Uploader:
    return Uploader(gql, await an_organization())


@pytest.fixture
async def employee(upload: Uploader) -> Actor:
    return await actor_of(await an_employee(upload.organization))


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def kept(answer: dict[str, Any]) -> dict[str, Any]:
    payload = answer["data"]["uploadFile"]
    assert payload["errors"] == []
    found: dict[str, Any] = payload["file"]
    return found


async def test_a_file_is_uploaded_and_fetched_by_its_link(
    upload: Uploader, employee: Actor, frozen_clock: Freeze
) -> None:
    with frozen_clock("2026-11-24T12:00+03:00"):
        file = kept(await upload(employee, name="../Акт «1».PDF"))
    with frozen_clock("2026-11-24T12:04+03:00"):
        fetched = await upload.fetch(file["url"])
        head = await upload.fetch(file["url"], "HEAD")
        posted = await upload.fetch(file["url"], "POST")
    with frozen_clock("2026-11-24T12:05+03:00"):
        late = await upload.fetch(file["url"])

    assert (file["name"], file["mediaType"], file["size"]) == (
        "Акт «1».pdf",
        "application/pdf",
        len(PDF),
    )
    row = await StoredFile.get(id=decode_id(file["id"])[1])
    assert row.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (fetched.status_code, fetched.content) == (200, PDF)
    safe = {
        "content-type": "application/pdf",
        "content-length": str(len(PDF)),
        "content-disposition": "attachment; filename*=UTF-8''"
        "%D0%90%D0%BA%D1%82%20%C2%AB1%C2%BB.pdf",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "private, no-store",
    }
    assert {name: fetched.headers[name] for name in safe} == safe
    assert {name: head.headers[name] for name in safe} == safe
    assert (head.status_code, head.content) == (200, b"")
    assert posted.status_code == 405
    assert late.status_code == 404


@pytest.mark.parametrize(
    ("content", "code", "limit"),
    [
        (b"", "FILE_EMPTY", None),
        (b"%PDF-" + b"x" * 400_000, "FILE_TOO_LARGE", 400_000),
        (b"<html>", "FILE_TYPE_REFUSED", None),
    ],
)
async def test_a_file_that_is_not_taken(
    upload: Uploader, employee: Actor, content: bytes, code: str, limit: int | None
) -> None:
    answer = await upload(employee, content)

    payload = answer["data"]["uploadFile"]
    assert payload["file"] is None
    [error] = payload["errors"]
    assert (error["code"], error["path"], error["limit"]) == (code, ["file"], limit)
    assert await StoredFile.all().count() == 0


async def test_the_audit_log_tells_an_upload_by_its_hash(upload: Uploader, employee: Actor) -> None:
    file = kept(await upload(employee))

    row = await AuditEntry.get()
    assert (row.action, row.organization_id) == ("uploadFile", upload.organization.id)
    assert (row.object_kind, row.object_id) == decode_id(file["id"])
    assert row.input == {
        "organizationId": encode_id("Organization", upload.organization.id),
        "file": {"size": len(PDF), "sha256": hashlib.sha256(PDF).hexdigest()},
    }


async def test_who_may_not_upload(upload: Uploader) -> None:
    home = await a_premise(building=await a_building(organization=upload.organization))
    resident = await actor_of(await a_resident_user(upload.organization, premises=[home]))
    stranger = await actor_of(await an_employee(await an_organization()))

    assert codes(await upload(None)) == ["UNAUTHENTICATED"]
    assert codes(await upload(resident)) == ["FORBIDDEN"]
    assert codes(await upload(stranger)) == ["NOT_FOUND"]
    assert await StoredFile.all().count() == 0


async def test_an_upload_is_its_uploaders_until_it_belongs_to_something(
    gql: GraphQLClient, upload: Uploader, employee: Actor
) -> None:
    colleague = await actor_of(await an_employee(upload.organization))
    token = await actor_of(await a_service_token(upload.organization))
    other_token = await actor_of(await a_service_token(upload.organization))
    mine, by_token = kept(await upload(employee)), kept(await upload(token))

    async def sees(actor: Actor, file: dict[str, Any]) -> bool:
        answer = await gql(NODE, {"id": file["id"]}, actor=actor)
        return answer["data"]["node"] is not None

    assert await sees(employee, mine)
    assert not await sees(colleague, mine)
    assert not await sees(token, mine)
    assert await sees(token, by_token)
    assert not await sees(other_token, by_token)


async def test_an_attached_file_is_seen_by_who_sees_its_owner(
    gql: GraphQLClient, upload: Uploader, employee: Actor
) -> None:
    ours = await a_building(organization=upload.organization)
    other = await a_building(organization=upload.organization)
    near = await actor_of(await an_employee(upload.organization, buildings=[ours]))
    far = await actor_of(await an_employee(upload.organization, buildings=[other]))
    file = kept(await upload(employee))
    row = await StoredFile.get(id=decode_id(file["id"])[1])

    async def seen_by(actor: Actor) -> Any:
        return (await gql(NODE, {"id": file["id"]}, actor=actor))["data"]["node"]

    row.owner_kind, row.owner_id = "Building", ours.id
    await row.save()
    assert await seen_by(near) == {"name": "акт.pdf"}
    assert await seen_by(far) is None

    row.owner_kind = "Unknown"
    await row.save()
    assert await seen_by(near) is None
    assert await seen_by(employee) is None


async def test_by_its_id_a_file_is_the_staffs_to_see(
    gql: GraphQLClient, upload: Uploader, employee: Actor
) -> None:
    """Of what a resident sees, not all files are for residents: the object shows those that are."""
    home = await a_premise(building=await a_building(organization=upload.organization))
    resident = await actor_of(await a_resident_user(upload.organization, premises=[home]))
    file = kept(await upload(employee))
    key = decode_id(file["id"])[1]
    await StoredFile.filter(id=key).update(owner_kind="Premise", owner_id=home.id)

    seen = [
        (await gql(NODE, {"id": file["id"]}, actor=actor))["data"]["node"]
        for actor in (employee, resident)
    ]

    assert seen == [{"name": "акт.pdf"}, None]


async def test_an_upload_is_deleted_by_its_uploader_alone(
    gql: GraphQLClient, upload: Uploader, employee: Actor, events: EmittedEvents
) -> None:
    file = kept(await upload(employee))
    colleague = await actor_of(await an_employee(upload.organization))
    key = decode_id(file["id"])[1]
    given = {"input": {"id": file["id"]}}

    assert codes(await gql(DELETE, given)) == ["UNAUTHENTICATED"]
    assert codes(await gql(DELETE, given, actor=colleague)) == ["NOT_FOUND"]
    absent = {"input": {"id": encode_id("StoredFile", uuid4())}}
    assert codes(await gql(DELETE, absent, actor=employee)) == ["NOT_FOUND"]
    await StoredFile.filter(id=key).update(owner_kind="Building", owner_id=uuid4())
    refused = await gql(DELETE, given, actor=employee)
    assert refused["data"]["deleteFile"]["errors"] == [{"code": "FILE_UNAVAILABLE", "path": ["id"]}]
    assert events == []

    await StoredFile.filter(id=key).update(owner_kind=None, owner_id=None)
    assert (await gql(DELETE, given, actor=employee))["data"]["deleteFile"]["errors"] == []
    assert events == [FilesRemoved(file_ids=(key,))]
    assert (await upload.fetch(file["url"])).status_code == 404


async def test_a_link_without_content_leads_nowhere(
    upload: Uploader, employee: Actor, files: FolderStore
) -> None:
    file = kept(await upload(employee))
    await files.delete(decode_id(file["id"])[1])

    assert (await upload.fetch(file["url"])).status_code == 404
    assert (await upload.fetch("/files/abc")).status_code == 404
