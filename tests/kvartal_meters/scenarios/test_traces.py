"""Whatever is done to a meter or a reading can be looked up afterwards: by whom, when, and what."""

from typing import Any

import pytest
from tests.kvartal_meters.scenarios.conftest import EVERYTHING, NOON, Register, Submit, key

from kvartal.auth.actor import Actor
from kvartal.permissions import AUDIT_VIEW
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.client import GraphQLClient
from kvartal_meters.testing import Home, values_of

LOG = """
query ($organization: ID!, $filter: AuditLogFilter) {
  auditLog(organizationId: $organization, filter: $filter) {
    nodes { action actorKind actorName channel objectId input changes { fact before after } }
  }
}
"""
UPDATE = """
mutation ($input: UpdateMeterInput!) { updateMeter(input: $input) { errors { code } } }
"""
RENAME = """
mutation ($input: RenameMeterInput!) { renameMeter(input: $input) { errors { code } } }
"""
REVISIONS = """
query ($id: ID!) {
  node(id: $id) {
    ... on Reading { revisions { authorKind channel oldValues newValues } }
  }
}
"""


@pytest.fixture(autouse=True)
def november(frozen_clock: Any) -> Any:
    with frozen_clock(NOON):
        yield


async def log(gql: GraphQLClient, home: Home, actor: Actor, **filter: Any) -> list[dict[str, Any]]:
    variables = {"organization": key("Organization", home.organization), "filter": filter}
    answer = await gql(LOG, variables, actor=actor)
    assert "errors" not in answer, answer
    found: list[dict[str, Any]] = answer["data"]["auditLog"]["nodes"]
    return found


@pytest.fixture
async def auditor(home: Home) -> Actor:
    """An employee who changes meters and may read the log."""
    rights = [*EVERYTHING, AUDIT_VIEW.code]
    return await actor_of(await an_employee(home.organization, permissions=rights))


async def test_a_meters_card_has_a_history_of_its_own(
    gql: GraphQLClient, home: Home, auditor: Actor
) -> None:
    meter = key("Meter", home.meter)
    for change in ({"identifier": "ХВС-16"}, {"identifier": "ХВС-16"}, {"status": "ARCHIVED"}):
        answer = await gql(UPDATE, {"input": {"id": meter, **change}}, actor=auditor)
        assert answer["data"]["updateMeter"]["errors"] == []

    entries = await log(gql, home, auditor, objectId=meter)

    # The second said nothing new, and so left no trace.
    assert [(each["action"], each["actorName"], each["channel"]) for each in entries] == [
        ("updateMeter", "Иванова Мария Петровна", "CRM")
    ] * 2
    archived, renamed = (
        {c["fact"]: (c["before"], c["after"]) for c in e["changes"]} for e in entries
    )
    assert archived["status"] == ("ACTIVE", "ARCHIVED")
    assert renamed == {"identifier": ("ХВС-15", "ХВС-16")}


async def test_a_reading_tells_all_who_have_changed_it(
    gql: GraphQLClient, submit: Submit, register: Register, home: Home, auditor: Actor
) -> None:
    [first] = (await submit(values_of(home.meter, "105")))["readings"]
    await submit(values_of(home.meter, "106"), actor=auditor)
    row = {"meterId": key("Meter", home.meter), "values": ["107"], "channel": "BILLING"}
    await register("readings", row, mode="OVERWRITE")

    answer = await gql(REVISIONS, {"id": first["id"]}, actor=auditor)

    told = [
        (each["authorKind"], each["channel"], each["oldValues"], each["newValues"])
        for each in answer["data"]["node"]["revisions"]
    ]
    assert sorted(told, key=lambda each: str(each[3])) == [
        ("RESIDENT", "RESIDENT_APP", None, ["105"]),
        ("EMPLOYEE", "CRM", ["105"], ["106"]),
        ("SERVICE", "BILLING", ["106"], ["107"]),
    ]


async def test_a_residents_own_name_of_a_meter_leaves_no_trace_for_staff(
    gql: GraphQLClient, home: Home, auditor: Actor
) -> None:
    name = {"meterId": key("Meter", home.meter), "name": "Кухня, под раковиной"}

    answer = await gql(RENAME, {"input": name}, actor=home.resident)
    entries = await log(gql, home, auditor)

    assert answer["data"]["renameMeter"]["errors"] == []
    assert "раковиной" not in str(entries)


@pytest.mark.parametrize("who", ["resident", "an employee without the right", "system"])
async def test_the_log_is_read_by_right(
    gql: GraphQLClient, submit: Submit, home: Home, system: Actor, chief: Actor, who: str
) -> None:
    await submit(values_of(home.meter, "105"))
    actor = {"resident": home.resident, "system": system}.get(who, chief)

    answer = await gql(LOG, {"organization": key("Organization", home.organization)}, actor=actor)

    assert answer.get("data") is None
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]
