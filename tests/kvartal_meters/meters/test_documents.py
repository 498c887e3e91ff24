"""Documents of house meters: staff attach, see and remove them; nobody else knows of them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from kvartal.auth.actor import Actor
from kvartal.auth.models import Employee
from kvartal.files.events import FilesRemoved
from kvartal.files.models import StoredFile
from kvartal.graphql.node import encode_id
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.meters.models import Meter
from kvartal_meters.testing import Home, a_collective_meter

SHOWN = "documents { file { name size createdAt url } attachedBy }"
OF_HOUSE = f"""
query ($id: ID!) {{ building(id: $id) {{ meters {{ nodes {{ {SHOWN} }} }} }} }}
"""
NODE = "query ($id: ID!) { node(id: $id) { ... on StoredFile { name } } }"

Change = Callable[..., Awaitable[dict[str, Any]]]
Refused = Callable[..., Awaitable[list[tuple[str, list[str]]]]]
Somebody = Callable[[str], Awaitable[Actor]]


async def an_upload(home: Home, uploader: Actor, **fields: Any) -> StoredFile:
    usual = {"name": "паспорт.pdf", "organization": home.organization}
    return await StoredFile.create(
        media_type="application/pdf",
        size=10,
        sha256="0" * 64,
        uploader_id=uploader.user_id or uuid4(),
        **{**usual, **fields},
    )


async def a_document(home: Home, uploader: Actor, meter: Meter, **fields: Any) -> StoredFile:
    return await an_upload(home, uploader, owner_kind="Meter", owner_id=meter.id, **fields)


def of(meter: Meter, file: StoredFile) -> dict[str, str]:
    return {
        "meterId": encode_id("Meter", meter.id),
        "fileId": encode_id("StoredFile", file.id),
    }


@pytest.fixture
async def house(home: Home) -> Meter:
    return await a_collective_meter(building=home.building)


async def test_an_upload_becomes_a_document(
    changed: Change, gql: GraphQLClient, home: Home, clerk: Actor, house: Meter
) -> None:
    first, second = await an_upload(home, clerk), await an_upload(home, clerk, name="акт.pdf")

    await changed("attachMeterDocument", clerk, **of(house, first))
    shown = await changed("attachMeterDocument", clerk, SHOWN, **of(house, second))
    by_id = await gql(NODE, {"id": encode_id("StoredFile", first.id)}, actor=clerk)

    names = [each["file"]["name"] for each in shown["documents"]]
    assert names == ["паспорт.pdf", "акт.pdf"]
    [document, _] = shown["documents"]
    employee = await Employee.get(user_id=clerk.user_id)
    assert document["attachedBy"] == employee.full_name
    assert document["file"]["url"].startswith("/files/")
    assert document["file"]["size"] == 10
    assert by_id["data"] == {"node": {"name": "паспорт.pdf"}}


async def test_a_document_is_removed_content_and_all(
    changed: Change, home: Home, clerk: Actor, house: Meter, events: EmittedEvents
) -> None:
    gone, kept = await a_document(home, clerk, house), await a_document(home, clerk, house)

    shown = await changed(
        "removeMeterDocument", clerk, "documents { file { id } }", **of(house, gone)
    )

    assert shown["documents"] == [{"file": {"id": encode_id("StoredFile", kept.id)}}]
    assert events.of(FilesRemoved) == [FilesRemoved(file_ids=(gone.id,))]
    assert await StoredFile.all().values_list("id", flat=True) == [kept.id]


async def test_only_house_meters_have_documents(refused: Refused, home: Home, clerk: Actor) -> None:
    file = await an_upload(home, clerk)

    assert await refused("attachMeterDocument", clerk, **of(home.meter, file)) == [
        ("COLLECTIVE_ONLY", ["meterId"])
    ]


async def test_only_ones_own_unused_upload_is_attached(
    refused: Refused, home: Home, clerk: Actor, house: Meter, somebody: Somebody
) -> None:
    colleague = await somebody("employee of buildings")
    others = [
        await an_upload(home, colleague),
        await a_document(home, clerk, house),
        await an_upload(home, clerk, organization=await an_organization()),
    ]

    for file in others:
        assert await refused("attachMeterDocument", clerk, **of(house, file)) == [
            ("FILE_UNAVAILABLE", ["fileId"])
        ]


async def test_a_meter_has_only_so_many_documents(
    change: Change, home: Home, clerk: Actor, house: Meter
) -> None:
    for _ in range(50):
        await a_document(home, clerk, house)
    one_more = await an_upload(home, clerk)

    answer = await change("attachMeterDocument", clerk, **of(house, one_more))

    assert answer["data"]["attachMeterDocument"]["errors"] == [
        {
            "code": "TOO_MANY_DOCUMENTS",
            "path": ["fileId"],
            "message": "У счетчика не может быть больше 50 документов. Удалите лишние",
        }
    ]


async def test_what_is_no_document_of_the_meter_is_not_removed(
    change: Change, home: Home, clerk: Actor, house: Meter
) -> None:
    other = await a_collective_meter(building=home.building)
    files = [await an_upload(home, clerk), await a_document(home, clerk, other)]

    for file in files:
        answer = await change("removeMeterDocument", clerk, **of(house, file))
        assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]

    assert await StoredFile.all().count() == 2


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("anonymous", "UNAUTHENTICATED"),
        ("resident", "FORBIDDEN"),
        ("neighbour", "FORBIDDEN"),
        ("employee elsewhere", "NOT_FOUND"),
        ("employee of another house", "NOT_FOUND"),
        ("employee of premises", "FORBIDDEN"),
        ("employee without rights", "FORBIDDEN"),
        ("employee of buildings", None),
    ],
)
async def test_who_may_change_documents(
    change: Change, home: Home, house: Meter, somebody: Somebody, who: str, code: str | None
) -> None:
    actor = await somebody(who)
    upload, document = await an_upload(home, actor), await a_document(home, actor, house)

    for mutation, file in (("attachMeterDocument", upload), ("removeMeterDocument", document)):
        answer = await change(mutation, actor, **of(house, file))
        codes = [each["extensions"]["code"] for each in answer.get("errors", [])]
        assert codes == ([code] if code else [])

    documents = await StoredFile.filter(owner_kind="Meter").values_list("id", flat=True)
    assert documents == [document.id if code else upload.id]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("resident", False),
        ("neighbour", False),
        ("employee without rights", True),
        ("system", True),
    ],
)
async def test_documents_are_the_staffs_to_see(
    gql: GraphQLClient,
    home: Home,
    house: Meter,
    clerk: Actor,
    somebody: Somebody,
    who: str,
    sees: bool,
) -> None:
    document = await a_document(home, clerk, house)
    actor = await somebody(who)

    listed = await gql(OF_HOUSE, {"id": encode_id("Building", home.building.id)}, actor=actor)
    by_id = await gql(NODE, {"id": encode_id("StoredFile", document.id)}, actor=actor)

    [shown] = listed["data"]["building"]["meters"]["nodes"]
    assert len(shown["documents"]) == sees
    assert by_id["data"] == {"node": {"name": "паспорт.pdf"} if sees else None}


async def test_many_meters_with_documents_cost_what_two_cost(
    gql: GraphQLClient, home: Home, clerk: Actor, queries: QueryCounter
) -> None:
    async def documented() -> None:
        meter = await a_collective_meter(building=home.building)
        await a_document(home, clerk, meter)

    key = {"id": encode_id("Building", home.building.id)}
    for _ in range(2):
        await documented()
    with queries.exactly(4):
        await gql(OF_HOUSE, key, actor=clerk)
    for _ in range(18):
        await documented()
    with queries.exactly(4):
        answer = await gql(OF_HOUSE, key, actor=clerk)

    nodes = answer["data"]["building"]["meters"]["nodes"]
    assert [len(each["documents"]) for each in nodes] == [1] * 20
