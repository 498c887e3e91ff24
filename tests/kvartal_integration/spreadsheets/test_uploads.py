"""Workbooks that an import takes can be uploaded, as the installation is by default."""

import io
import json
import os
import zipfile
from dataclasses import replace

import httpx
import pytest
from tests.kvartal_integration.spreadsheets.conftest import a_workbook

from kvartal.auth.models import Employee
from kvartal.files.storage.policy import configured, policy
from kvartal.files.storage.store import FolderStore
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import token_of
from kvartal.testing.client import GraphQLClient
from kvartal_integration.spreadsheets.uploads import XLSX
from kvartal_meters.testing import Home

UPLOAD = """
mutation ($input: UploadFileInput!) {
  uploadFile(input: $input) { file { id size mediaType } errors { code limit } }
}
"""
TRIED = """
mutation ($input: ImportReadingsInput!) {
  previewReadingsImport(input: $input) { operation { preview status } errors { code } }
}
"""


def padded(workbook: bytes, size: int) -> bytes:
    """The same workbook with a picture in it."""
    content = io.BytesIO(workbook)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/media/image1.png", os.urandom(size))
    return content.getvalue()


def test_workbooks_may_be_as_large_as_an_import_takes(db: None) -> None:
    limits = policy()

    assert limits.limit_of(XLSX) == limits.largest_upload == 50_000_000
    assert limits.limit_of("application/pdf") == 10_000_000


@pytest.mark.parametrize(
    ("size", "refused"), [(12_000_000, None), (50_000_000, "TOO_COMPLEX_FILE")]
)
async def test_a_large_workbook_is_uploaded_and_tried(
    gql: GraphQLClient,
    home: Home,
    employee: Employee,
    files: FolderStore,
    size: int,
    refused: str | None,
) -> None:
    organization = encode_id("Organization", home.organization.id)
    given = {
        "query": UPLOAD,
        "variables": {"input": {"organizationId": organization, "file": None}},
    }
    token = await token_of(employee)
    content = padded(a_workbook([[home.account.number, "ХВС-15", None, 5]]), size)

    with configured(replace(policy(), max_bytes=10_000_000, larger={XLSX: 50_000_000})):
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=gql.app), base_url="http://test"
        ) as client:
            answer = await client.post(
                "/graphql",
                files=[
                    ("operations", (None, json.dumps(given))),
                    ("map", (None, '{"0": ["variables.input.file"]}')),
                    ("0", ("ноябрь.xlsx", content)),
                ],
                headers={"GraphQL-Require-Preflight": "1", "Authorization": f"Bearer {token}"},
            )

    if refused is not None:
        assert answer.status_code == 413
        assert answer.json()["errors"][0]["extensions"]["reason"] == refused
        return
    sent = answer.json()["data"]["uploadFile"]
    assert (sent["errors"], sent["file"]["size"]) == ([], len(content))
    wanted = {"organizationId": organization, "scope": "INDIVIDUAL", "fileId": sent["file"]["id"]}
    tried = await gql(TRIED, {"input": wanted}, token=token)
    assert tried["data"]["previewReadingsImport"] == {
        "operation": {"preview": True, "status": "QUEUED"},
        "errors": [],
    }
