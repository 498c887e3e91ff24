"""Telling residents: each once, by the ways that they have and want."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.kvartal_notifications.messages.sample import SUBMITTED, WINDOW, a_kind

from kvartal import clock
from kvartal.auth.api import SessionKind
from kvartal.auth.models import User
from kvartal.db.connection import fetch
from kvartal.db.transaction import unit_of_work
from kvartal.errors import KvartalError
from kvartal.housing.models import Organization, Premise
from kvartal.testing.auth_factories import a_resident_user, a_user
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.host import Committed
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.events import DeliveriesDue
from kvartal_notifications.messages.models import Notification, NotificationDelivery
from kvartal_notifications.messages.rules import PremiseNotice, Told
from kvartal_notifications.messages.service import tell_residents
from kvartal_notifications.testing.factories import a_device, a_session, an_opt_out

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def about(premise: Premise, occasion: str = "2026-11-20", **facts: Any) -> PremiseNotice:
    return PremiseNotice(
        organization_id=premise.organization_id,
        building_id=premise.building_id,
        premise_id=premise.id,
        occasion=occasion,
        facts=facts,
    )


async def told(*notices: PremiseNotice, **options: Any) -> Told:
    async with unit_of_work():
        return await tell_residents(WINDOW, notices, **{"due_at": NOW, **options})


async def a_home(**fields: Any) -> tuple[Premise, User]:
    premise = await a_premise()
    organization: Organization = await premise.organization
    return premise, await a_resident_user(
        organization, premises=[premise], user=await a_user(**fields) if fields else None
    )


async def test_a_resident_gets_a_notice_a_letter_and_a_push_to_each_device(
    db: None, events: EmittedEvents
) -> None:
    premise, user = await a_home(email="anna@example.org")
    phone, tablet = await a_device(user), await a_device(user)

    with clock.frozen(NOW):
        outcome = await told(about(premise, days=3, value=Decimal("1.50")), expires_at=NOW)

    notice = await Notification.get(user=user)
    sent = await NotificationDelivery.filter(notification=notice).order_by("channel")
    assert outcome == Told(1, 3)
    assert (notice.audience, notice.kind) == (SessionKind.RESIDENT, "sample.window")
    assert (notice.occasion, notice.facts) == ("2026-11-20", {"days": 3, "value": "1.50"})
    assert (notice.building_id, notice.premise_id) == (premise.building_id, premise.id)
    assert (notice.subject_kind, notice.subject_id) == ("Premise", premise.id)
    assert (notice.in_inbox, notice.read_at, notice.expires_at) == (True, None, NOW)
    assert notice.created_at == NOW
    assert [each.channel for each in sent] == ["EMAIL", "PUSH", "PUSH"]
    assert {each.device_id for each in sent} == {None, phone.id, tablet.id}
    assert {(each.status, each.attempts, each.due_at) for each in sent} == {("PENDING", 0, NOW)}
    assert {each.provider for each in sent} == {None, phone.provider}
    assert events.of(DeliveriesDue) == [DeliveriesDue(at=NOW)]


async def test_whoever_was_told_of_an_occasion_is_not_told_again(
    db: None, events: EmittedEvents
) -> None:
    premise, user = await a_home(email="anna@example.org")

    first = await told(about(premise))
    again = await told(about(premise))
    another = await told(about(premise, "2026-12-20"))

    assert (first, again, another) == (Told(1, 1), Told(0, 0), Told(1, 1))
    assert await Notification.filter(user=user).count() == 2
    assert len(events.of(DeliveriesDue)) == 2


async def test_a_person_of_two_premises_is_told_of_an_occasion_once(db: None) -> None:
    organization = await an_organization()
    first = await a_premise()
    organization = await first.organization
    second = await a_premise(building=await first.building)
    user = await a_resident_user(organization, premises=[first, second])
    await a_resident_user(organization, premises=[first], user=await a_user())

    outcome = await told(about(first), about(second), about(first))

    assert outcome.notices == 2
    assert await Notification.filter(user=user).count() == 1


async def test_each_premise_may_be_an_occasion_of_its_own(db: None) -> None:
    first = await a_premise()
    second = await a_premise(building=await first.building)
    user = await a_resident_user(await first.organization, premises=[first, second])

    await told(about(first, "1"), about(second, "2"))

    assert await Notification.filter(user=user).count() == 2


async def test_nobody_is_told_who_cannot_sign_in_or_lives_elsewhere(db: None) -> None:
    premise, barred = await a_home(email="barred@example.org", is_active=False)
    other = await a_premise()
    await a_resident_user(await other.organization, premises=[other])
    stranger = PremiseNotice(
        organization_id=(await an_organization()).id,
        building_id=other.building_id,
        premise_id=other.id,
        occasion="1",
    )

    outcome = await told(about(premise), stranger)

    assert outcome == Told(0, 0)
    assert await Notification.filter(user=barred).count() == 0


async def test_nobody_is_told_of_nothing(db: None, queries: QueryCounter) -> None:
    with queries.exactly(0):
        assert await tell_residents(WINDOW, [], due_at=NOW) == Told(0, 0)


@pytest.mark.parametrize(
    ("channel", "inbox", "ways"),
    [
        (NotificationChannel.IN_APP, False, ["EMAIL", "PUSH"]),
        (NotificationChannel.EMAIL, True, ["PUSH"]),
        (NotificationChannel.PUSH, True, ["EMAIL"]),
    ],
)
async def test_a_channel_that_one_has_opted_out_of_is_silent(
    db: None, channel: NotificationChannel, inbox: bool, ways: list[str]
) -> None:
    premise, user = await a_home(email="anna@example.org")
    await a_device(user)
    await an_opt_out(user, WINDOW, channel)
    await an_opt_out(user, "another.kind", NotificationChannel.EMAIL)

    await told(about(premise))

    notice = await Notification.get(user=user)
    sent = await NotificationDelivery.filter(notification=notice).order_by("channel")
    assert (notice.in_inbox, [each.channel.value for each in sent]) == (inbox, ways)


async def test_whom_no_channel_reaches_has_no_notice(db: None, events: EmittedEvents) -> None:
    premise, user = await a_home(phone="+79000000001")
    await an_opt_out(user, WINDOW, NotificationChannel.IN_APP)

    assert await told(about(premise)) == Told(0, 0)
    assert events.of(DeliveriesDue) == []


async def test_a_kind_goes_by_its_channels_alone(db: None) -> None:
    premise, user = await a_home(email="anna@example.org")
    await a_device(user)
    kind = a_kind("sample.quiet", "kvartal_sample", channels={NotificationChannel.PUSH})

    async with unit_of_work():
        outcome = await tell_residents(kind, [about(premise)], due_at=NOW)

    assert outcome == Told(1, 1)
    assert (await Notification.get(user=user)).in_inbox is False
    assert (await NotificationDelivery.get()).channel is NotificationChannel.PUSH


async def test_only_devices_of_live_sessions_of_residents_are_pushed_to(db: None) -> None:
    premise, user = await a_home(phone="+79000000001")
    now = clock.now()
    live = await a_device(user)
    await a_device(user, kind=SessionKind.EMPLOYEE)
    await a_device(user, session=await a_session(user, expires_at=now))
    await a_device(user, session=await a_session(user, revoked_at=now))
    await a_device(await a_user())

    outcome = await told(about(premise))

    assert outcome == Told(1, 1)
    assert (await NotificationDelivery.get()).device_id == live.id


async def test_deliveries_fall_due_one_after_the_other(db: None) -> None:
    premise = await a_premise()
    organization = await premise.organization
    for number in range(3):
        user = await a_user(email=f"resident-{number}@example.org")
        await a_resident_user(organization, premises=[premise], user=user)

    outcome = await told(about(premise), per_second=4)

    due = await NotificationDelivery.all().order_by("due_at").values_list("due_at", flat=True)
    assert outcome == Told(3, 3)
    assert due == [NOW + n * timedelta(milliseconds=250) for n in range(3)]


async def test_many_premises_are_told_by_one_statement(db: None, queries: QueryCounter) -> None:
    premise, _ = await a_home(email="anna@example.org")
    others = [
        PremiseNotice(
            organization_id=uuid4(), building_id=uuid4(), premise_id=uuid4(), occasion="1"
        )
        for _ in range(50)
    ]

    with queries.exactly(2):  # the events, too
        await told(about(premise), *others)


async def test_what_is_rolled_back_was_never_told(db: None) -> None:
    premise, user = await a_home(email="anna@example.org")

    async def fail() -> None:
        async with unit_of_work():
            await tell_residents(WINDOW, [about(premise)], due_at=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await Notification.filter(user=user).count() == 0


async def test_ids_may_be_those_that_the_database_gave(db: None) -> None:
    premise, user = await a_home(email="anna@example.org")
    [row] = await fetch("SELECT id, building_id, organization_id FROM kvartal_premise")
    notice = PremiseNotice(
        organization_id=row["organization_id"],
        building_id=row["building_id"],
        premise_id=row["id"],
        occasion="1",
        facts={"id": row["id"]},
    )

    assert await told(notice) == Told(1, 1)
    assert (await Notification.get(user=user)).facts == {"id": str(premise.id)}


async def test_a_fact_that_json_does_not_know_is_refused(db: None) -> None:
    premise, _ = await a_home(email="anna@example.org")

    with pytest.raises(TypeError, match="object"):
        await told(about(premise, photo=object()))


async def test_a_kind_for_staff_is_not_told_to_residents(db: None) -> None:
    premise, _ = await a_home(email="anna@example.org")

    with pytest.raises(KvartalError, match="submitted is for EMPLOYEE, not for RESIDENT"):
        await tell_residents(SUBMITTED, [about(premise)], due_at=NOW)


@pytest.mark.committed
async def test_two_who_tell_the_same_at_once_tell_it_once(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed():
        premise = await a_premise()
        organization, building = await premise.organization, await premise.building
        premises = [premise, *[await a_premise(building=building) for _ in range(19)]]
        for number, each in enumerate(premises):
            user = await a_user(email=f"resident-{number}@example.org")
            await a_resident_user(organization, premises=[each], user=user)
        notices = [about(each) for each in premises]

        outcomes = await asyncio.gather(
            told(*notices), told(*reversed(notices)), told(*notices[7:], *notices[:7])
        )
        counts = (await Notification.all().count(), await NotificationDelivery.all().count())

    assert sorted(outcomes, key=lambda each: each.notices) == [
        Told(0, 0),
        Told(0, 0),
        Told(20, 20),
    ]
    assert counts == (20, 20)
