from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kvartal.audit.models import AuditEntry
from kvartal.auth.actor import Actor
from kvartal.auth.models import User
from kvartal.auth.rules import SessionChannel
from kvartal.graphql.node import decode_id, encode_id
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_notifications.channels.service import web_push_public_key
from kvartal_notifications.preferences.devices.service import live_devices
from kvartal_notifications.preferences.models import Device
from kvartal_notifications.testing.factories import a_session
from kvartal_notifications.testing.push import an_fcm_device, push_channels
from kvartal_notifications.testing.web_push import Browser, web_push_service

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
LATER = NOW + timedelta(days=1)

Freeze = Callable[[str | datetime], AbstractContextManager[None]]

REGISTER = """
mutation ($input: RegisterDeviceInput!) { registerDevice(input: $input) {
  device { id provider title locale createdAt updatedAt }
  errors { code path limit }
} }
"""

UNREGISTER = """
mutation ($input: UnregisterDeviceInput!) { unregisterDevice(input: $input) {
  device { id title } errors { code }
} }
"""

DEVICES = "{ devices { id provider title createdAt updatedAt } }"
KEY = "{ webPushPublicKey }"


async def a_resident() -> tuple[User, Actor]:
    user = await a_resident_user(await an_organization())
    return user, await actor_of(user)


async def register(gql: GraphQLClient, actor: Actor, **given: Any) -> dict[str, Any]:
    values = {"provider": "FCM", **given}
    answer = await gql(REGISTER, {"input": values}, actor=actor)
    found: dict[str, Any] = answer["data"]["registerDevice"]
    return found


def uuid_in(answer: dict[str, Any]) -> UUID:
    return decode_id(answer["device"]["id"])[1]


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_a_phone_is_registered_with_the_present_session(
    gql: GraphQLClient, frozen_clock: Freeze
) -> None:
    user, actor = await a_resident()
    with frozen_clock(NOW):
        answer = await register(gql, actor, token="token-1", title=" Телефон ", locale="en-GB")
        found = await live_devices([uuid_in(answer)])

    assert answer == {
        "device": {
            "id": answer["device"]["id"],
            "provider": "FCM",
            "title": "Телефон",
            "locale": "en",
            "createdAt": NOW.isoformat(),
            "updatedAt": NOW.isoformat(),
        },
        "errors": [],
    }
    row = await Device.get()
    assert (row.user_id, row.session_id) == (user.id, actor.session_id)
    assert b"token-1" not in bytes(row.address_sealed)
    assert [each.address for each in found.values()] == ["token-1"]


async def test_a_browser_is_registered(gql: GraphQLClient) -> None:
    _, actor = await a_resident()
    given = Browser("https://push.example/1").subscription
    answer = await register(
        gql,
        actor,
        provider="WEB_PUSH",
        subscription={"endpoint": given.endpoint, "p256dh": given.p256dh, "auth": given.auth},
    )

    found = await live_devices([uuid_in(answer)])
    assert (answer["device"]["provider"], answer["device"]["title"]) == ("WEB_PUSH", None)
    assert [each.address for each in found.values()] == [given.packed()]


async def test_the_language_is_that_of_the_request_unless_it_is_said(gql: GraphQLClient) -> None:
    _, actor = await a_resident()
    values = {"provider": "FCM", "token": "token-1"}
    answer = await gql(REGISTER, {"input": values}, actor=actor, locale="en")

    assert answer["data"]["registerDevice"]["device"]["locale"] == "en"


async def test_the_same_address_is_the_same_device(
    gql: GraphQLClient, frozen_clock: Freeze
) -> None:
    user, actor = await a_resident()
    other_session = await actor_of(user)
    with frozen_clock(NOW):
        first = await register(gql, actor, token="token-1", title="Старое")
    with frozen_clock(LATER):
        second = await register(gql, other_session, token="token-1", title="Новое")

    row = await Device.get()
    assert second["device"] == first["device"] | {
        "title": "Новое",
        "updatedAt": LATER.isoformat(),
    }
    assert row.session_id == other_session.session_id


async def test_a_device_that_changes_hands_is_lost_to_its_former_owner(
    gql: GraphQLClient, frozen_clock: Freeze
) -> None:
    _, former = await a_resident()
    user, actor = await a_resident()
    with frozen_clock(NOW):
        first = await register(gql, former, token="token-1")
    with frozen_clock(LATER):
        second = await register(gql, actor, token="token-1")
        # What waits for the former owner waits for the former id.
        lost, found = await live_devices([uuid_in(first)]), await live_devices([uuid_in(second)])

    assert lost == {}
    assert [(each.user_id, each.address) for each in found.values()] == [(user.id, "token-1")]
    assert second["device"]["createdAt"] == LATER.isoformat()
    assert await Device.all().count() == 1


async def test_of_more_than_twenty_the_longest_unused_goes(
    gql: GraphQLClient, frozen_clock: Freeze
) -> None:
    user, actor = await a_resident()
    other = await an_fcm_device(await a_user(), "another's")
    for number in range(20):
        at = NOW + timedelta(minutes=number)
        await an_fcm_device(user, f"token-{number}", title=f"{number}")
        await Device.filter(title=f"{number}").update(created_at=at, updated_at=at)
    with frozen_clock(LATER):
        await register(gql, actor, token="token-0", title="0")
        await register(gql, actor, token="token-20", title="20")

    titles = await Device.filter(user_id=user.id).values_list("title", flat=True)
    assert {str(each) for each in titles} == {str(n) for n in range(21)} - {"1"}
    assert await Device.filter(id=other.id).exists()


FAULTS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    ({}, [{"code": "DEVICE_ADDRESS_MISSING", "path": ["token"], "limit": None}]),
    (
        {"provider": "WEB_PUSH", "token": "a"},
        [{"code": "DEVICE_ADDRESS_MISSING", "path": ["subscription"], "limit": None}],
    ),
    (
        {"token": "a b", "title": "т" * 101},
        [
            {"code": "DEVICE_TOKEN_INVALID", "path": ["token"], "limit": 4096},
            {"code": "TEXT_TOO_LONG", "path": ["title"], "limit": 100},
        ],
    ),
    (
        {
            "provider": "WEB_PUSH",
            "subscription": {"endpoint": "http://a.example/", "p256dh": "AAAA", "auth": "AAAA"},
        },
        [
            {"code": "PUSH_ENDPOINT_INVALID", "path": ["subscription", "endpoint"], "limit": 1000},
            {"code": "PUSH_KEY_INVALID", "path": ["subscription", "p256dh"], "limit": None},
            {"code": "PUSH_KEY_INVALID", "path": ["subscription", "auth"], "limit": None},
        ],
    ),
]


@pytest.mark.parametrize(("given", "errors"), FAULTS)
async def test_what_cannot_be_sent_to_is_refused(
    gql: GraphQLClient, given: dict[str, Any], errors: list[dict[str, Any]]
) -> None:
    _, actor = await a_resident()

    answer = await register(gql, actor, **given)

    assert answer == {"device": None, "errors": errors}
    assert await Device.all().count() == 0


async def test_the_log_of_the_organization_tells_of_a_new_device_once_and_no_address(
    gql: GraphQLClient, frozen_clock: Freeze
) -> None:
    _, actor = await a_resident()
    with frozen_clock(NOW):
        await register(gql, actor, token="token-secret", title="Телефон")
    with frozen_clock(LATER):
        await register(gql, actor, token="token-secret", title="Телефон")

    [entry] = await AuditEntry.filter(action="registerDevice")
    assert entry.object_kind == "Device"
    assert "token-secret" not in str(entry.input)


async def test_own_devices_are_listed_the_last_registered_first(
    gql: GraphQLClient, queries: QueryCounter, frozen_clock: Freeze
) -> None:
    user, actor = await a_resident()
    await an_fcm_device(await a_user(), "another's")
    over = await a_session(user, revoked_at=NOW)
    await an_fcm_device(user, "of an ended session", session=over)
    await register(gql, actor, token="token-1", title="1")
    with queries.exactly(1):
        one = (await gql(DEVICES, actor=actor))["data"]["devices"]
    for number in range(2, 21):
        await an_fcm_device(user, f"token-{number}", title=str(number))

    with queries.exactly(1):
        all_of_them = (await gql(DEVICES, actor=actor))["data"]["devices"]

    assert [each["title"] for each in one] == ["1"]
    assert [each["title"] for each in all_of_them] == [str(n) for n in range(20, 0, -1)]
    assert set(one[0]) == {"id", "provider", "title", "createdAt", "updatedAt"}


async def test_a_device_is_unregistered(gql: GraphQLClient) -> None:
    user, actor = await a_resident()
    device = await an_fcm_device(user, "token-1", title="Телефон")
    given = {"input": {"id": encode_id("Device", device.id)}}

    answer = await gql(UNREGISTER, given, actor=actor)
    again = await gql(UNREGISTER, given, actor=actor)

    assert answer["data"]["unregisterDevice"] == {
        "device": {"id": encode_id("Device", device.id), "title": "Телефон"},
        "errors": [],
    }
    assert code_of(again) == "NOT_FOUND"
    assert await Device.all().count() == 0


async def test_a_strangers_device_is_not_there(gql: GraphQLClient) -> None:
    organization = await an_organization()
    device = await an_fcm_device(await a_resident_user(organization), "token-1")
    given = {"input": {"id": encode_id("Device", device.id)}}
    strangers = [
        await actor_of(await a_resident_user(organization)),
        await actor_of(await a_resident_user(await an_organization())),
        await actor_of(await an_employee(organization, permissions=["auth.role.manage"])),
        await actor_of(await an_employee(await an_organization())),
    ]

    codes = [code_of(await gql(UNREGISTER, given, actor=each)) for each in strangers]

    assert codes == ["NOT_FOUND"] * 4
    assert await Device.filter(id=device.id).exists()


async def test_an_employee_registers_the_employee_app(gql: GraphQLClient) -> None:
    employee = await an_employee(await an_organization())
    actor = await actor_of(employee, SessionChannel.EMPLOYEE_APP)

    answer = await register(gql, actor, token="token-1")

    [found] = (await live_devices([uuid_in(answer)])).values()
    assert (found.user_id, found.kind) == (employee.user_id, "EMPLOYEE")


async def test_without_a_session_there_are_no_devices(gql: GraphQLClient) -> None:
    service = await actor_of(await a_service_token(await an_organization()))
    device = await an_fcm_device(await a_user(), "token-1")
    asked: list[tuple[str, dict[str, Any]]] = [
        (REGISTER, {"input": {"provider": "FCM", "token": "token-2"}}),
        (UNREGISTER, {"input": {"id": encode_id("Device", device.id)}}),
        (DEVICES, {}),
    ]

    anonymous = [code_of(await gql(query, given)) for query, given in (*asked, (KEY, {}))]
    integrator = [code_of(await gql(query, given, actor=service)) for query, given in asked]

    assert anonymous == ["UNAUTHENTICATED"] * 4
    assert integrator == ["FORBIDDEN"] * 3
    assert [each.id for each in await Device.all()] == [device.id]


async def test_browsers_are_told_the_key_that_they_subscribe_for(
    gql: GraphQLClient, tmp_path: Path
) -> None:
    _, actor = await a_resident()
    without = await gql(KEY, actor=actor)
    with web_push_service() as service:
        async with push_channels(tmp_path, web_push=service):
            key = web_push_public_key()
            found = await gql(KEY, actor=actor)

    assert without["data"] == {"webPushPublicKey": None}
    assert found["data"] == {"webPushPublicKey": key}
    assert key is not None
