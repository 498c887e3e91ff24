"""The log of deliveries: who reads it, what it tells, and trying once more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.kvartal_notifications.messages.sample import WINDOW

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.rules import SessionKind
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.delivery import queries as delivery_queries
from kvartal_notifications.delivery.rules import Problem
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.messages.models import NotificationDelivery, SuppressedAddress
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.permissions import DELIVERY_MANAGE
from kvartal_notifications.testing.factories import a_delivery, a_device, a_notice

LIST = """
query ($organization: ID!, $filter: NotificationDeliveryFilter, $first: Int) {
  notificationDeliveries(organizationId: $organization, filter: $filter, first: $first) {
    totalCount { count }
    nodes {
      id kind kindTitle recipient email channel provider status attempts unknownAttempts problem
      problemText createdAt nextAttemptAt sentAt premiseId
    }
  }
}
"""
RETRY = """
mutation ($input: RetryNotificationDeliveryInput!) {
  retryNotificationDelivery(input: $input) {
    delivery { id status problem nextAttemptAt attempts } errors { code }
  }
}
"""


@dataclass
class Log:
    """An organization with one failed letter about one of its buildings."""

    organization: Organization
    building: Building
    reader: Actor
    delivery: NotificationDelivery

    @property
    def key(self) -> str:
        return encode_id("Organization", self.organization.id)


@pytest.fixture
async def log(db: None) -> Log:
    organization = await an_organization()
    building = await a_building(organization=organization)
    premise = await a_premise(building=building)
    user = await a_user(email="maria@example.org")
    await a_resident_user(organization, premises=[premise], user=user, full_name="Мария")
    notice = await a_notice(
        organization, user, WINDOW, building_id=building.id, premise_id=premise.id
    )
    delivery = await a_delivery(
        notice, status=DeliveryStatus.FAILED, problem=Problem.OUTCOME_UNKNOWN, attempts=2,
        unknown_attempts=2,
    )  # fmt: skip
    reader = await actor_of(await an_employee(organization, permissions=[DELIVERY_MANAGE.code]))
    return Log(organization, building, reader, delivery)


async def rows(gql: GraphQLClient, log: Log, actor: Actor, **filter: Any) -> list[dict[str, Any]]:
    answer = await gql(LIST, {"organization": log.key, "filter": filter}, actor=actor)
    assert "data" in answer, answer
    found: list[dict[str, Any]] = answer["data"]["notificationDeliveries"]["nodes"]
    return found


async def test_the_log_tells_what_became_of_a_notice(gql: GraphQLClient, log: Log) -> None:
    [row] = await rows(gql, log, log.reader)

    assert row.pop("createdAt")
    assert row.pop("premiseId")
    assert row == {
        "id": encode_id("NotificationDelivery", log.delivery.id),
        "kind": "sample.window",
        "kindTitle": "Окно передачи",
        "recipient": "Мария",
        "email": "m***@example.org",
        "channel": "EMAIL",
        "provider": None,
        "status": "FAILED",
        "attempts": 2,
        "unknownAttempts": 2,
        "problem": "OUTCOME_UNKNOWN",
        "problemText": "Обработчик дважды прерывался во время отправки: дошло ли уведомление,"
        " неизвестно",
        "nextAttemptAt": None,
        "sentAt": None,
    }


async def test_of_a_push_no_address_is_told(gql: GraphQLClient, log: Log) -> None:
    employee = await an_employee(log.organization, full_name="Пётр")
    notice = await a_notice(
        log.organization,
        await employee.user,
        WINDOW,
        audience=SessionKind.EMPLOYEE,
        building_id=None,
    )
    await a_delivery(notice, NotificationChannel.PUSH, device=await a_device(await employee.user))

    [row, _] = await rows(gql, log, log.reader)

    assert (row["recipient"], row["email"], row["provider"]) == ("Пётр", None, "FCM")
    assert row["nextAttemptAt"] is not None


async def test_filters_hold_together(gql: GraphQLClient, log: Log) -> None:
    created: datetime = log.delivery.created_at
    later = (created + timedelta(seconds=1)).isoformat()
    for filter, found in (
        ({"statuses": ["FAILED"]}, 1),
        ({"statuses": ["SENT"]}, 0),
        ({"channels": ["EMAIL"], "kinds": ["sample.window"]}, 1),
        ({"channels": ["PUSH"]}, 0),
        ({"kinds": ["sample.other"]}, 0),
        ({"from": created.isoformat(), "to": later}, 1),
        ({"from": later}, 0),
        ({"to": created.isoformat()}, 0),
    ):
        assert len(await rows(gql, log, log.reader, **filter)) == found, filter


async def test_a_page_takes_a_constant_number_of_statements(
    gql: GraphQLClient, log: Log, queries: QueryCounter
) -> None:
    user = await a_user(email="second@example.org")
    for _ in range(5):
        await a_delivery(await a_notice(log.organization, user, WINDOW))

    with queries.exactly(2):
        answer = await gql(LIST, {"organization": log.key, "first": 3}, actor=log.reader)

    assert answer["data"]["notificationDeliveries"]["totalCount"] == {"count": 6}
    assert len(answer["data"]["notificationDeliveries"]["nodes"]) == 3


async def test_who_works_with_some_buildings_sees_what_is_about_them(
    gql: GraphQLClient, log: Log
) -> None:
    other = await a_building(organization=log.organization)
    user = await a_user()
    await a_delivery(await a_notice(log.organization, user, WINDOW, building_id=other.id))
    await a_delivery(await a_notice(log.organization, user, WINDOW))
    partial = await actor_of(
        await an_employee(
            log.organization, permissions=[DELIVERY_MANAGE.code], buildings=[log.building]
        )
    )

    [row] = await rows(gql, log, partial)

    assert row["id"] == encode_id("NotificationDelivery", log.delivery.id)
    assert len(await rows(gql, log, log.reader)) == 3


async def test_others_do_not_read_it(gql: GraphQLClient, log: Log) -> None:
    without = await actor_of(await an_employee(log.organization))
    elsewhere = await actor_of(
        await an_employee(await an_organization(), permissions=[DELIVERY_MANAGE.code])
    )
    resident = await actor_of(await a_resident_user(log.organization, premises=[]))
    for actor, code in (
        (ANONYMOUS, "UNAUTHENTICATED"),
        (without, "FORBIDDEN"),
        (resident, "FORBIDDEN"),
        (elsewhere, "NOT_FOUND"),
    ):
        answer = await gql(LIST, {"organization": log.key}, actor=actor)
        assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
        given = {"input": {"id": encode_id("NotificationDelivery", log.delivery.id)}}
        refused = await gql(RETRY, given, actor=actor)
        assert [each["extensions"]["code"] for each in refused["errors"]] == [code]


async def test_what_was_given_up_is_tried_once_more(
    gql: GraphQLClient, log: Log, events: EmittedEvents
) -> None:
    await SuppressedAddress.create(email="maria@example.org", problem="MAIL_ADDRESS_REFUSED")
    given = {"input": {"id": encode_id("NotificationDelivery", log.delivery.id)}}

    answer = await gql(RETRY, given, actor=log.reader)

    payload = answer["data"]["retryNotificationDelivery"]
    assert payload["errors"] == []
    assert (payload["delivery"]["status"], payload["delivery"]["attempts"]) == ("PENDING", 0)
    assert payload["delivery"]["problem"] is None
    assert payload["delivery"]["nextAttemptAt"] is not None
    assert await SuppressedAddress.all().count() == 0
    [due] = events.of(DeliveriesDue)
    assert due.at <= clock.now()


async def test_what_waits_is_left_as_it_is(
    gql: GraphQLClient, log: Log, events: EmittedEvents
) -> None:
    notice = await a_notice(log.organization, await a_user(email="b@example.org"), WINDOW)
    waiting = await a_delivery(notice)
    given = {"input": {"id": encode_id("NotificationDelivery", waiting.id)}}

    answer = await gql(RETRY, given, actor=log.reader)

    assert answer["data"]["retryNotificationDelivery"]["delivery"]["status"] == "PENDING"
    assert events.of(DeliveriesDue) == []


async def test_what_was_sent_is_not_sent_again(
    gql: GraphQLClient, log: Log, events: EmittedEvents
) -> None:
    notice = await a_notice(log.organization, await a_user(email="c@example.org"), WINDOW)
    sent = await a_delivery(notice, status=DeliveryStatus.SENT)
    given = {"input": {"id": encode_id("NotificationDelivery", sent.id)}}

    answer = await gql(RETRY, given, actor=log.reader)
    await delivery_queries.try_again(sent.id, now=clock.now())

    assert answer["data"]["retryNotificationDelivery"]["delivery"]["status"] == "SENT"
    assert events.of(DeliveriesDue) == []
    await sent.refresh_from_db()
    assert (sent.status, sent.due_at) == (DeliveryStatus.SENT, None)
