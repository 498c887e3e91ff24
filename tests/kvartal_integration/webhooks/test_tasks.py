"""From what happens to meters to what a receiver is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from tests.kvartal_integration.conftest import Allow
from tests.kvartal_integration.webhooks.conftest import Receiver

from kvartal import clock
from kvartal.db.transaction import current_work, unit_of_work
from kvartal.events import Event
from kvartal.graphql.node import encode_id
from kvartal.months import YearMonth
from kvartal.sealing import seal
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import QueryCounter
from kvartal_integration.plugin import plugin
from kvartal_integration.webhooks.models import Webhook, WebhookDelivery
from kvartal_integration.webhooks.rules import (
    LIFE,
    WebhookDeliveryStatus,
    WebhookEvent,
    new_secret,
)
from kvartal_integration.webhooks.service.managing import secret_place
from kvartal_integration.webhooks.tasks import (
    HANDLERS,
    sweep_webhook_deliveries,
    tell_due_webhooks,
    tell_webhook,
)
from kvartal_meters.api import (
    MeterChange,
    MeterChanged,
    MeterDeleted,
    MeterScope,
    MetersRegistered,
    MeterStatus,
    ReadingAccepted,
    ReadingCorrected,
    ReadingDeleted,
    ReadingsRegistered,
    ReadingsReviewed,
    VerificationLapsed,
)
from kvartal_meters.meters.rules import AuthorKind
from kvartal_meters.testing import Home, a_home, a_reading

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ALL = [each.value for each in WebhookEvent if each is not WebhookEvent.PING]


@dataclass(frozen=True)
class Scene:
    """A home whose organization has a webhook that is told of everything."""

    home: Home
    webhook: Webhook
    secret: str
    reading_id: UUID

    @property
    def place(self) -> dict[str, Any]:
        return {
            "organization_id": self.home.organization.id,
            "building_id": self.home.building.id,
            "premise_id": self.home.premise.id,
        }


async def a_webhook(
    home: Home, url: str, events: Sequence[str] = ALL, **fields: Any
) -> tuple[Webhook, str]:
    webhook_id, secret = uuid4(), new_secret()
    made = await Webhook.create(
        id=webhook_id,
        organization_id=home.organization.id,
        url=url,
        events=list(events),
        secret_sealed=seal().seal(secret, secret_place(webhook_id)),
        **fields,
    )
    return made, secret


@pytest.fixture
async def scene(db: None, receiver: Receiver, integration_settings: Allow) -> Scene:
    integration_settings(allowed_hosts="127.0.0.1")
    home = await a_home()
    reading = await a_reading(home.meter, "2026-11", "112.25")
    webhook, secret = await a_webhook(home, receiver.url)
    return Scene(home, webhook, secret, reading.id)


async def hear(event: Event) -> list[str]:
    """Run the handlers of an event; the arguments of the tasks that they enqueue."""
    async with unit_of_work():
        for handler in HANDLERS:
            if handler.event is type(event):
                await handler.run(event)
        return [call.arguments for call in current_work().tasks]


async def messages() -> list[Any]:
    rows = await WebhookDelivery.all().order_by("id")
    return [each.payload for each in rows]


def test_every_event_of_meters_that_is_told_has_its_handler() -> None:
    assert {each.event for each in HANDLERS} <= {each.event for each in plugin.handlers}
    assert len({each.name for each in HANDLERS}) == len(HANDLERS)


async def test_an_accepted_reading_is_told_with_its_meter(scene: Scene) -> None:
    home = scene.home
    accepted = ReadingAccepted(
        reading_id=scene.reading_id,
        meter_id=home.meter.id,
        billing_month=YearMonth(2026, 11),
        author_kind=AuthorKind.RESIDENT,
        **scene.place,
    )

    enqueued = await hear(accepted)

    [message] = await messages()
    assert orjson.loads(enqueued[0]) == {"webhook_id": str(scene.webhook.id)}
    assert message["type"] == "reading.accepted"
    assert message["organizationId"] == encode_id("Organization", home.organization.id)
    [told] = message["data"]["readings"]
    assert told["id"] == encode_id("Reading", scene.reading_id)
    assert (told["billingMonth"], told["values"], told["channel"]) == (
        "2026-11",
        ["112.2500"],
        "RESIDENT_APP",
    )
    assert told["meter"]["id"] == encode_id("Meter", home.meter.id)
    assert told["meter"]["accountNumber"] == home.account.number
    assert "Петров" not in orjson.dumps(message).decode()


Make = Callable[[Scene], Event]


@pytest.mark.parametrize(
    ("make", "kind", "key"),
    [
        (
            lambda s: ReadingCorrected(
                reading_id=s.reading_id,
                meter_id=s.home.meter.id,
                billing_month=YearMonth(2026, 11),
                author_kind=AuthorKind.EMPLOYEE,
                **s.place,
            ),
            "reading.corrected",
            "readings",
        ),
        (
            lambda s: ReadingDeleted(
                reading_id=s.reading_id,
                meter_id=s.home.meter.id,
                billing_month=YearMonth(2026, 11),
                user_id=None,
                **s.place,
            ),
            "reading.deleted",
            "readings",
        ),
        (
            lambda s: ReadingsReviewed(
                organization_id=s.home.organization.id, reading_ids=(s.reading_id,), user_id=None
            ),
            "reading.reviewed",
            "readings",
        ),
        (
            lambda s: MeterChanged(
                meter_id=s.home.meter.id,
                scope=MeterScope.INDIVIDUAL,
                change=MeterChange.UPDATED,
                status=MeterStatus.ACTIVE,
                user_id=None,
                **s.place,
            ),
            "meter.changed",
            "meters",
        ),
        (
            lambda s: MetersRegistered(
                organization_id=s.home.organization.id,
                created_ids=(s.home.meter.id,),
                updated_ids=(),
                archived_ids=(),
            ),
            "meter.changed",
            "meters",
        ),
        (
            lambda s: VerificationLapsed(
                organization_id=s.home.organization.id,
                meter_ids=(s.home.meter.id,),
                checked_on=date(2026, 11, 20),
            ),
            "meter.changed",
            "meters",
        ),
        (
            lambda s: MeterDeleted(meter_id=s.home.meter.id, readings=3, user_id=None, **s.place),
            "meter.deleted",
            "meters",
        ),
    ],
)
async def test_what_else_happens_is_told(scene: Scene, make: Make, kind: str, key: str) -> None:
    await hear(make(scene))

    [message] = await messages()
    assert message["type"] == kind
    [told] = message["data"][key]
    expected = scene.reading_id if key == "readings" else scene.home.meter.id
    assert told["id"] == encode_id("Reading" if key == "readings" else "Meter", expected)


async def test_many_at_once_are_a_message_of_each_kind(scene: Scene) -> None:
    registered = ReadingsRegistered(
        organization_id=scene.home.organization.id,
        accepted_ids=(scene.reading_id,),
        corrected_ids=(scene.reading_id,),
    )

    enqueued = await hear(registered)

    told = sorted(each["type"] for each in await messages())
    assert told == ["reading.accepted", "reading.corrected"]
    assert len(enqueued) == 1


async def follow(scene: Scene) -> UUID:
    """A reading after the one of November."""
    return (await a_reading(scene.home.meter, "2026-12", "120")).id


@pytest.mark.parametrize("event", [ReadingAccepted, ReadingCorrected])
async def test_the_reading_after_it_is_told_as_counted_anew(
    scene: Scene, event: type[ReadingAccepted] | type[ReadingCorrected]
) -> None:
    following_id = await follow(scene)

    await hear(
        event(
            reading_id=scene.reading_id,
            meter_id=scene.home.meter.id,
            billing_month=YearMonth(2026, 11),
            author_kind=AuthorKind.EMPLOYEE,
            following_id=following_id,
            **scene.place,
        )
    )

    first, second = sorted(await messages(), key=lambda each: str(each["type"]))
    assert first["data"]["readings"][0]["id"] == encode_id("Reading", scene.reading_id)
    assert second["type"] == "reading.recalculated"
    [told] = second["data"]["readings"]
    assert (told["id"], told["previous"], told["consumption"]) == (
        encode_id("Reading", following_id),
        ["112.2500"],
        "7.7500",
    )


async def test_the_readings_after_many_are_told_as_counted_anew(scene: Scene) -> None:
    following_id = await follow(scene)

    await hear(
        ReadingsRegistered(
            organization_id=scene.home.organization.id,
            accepted_ids=(),
            corrected_ids=(scene.reading_id,),
            following_ids=(following_id,),
        )
    )

    assert sorted(each["type"] for each in await messages()) == [
        "reading.corrected",
        "reading.recalculated",
    ]


@pytest.mark.parametrize("kind", ["reading.recalculated", "reading.reviewed"])
async def test_a_webhook_hears_of_these_alone_if_it_wants(
    scene: Scene, receiver: Receiver, kind: str
) -> None:
    await Webhook.filter(id=scene.webhook.id).update(events=[kind])
    following_id = await follow(scene)
    organization_id = scene.home.organization.id
    await hear(ReadingsRegistered(organization_id, (), (scene.reading_id,), (following_id,)))
    await hear(ReadingsReviewed(organization_id, (following_id,), None))

    await tell_webhook(scene.webhook.id)

    [told] = receiver.told
    assert told.is_signed_with(scene.secret)
    assert told.message["type"] == kind
    [reading] = told.message["data"]["readings"]
    assert reading["id"] == encode_id("Reading", following_id)


async def test_who_does_not_listen_is_told_nothing(scene: Scene, queries: QueryCounter) -> None:
    await Webhook.filter(id=scene.webhook.id).update(events=["meter.deleted"])
    await a_webhook(scene.home, "https://off.example/", is_active=False)
    await a_webhook(await a_home(organization=await an_organization()), "https://else.example/")
    registered = ReadingsRegistered(
        organization_id=scene.home.organization.id,
        accepted_ids=(scene.reading_id,),
        corrected_ids=(),
    )

    with queries.exactly(1):
        enqueued = await hear(registered)

    assert enqueued == []
    assert await messages() == []


async def ping(scene: Scene, *, created_at: datetime = NOW) -> WebhookDelivery:
    return await WebhookDelivery.create(
        organization_id=scene.home.organization.id,
        webhook=scene.webhook,
        event="ping",
        event_id=uuid4(),
        payload={"type": "ping"},
        due_at=created_at,
        created_at=created_at,
    )


async def test_what_is_due_is_told_signed_and_noted(scene: Scene, receiver: Receiver) -> None:
    deliveries = [await ping(scene), await ping(scene)]

    with clock.frozen(NOW):
        await tell_webhook(scene.webhook.id)
        await tell_webhook(scene.webhook.id)

    assert {each.headers["webhook-id"] for each in receiver.told} == {
        f"msg_{each.event_id.hex}" for each in deliveries
    }
    assert len(receiver.told) == 2
    assert all(each.is_signed_with(scene.secret) for each in receiver.told)
    for each in deliveries:
        await each.refresh_from_db()
        assert (each.status, each.attempts, each.answered_status) == (
            WebhookDeliveryStatus.DELIVERED,
            1,
            204,
        )
        assert each.delivered_at == NOW


async def test_a_refused_message_is_sent_again_later_the_same(
    scene: Scene, receiver: Receiver
) -> None:
    receiver.answers = [500, 204]
    delivery = await ping(scene)

    with clock.frozen(NOW):
        await tell_webhook(scene.webhook.id)
    await delivery.refresh_from_db()
    first = (delivery.status, delivery.answered_status, delivery.problem, delivery.due_at)
    with clock.frozen(NOW + timedelta(seconds=5)):
        await tell_webhook(scene.webhook.id)
    await delivery.refresh_from_db()

    assert first == (WebhookDeliveryStatus.PENDING, 500, "HTTP 500", NOW + timedelta(seconds=5))
    assert (delivery.status, delivery.problem) == (WebhookDeliveryStatus.DELIVERED, None)
    one, two = receiver.told
    assert one.body == two.body
    assert one.headers["webhook-id"] == two.headers["webhook-id"]
    assert one.headers["webhook-timestamp"] != two.headers["webhook-timestamp"]


async def test_after_seven_days_it_is_given_up(scene: Scene, receiver: Receiver) -> None:
    receiver.answers = [503]
    delivery = await ping(scene, created_at=NOW - LIFE + timedelta(seconds=1))

    with clock.frozen(NOW):
        await tell_webhook(scene.webhook.id)

    await delivery.refresh_from_db()
    assert (delivery.status, delivery.due_at) == (WebhookDeliveryStatus.FAILED, None)


async def test_a_dead_address_holds_up_one_attempt_not_one_for_each_message(
    scene: Scene, receiver: Receiver, integration_settings: Allow
) -> None:
    integration_settings(allowed_hosts="elsewhere.example")
    for _ in range(3):
        await ping(scene)

    with clock.frozen(NOW):
        await tell_webhook(scene.webhook.id)

    assert sorted(each.attempts for each in await WebhookDelivery.all()) == [0, 0, 1]
    assert receiver.told == []


async def test_a_webhook_that_is_off_is_not_told_until_it_is_on(
    scene: Scene, receiver: Receiver
) -> None:
    await ping(scene)
    await Webhook.filter(id=scene.webhook.id).update(is_active=False)
    with clock.frozen(NOW):
        await tell_webhook(scene.webhook.id)
        assert await due() == []

        await Webhook.filter(id=scene.webhook.id).update(is_active=True)
        assert await due() == [{"webhook_id": str(scene.webhook.id)}]
        await tell_webhook(scene.webhook.id)

    assert len(receiver.told) == 1


async def due() -> list[Any]:
    """What the minute enqueues."""
    async with unit_of_work() as work:
        await tell_due_webhooks()
        return [orjson.loads(call.arguments) for call in work.tasks]


async def test_the_minute_wakes_each_address_once(scene: Scene) -> None:
    for _ in range(3):
        await ping(scene)

    with clock.frozen(NOW - timedelta(seconds=1)):
        early = await due()
    with clock.frozen(NOW):
        now = await due()

    assert (early, now) == ([], [{"webhook_id": str(scene.webhook.id)}])


async def test_a_worker_that_died_in_the_middle_is_made_up_for(
    scene: Scene, receiver: Receiver
) -> None:
    delivery = await ping(scene)
    await WebhookDelivery.filter(id=delivery.id).update(
        attempts=1, due_at=NOW + timedelta(minutes=2)
    )

    with clock.frozen(NOW):
        await tell_webhook(scene.webhook.id)
        assert receiver.told == []
    with clock.frozen(NOW + timedelta(minutes=2)):
        await tell_webhook(scene.webhook.id)

    assert len(receiver.told) == 1


async def test_the_log_is_kept_for_a_month(scene: Scene) -> None:
    await ping(scene, created_at=NOW - timedelta(days=31))
    kept = await ping(scene, created_at=NOW - timedelta(days=29))

    with clock.frozen(NOW):
        await sweep_webhook_deliveries()

    assert [each.id for each in await WebhookDelivery.all()] == [kept.id]
