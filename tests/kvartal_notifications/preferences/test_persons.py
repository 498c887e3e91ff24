"""What people choose for themselves, in the capacity that they are signed in with."""

from typing import Any

import pytest
from tests.kvartal_notifications.messages.sample import WINDOW

from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_notifications.preferences.models import OptOut, PersonSettings

FIELDS = "kinds { kind { key } channels } locale quietHours { from until }"
SHOW = f"{{ notificationPreferences {{ {FIELDS} }} }}"
CHOOSE = f"""
mutation ($input: UpdateNotificationPreferencesInput!) {{
  updateNotificationPreferences(input: $input) {{
    notificationPreferences {{ {FIELDS} }} errors {{ code path }}
  }}
}}
"""
ALL = ["IN_APP", "EMAIL", "PUSH"]


@pytest.fixture
async def resident(db: None) -> Actor:
    return await actor_of(await a_resident_user(await an_organization(), premises=[]))


async def choose(gql: GraphQLClient, actor: Actor, **given: Any) -> dict[str, Any]:
    answer = await gql(CHOOSE, {"input": given}, actor=actor)
    assert "data" in answer, answer
    found: dict[str, Any] = answer["data"]["updateNotificationPreferences"]
    return found


async def shown(gql: GraphQLClient, actor: Actor) -> dict[str, Any]:
    answer = await gql(SHOW, actor=actor)
    found: dict[str, Any] = answer["data"]["notificationPreferences"]
    return found


def channels_of(preferences: dict[str, Any], kind: str = WINDOW.key) -> list[str]:
    found: list[str] = {row["kind"]["key"]: row["channels"] for row in preferences["kinds"]}[kind]
    return found


async def test_at_first_everything_is_on(
    gql: GraphQLClient, resident: Actor, queries: QueryCounter
) -> None:
    with queries.exactly(1):
        found = await shown(gql, resident)

    assert channels_of(found) == ALL
    assert "sample.submitted" not in {row["kind"]["key"] for row in found["kinds"]}
    assert (found["locale"], found["quietHours"]) == ("ru", None)


async def test_employees_choose_among_what_employees_are_told_of(
    gql: GraphQLClient, resident: Actor
) -> None:
    employee = await actor_of(await an_employee(await an_organization()))

    keys = {row["kind"]["key"] for row in (await shown(gql, employee))["kinds"]}

    assert "sample.submitted" in keys
    assert WINDOW.key not in keys


async def test_a_way_is_switched_off_and_on_again(gql: GraphQLClient, resident: Actor) -> None:
    switch = {"kind": WINDOW.key, "channel": "PUSH"}

    off = await choose(gql, resident, channels=[{**switch, "isOn": False}])
    again = await choose(gql, resident, channels=[{**switch, "isOn": False}])

    assert off["errors"] == again["errors"] == []
    assert channels_of(again["notificationPreferences"]) == ["IN_APP", "EMAIL"]
    assert await OptOut.all().count() == 1
    on = await choose(gql, resident, channels=[{**switch, "isOn": True}])
    assert channels_of(on["notificationPreferences"]) == ALL
    assert await OptOut.all().count() == 0


async def test_own_quiet_hours_and_language(gql: GraphQLClient, resident: Actor) -> None:
    hours = {"from": "23:00", "until": "07:30"}

    await choose(gql, resident, quietHours=hours)
    await choose(gql, resident, locale="en")

    found = await shown(gql, resident)
    assert (found["locale"], found["quietHours"]) == ("en", hours)
    own = await PersonSettings.get(user_id=resident.user_id)
    assert (own.quiet_from, own.quiet_until) == (23 * 60, 7 * 60 + 30)
    await choose(gql, resident, quietHours=None)
    assert (await shown(gql, resident))["quietHours"] is None


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"locale": "de"}, "LOCALE_UNKNOWN", ["locale"]),
        (
            {"quietHours": {"from": "7", "until": "08:00"}},
            "QUIET_HOURS_INVALID",
            ["quietHours", "from"],
        ),
        (
            {"quietHours": {"from": "07:00", "until": "25:00"}},
            "QUIET_HOURS_INVALID",
            ["quietHours", "until"],
        ),
        (
            {"channels": [{"kind": "sample.submitted", "channel": "PUSH", "isOn": True}]},
            "NOTIFICATION_KIND_UNKNOWN",
            ["channels", "0", "kind"],
        ),
        (
            {"channels": [{"kind": WINDOW.key, "channel": "PUSH", "isOn": on} for on in (1, 0)]},
            "NOTIFICATION_KIND_REPEATED",
            ["channels", "1", "kind"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_wrong_is_told_and_nothing_is_kept(
    gql: GraphQLClient, resident: Actor, given: dict[str, Any], code: str, path: list[str]
) -> None:
    if "channels" in given:
        given = {"channels": [{**each, "isOn": bool(each["isOn"])} for each in given["channels"]]}

    payload = await choose(gql, resident, **given)

    assert payload["errors"] == [{"code": code, "path": path}]
    assert await OptOut.all().count() == await PersonSettings.all().count() == 0


async def test_what_changes_nothing_leaves_nothing(gql: GraphQLClient, resident: Actor) -> None:
    payload = await choose(gql, resident, locale="ru", quietHours=None, channels=[])

    assert payload["errors"] == []
    assert await PersonSettings.all().count() == 0
    assert await AuditEntry.all().count() == 0


async def test_a_change_is_told_in_the_audit_log(gql: GraphQLClient, resident: Actor) -> None:
    switch = {"kind": WINDOW.key, "channel": "PUSH", "isOn": False}

    await choose(gql, resident, channels=[switch], quietHours={"from": "23:00", "until": "07:30"})

    [entry] = await AuditEntry.all()
    assert entry.changes == {
        "quiet_hours": [None, "23:00–07:30"],
        "opted_out": [[], ["sample.window PUSH"]],
    }


async def test_only_people_choose(gql: GraphQLClient, db: None) -> None:
    token = await a_service_token(await an_organization())
    for actor, code in (
        (ANONYMOUS, "UNAUTHENTICATED"),
        (await actor_of(token), "FORBIDDEN"),
    ):
        for document in (SHOW, CHOOSE):
            answer = await gql(document, {"input": {}}, actor=actor)
            assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
