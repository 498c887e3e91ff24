"""Carrying what is due: once, in small batches, to those who still want it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.kvartal_notifications.delivery.conftest import Way
from tests.kvartal_notifications.messages.sample import SUBMITTED, WINDOW

from kvartal import clock
from kvartal.auth.models import Session, User
from kvartal.db.connection import execute
from kvartal.metrics import REGISTRY
from kvartal.testing.auth_factories import a_user, an_employee
from kvartal.testing.factories import a_building, an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_notifications.channels.port import Outcome, Verdict
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.delivery import queries
from kvartal_notifications.delivery.rules import LEASE, MAX_UNKNOWN, Fate, Problem
from kvartal_notifications.delivery.service import deliver, preparing
from kvartal_notifications.messages.models import (
    Notification,
    NotificationDelivery,
    SuppressedAddress,
)
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.preferences.devices.rules import DeviceAddress
from kvartal_notifications.preferences.devices.service import sealed_address
from kvartal_notifications.preferences.models import Device, NotificationPolicy, PersonSettings
from kvartal_notifications.testing.factories import a_delivery, a_device, a_notice, an_opt_out

Freeze = Callable[[datetime], AbstractContextManager[None]]

NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)  # in Moscow
NIGHT = datetime(2026, 11, 20, 20, tzinfo=UTC)
MORNING = datetime(2026, 11, 21, 5, tzinfo=UTC)
IN_APP, EMAIL, PUSH = NotificationChannel
SENT, FAILED, SKIPPED, PENDING = (
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.SKIPPED,
    DeliveryStatus.PENDING,
)


@pytest.fixture(autouse=True)
def noon(frozen_clock: Freeze) -> Any:
    with frozen_clock(NOON):
        yield


async def letter(user: User | None = None, **fields: Any) -> NotificationDelivery:
    person = user or await a_user(email="maria@example.org")
    return await a_delivery(await a_notice(await an_organization(), person, WINDOW, **fields))


async def phone(user: User, **fields: Any) -> Device:
    address = DeviceAddress(PushProvider.FCM, token=f"token-of-{user.id}")
    return await a_device(
        user, address_hash=address.hash, address_sealed=sealed_address(address), **fields
    )


async def push(user: User | None = None, **fields: Any) -> NotificationDelivery:
    person = user or await a_user()
    device = await phone(person)
    notice = await a_notice(await an_organization(), person, WINDOW, **fields)
    return await a_delivery(notice, PUSH, device=device)


async def standing(delivery: NotificationDelivery) -> tuple[DeliveryStatus, str | None]:
    await delivery.refresh_from_db()
    return delivery.status, delivery.problem


async def test_a_letter_is_sent_once(way: Way, db: None) -> None:
    delivery = await letter()

    await deliver()
    await deliver()

    [message] = way.messages
    assert (message.address, message.title) == ("maria@example.org", "Осталось 3 дня")
    assert message.text.startswith("Передайте ХВС и ГВС до 25 ноября.\n\nВы получили это письмо")
    assert message.data["kind"] == "sample.window"
    assert await standing(delivery) == (SENT, None)
    assert (delivery.attempts, delivery.due_at, delivery.started_at) == (1, None, None)
    assert (delivery.sent_at, delivery.provider_message) == (NOON, "m-1")


async def test_a_push_speaks_the_language_of_its_device(way: Way, db: None) -> None:
    user = await a_user()
    await push(user)
    english = await a_delivery(
        await Notification.get(user_id=user.id),
        PUSH,
        device=await a_device(
            user,
            locale="en",
            address_hash="ab" * 32,
            address_sealed=sealed_address(DeviceAddress(PushProvider.FCM, token="t" * 20)),
        ),
    )
    await Device.filter(id=english.device_id).delete()

    await deliver()

    [message] = way.messages
    assert message.title == "Пора передать"
    assert message.address.endswith(str(user.id))
    assert await standing(english) == (SKIPPED, Problem.DEVICE_GONE)


async def test_a_letter_speaks_the_language_of_its_person(way: Way, db: None) -> None:
    user = await a_user(email="mary@example.org")
    await PersonSettings.create(user=user, locale="en")
    await letter(user)

    await deliver()

    assert way.messages[0].title == "3 days left"


async def test_what_is_not_due_waits(way: Way, db: None) -> None:
    delivery = await letter()
    await NotificationDelivery.filter(id=delivery.id).update(due_at=NOON + timedelta(seconds=1))

    await deliver()

    assert way.messages == []
    assert await standing(delivery) == (PENDING, None)


async def test_what_falls_due_soon_is_waited_for(
    way: Way, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = await letter()
    soon = NOON + timedelta(seconds=1)
    await NotificationDelivery.filter(id=delivery.id).update(due_at=soon)
    times = iter([NOON] * 3 + [soon] * 50)
    monkeypatch.setattr(clock, "now", lambda: next(times))

    await deliver(NOON + timedelta(seconds=10))

    assert len(way.messages) == 1


async def test_a_run_ends_in_time_though_more_is_due(
    way: Way, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery, until = await letter(), NOON + timedelta(seconds=55)
    monkeypatch.setattr(clock, "now", lambda: until)

    await deliver(until, waits=False)

    assert way.messages == []
    assert await standing(delivery) == (PENDING, None)


async def test_who_does_not_wait_leaves_what_falls_due_soon(way: Way, db: None) -> None:
    delivery = await letter()
    await NotificationDelivery.filter(id=delivery.id).update(due_at=NOON + timedelta(seconds=1))

    await deliver(NOON + timedelta(minutes=1), waits=False)

    assert way.messages == []


async def test_what_falls_due_after_the_run_is_left_to_the_next(way: Way, db: None) -> None:
    delivery = await letter()
    await NotificationDelivery.filter(id=delivery.id).update(due_at=NOON + timedelta(minutes=2))

    await deliver(NOON + timedelta(minutes=1))

    assert way.messages == []


async def test_a_portion_takes_a_constant_number_of_statements(
    way: Way, db: None, queries: QueryCounter
) -> None:
    for _ in range(20):
        await push()

    with queries.exactly(5):  # claimed, devices, begun, noted; nothing more is due
        await deliver()

    assert [len(batch) for batch in way.batches] == [20]


async def test_pushes_go_in_batches_of_fifty_and_letters_of_ten(way: Way, db: None) -> None:
    organization, user = await an_organization(), await a_user(email="maria@example.org")
    for _ in range(12):
        await a_delivery(await a_notice(organization, user, WINDOW))

    await deliver()

    assert [len(batch) for batch in way.batches] == [10, 2]


async def test_what_is_not_taken_is_tried_again(way: Way, db: None) -> None:
    delivery = await letter()
    way.answer = lambda _: Outcome(verdict=Verdict.LATER, problem="BUSY")

    await deliver()

    assert await standing(delivery) == (PENDING, "BUSY")
    assert (delivery.due_at, delivery.attempts) == (NOON + timedelta(minutes=1), 1)


async def test_an_address_that_is_refused_gets_nothing_more(way: Way, db: None) -> None:
    user = await a_user(email="maria@example.org")
    first = await letter(user)
    way.answer = lambda _: Outcome(verdict=Verdict.ADDRESS_GONE, problem="MAIL_ADDRESS_REFUSED")
    await deliver()
    second = await letter(user)

    await deliver()

    assert len(way.messages) == 1
    assert await standing(first) == (FAILED, "MAIL_ADDRESS_REFUSED")
    assert await standing(second) == (SKIPPED, Problem.ADDRESS_SUPPRESSED)
    [suppressed] = await SuppressedAddress.all()
    assert (suppressed.email, suppressed.problem) == ("maria@example.org", "MAIL_ADDRESS_REFUSED")


async def test_what_came_of_deliveries_is_counted(way: Way, db: None) -> None:
    def counted(status: DeliveryStatus) -> float:
        labels = {"channel": "EMAIL", "status": status.value}
        return REGISTRY.get_sample_value("kvartal_notifications_carried_total", labels) or 0

    before = {status: counted(status) for status in DeliveryStatus}
    await letter()
    await letter(await a_user(email="second@example.org"), expires_at=NOON)
    unknown = await letter(await a_user(email="third@example.org"))
    await NotificationDelivery.filter(id=unknown.id).update(
        attempts=2, unknown_attempts=1, started_at=NOON
    )

    await deliver()

    assert {status: counted(status) - before[status] for status in DeliveryStatus} == {
        PENDING: 0,
        SENT: 1,
        SKIPPED: 1,
        FAILED: 1,
    }


async def test_a_device_that_is_gone_is_forgotten(way: Way, db: None) -> None:
    delivery = await push()
    way.answer = lambda _: Outcome(verdict=Verdict.ADDRESS_GONE, problem="GONE")

    await deliver()

    assert await standing(delivery) == (FAILED, "GONE")
    assert await Device.all().count() == 0


async def test_at_night_no_push_rings(way: Way, db: None, frozen_clock: Freeze) -> None:
    with frozen_clock(NIGHT):
        ringing, mailed = await push(), await letter()
        await deliver()

    assert await standing(ringing) == (PENDING, None)
    assert ringing.due_at == MORNING
    assert await standing(mailed) == (SENT, None)
    with frozen_clock(MORNING):
        await deliver()
    assert await standing(ringing) == (SENT, None)


async def test_the_clock_is_that_of_the_building(way: Way, db: None) -> None:
    building = await a_building(timezone="Asia/Vladivostok")
    delivery = await push(building_id=building.id)  # seven in the evening there

    await deliver()

    assert await standing(delivery) == (SENT, None)
    late = await a_building(timezone="Pacific/Auckland")
    waiting = await push(building_id=late.id)  # ten in the evening there
    await deliver()
    assert await standing(waiting) == (PENDING, None)


async def test_the_organizations_hours_hold_and_the_persons_own_before_them(
    way: Way, db: None
) -> None:
    user = await a_user()
    delivery = await push(user)
    await NotificationPolicy.create(
        organization_id=delivery.organization_id, quiet_from=11 * 60, quiet_until=13 * 60
    )
    await deliver()
    assert await standing(delivery) == (PENDING, None)
    assert delivery.due_at == datetime(2026, 11, 20, 10, tzinfo=UTC)

    await PersonSettings.create(user=user, quiet_from=0, quiet_until=0)
    await NotificationDelivery.filter(id=delivery.id).update(due_at=NOON)
    await deliver()
    assert await standing(delivery) == (SENT, None)


async def test_nobody_wants_to_hear_what_has_expired(way: Way, db: None) -> None:
    delivery = await letter(expires_at=NOON)

    await deliver()

    assert way.messages == []
    assert await standing(delivery) == (SKIPPED, Problem.EXPIRED)


async def test_who_has_opted_out_since_is_left_alone(way: Way, db: None) -> None:
    user = await a_user(email="maria@example.org")
    delivery = await letter(user)
    await an_opt_out(user, WINDOW, EMAIL)

    await deliver()

    assert await standing(delivery) == (SKIPPED, Problem.OPTED_OUT)


async def test_who_is_barred_or_not_employed_any_more_is_told_nothing(way: Way, db: None) -> None:
    barred = await letter(await a_user(email="barred@example.org", is_active=False))
    organization = await an_organization()
    employee = await an_employee(organization, user=await a_user(email="former@example.org"))
    user: User = await employee.user
    present = await a_delivery(await a_notice(organization, user, SUBMITTED))
    await deliver()
    assert await standing(present) == (SENT, None)
    employee.archived_at = NOON
    await employee.save()
    former = await a_delivery(await a_notice(organization, user, SUBMITTED))

    await deliver()

    assert await standing(barred) == (SKIPPED, Problem.PERSON_BARRED)
    assert await standing(former) == (SKIPPED, Problem.PERSON_BARRED)


async def test_whose_session_has_ended_gets_no_push(way: Way, db: None) -> None:
    delivery = await push()
    await Session.all().update(revoked_at=NOON)

    await deliver()

    assert await standing(delivery) == (SKIPPED, Problem.DEVICE_GONE)


async def test_who_has_no_address_gets_no_letter(way: Way, db: None) -> None:
    delivery = await letter(await a_user())
    await User.all().update(email=None)

    await deliver()

    assert await standing(delivery) == (SKIPPED, Problem.ADDRESS_MISSING)


async def test_a_kind_that_nobody_knows_any_more_is_not_told(way: Way, db: None) -> None:
    notice = await a_notice(
        await an_organization(), await a_user(email="maria@example.org"), "weather.storm"
    )
    delivery = await a_delivery(notice)

    await deliver()

    assert await standing(delivery) == (SKIPPED, Problem.KIND_OFF)


async def test_without_a_way_nothing_is_sent(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "channel_of", lambda *_: None)
    delivery = await letter()

    await deliver()

    assert await standing(delivery) == (SKIPPED, Problem.NOT_SET_UP)


async def test_what_another_worker_has_taken_is_left_to_it(way: Way, db: None) -> None:
    delivery = await letter()
    await queries.claim(now=NOON, until=NOON + LEASE)

    await deliver()

    assert way.messages == []
    assert await standing(delivery) == (PENDING, None)


async def test_a_worker_that_died_before_it_began_is_made_up_for(
    way: Way, db: None, frozen_clock: Freeze
) -> None:
    delivery = await letter()
    await queries.claim(now=NOON, until=NOON + LEASE)

    with frozen_clock(NOON + LEASE):
        await deliver()

    assert len(way.messages) == 1
    assert await standing(delivery) == (SENT, None)
    assert delivery.unknown_attempts == 0


async def test_one_that_died_after_it_began_may_have_sent_it_and_the_log_says_so(
    way: Way, db: None, frozen_clock: Freeze
) -> None:
    delivery = await letter()
    lease = NOON + LEASE
    await queries.claim(now=NOON, until=lease)
    await queries.begin([delivery.id], lease=lease, now=NOON, until=lease)

    with frozen_clock(lease):
        await deliver()

    assert len(way.messages) == 1
    await delivery.refresh_from_db()
    assert delivery.status is SENT
    assert (delivery.attempts, delivery.unknown_attempts) == (2, 1)


async def test_after_two_such_deaths_it_is_given_up(
    way: Way, db: None, frozen_clock: Freeze
) -> None:
    delivery = await letter()
    at = NOON
    for _ in range(MAX_UNKNOWN):
        await queries.claim(now=at, until=at + LEASE)
        await queries.begin([delivery.id], lease=at + LEASE, now=at, until=at + LEASE)
        at += LEASE

    with frozen_clock(at):
        await deliver()

    assert way.messages == []
    assert await standing(delivery) == (FAILED, Problem.OUTCOME_UNKNOWN)
    assert delivery.unknown_attempts == MAX_UNKNOWN


async def test_who_is_too_slow_begins_and_notes_nothing(way: Way, db: None) -> None:
    delivery = await letter()
    lease = NOON + LEASE
    await queries.claim(now=NOON, until=lease)
    await execute("UPDATE notifications_delivery SET due_at = due_at + interval '1 second'")

    assert await queries.begin([delivery.id], lease=lease, now=NOON, until=lease) == set()
    await queries.settle({delivery.id: Fate(status=SENT)}, lease=lease, now=NOON)

    assert await standing(delivery) == (PENDING, None)


async def test_a_batch_of_which_nothing_is_ours_is_not_sent(
    way: Way, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await letter()

    async def begun(*_: object, **__: object) -> set[object]:
        return set()

    monkeypatch.setattr(queries, "begin", begun)
    await deliver()

    assert way.messages == []
