"""``homeWidgetChanged`` over a real WebSocket: the present state at once, then each change."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import gql
import pytest
import uvicorn
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.node import encode_id
from kvartal.graphql.transports.frames import LightSocket
from kvartal.home.api import building_topic, organization_topic, premise_topic
from kvartal.housing.models import Residency
from kvartal.live import touch
from kvartal.permissions import PREMISE_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_premise, an_organization
from kvartal.testing.host import Committed
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.models import Reading
from kvartal_meters.testing import Home, a_home, a_meter, a_reading, submission, values_of

PATIENCE = 10.0
AT_ONCE = 1.0
SILENCE = 0.3
WATCH = """
subscription ($id: ID!) {
  homeWidgetChanged(premiseId: $id) {
    __typename key
    ... on MeterWidget { state submitted total submitBy daysUntilOpen }
  }
}
"""
SUBMIT_READINGS = """
mutation ($input: SubmitReadingsInput!) { submitReadings(input: $input) { errors { code } } }
"""
CORRECT = """
mutation ($input: CorrectReadingInput!) { correctReading(input: $input) { errors { code } } }
"""
NOON = "2026-11-20T12:00+03:00"
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]

pytestmark = pytest.mark.committed


@dataclass(frozen=True, slots=True)
class Served:
    """The application behind a real socket."""

    own: Committed
    url: str

    @asynccontextmanager
    async def watching(self, premise: Any, actor: Actor | None) -> AsyncIterator["Watch"]:
        """A subscription of one client."""
        # The clock of these tests jumps: nobody's session ends by it.
        lasting = actor and replace(actor, expires_at=None)
        token = {} if lasting is None else {"token": self.own.client.token_of(lasting)}
        transport = WebsocketsTransport(
            url=self.url,
            init_payload=token,
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        async with gql.Client(transport=transport) as session:
            request = gql.gql(WATCH)
            request.variable_values = {"id": encode_id("Premise", premise)}
            watch = Watch(session.subscribe(request))
            try:
                yield watch
            finally:
                await watch.close()

    async def submit(
        self, home: Home, *readings: dict[str, Any], actor: Actor | None = None
    ) -> Any:
        """Submit over another connection."""
        answer = await self.own.client(
            SUBMIT_READINGS, submission(home.premise, *readings), actor=actor or home.resident
        )
        assert answer["data"]["submitReadings"]["errors"] == []


class Watch:
    """What a client is told, one by one."""

    def __init__(self, told: Any) -> None:
        self._told = told
        self._next: asyncio.Task[Any] | None = None

    async def next(self, within: float = PATIENCE) -> tuple[Any, ...]:
        """State, k and N of the next message."""
        found = (await asyncio.wait_for(self._ask(), within))["homeWidgetChanged"]
        self._next = None
        assert (found["__typename"], found["key"]) == ("MeterWidget", "meters")
        return found["state"], found["submitted"], found["total"]

    async def is_silent(self) -> bool:
        """Whether nothing comes for a while; what comes later is not lost."""
        done, _ = await asyncio.wait([self._ask()], timeout=SILENCE)
        return not done

    async def close(self) -> None:
        """Tell the server that nothing more is wanted."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait([self._next])
        await self._told.aclose()

    def _ask(self) -> "asyncio.Task[Any]":
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._told))
        return self._next


@asynccontextmanager
async def serving(committed: OwnDatabase) -> AsyncIterator[Served]:
    """Serve a database of its own on a free port."""
    async with committed() as own:
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(own.app, log_config=None, ws=LightSocket, lifespan="off")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            async with asyncio.timeout(PATIENCE):
                while not server.started:  # noqa: ASYNC110 -- uvicorn sets no event
                    await asyncio.sleep(0.01)
            yield Served(own, f"ws://127.0.0.1:{bound.getsockname()[1]}/graphql")
        finally:
            server.should_exit = True
            await asyncio.wait_for(task, PATIENCE)


@pytest.fixture
def moved_clock() -> Iterator[Callable[[str], None]]:
    """Let the process live at another instant, with its clock going on."""

    def move(instant: str) -> None:
        clock.set_offset(timedelta())
        clock.set_offset(datetime.fromisoformat(instant) - clock.now())

    yield move
    clock.set_offset(timedelta())


async def test_a_submission_is_told_to_who_watches(
    committed: OwnDatabase, moved_clock: Callable[[str], None]
) -> None:
    moved_clock(NOON)
    async with serving(committed) as served:
        home = await a_home()
        second = await a_meter(premise=home.premise)
        async with served.watching(home.premise.id, home.resident) as watch:
            assert await watch.next() == ("SUBMIT", 0, 2)

            began = time.monotonic()
            await served.submit(home, values_of(home.meter, "5"))
            assert await watch.next(AT_ONCE) == ("SUBMIT", 1, 2)
            assert time.monotonic() - began < AT_ONCE

            await served.submit(home, values_of(second, "5"))
            assert await watch.next(AT_ONCE) == ("SUBMITTED", 2, 2)


async def test_what_changes_nothing_is_not_told(
    committed: OwnDatabase, moved_clock: Callable[[str], None]
) -> None:
    moved_clock(NOON)
    async with serving(committed) as served:
        home = await a_home()
        neighbour = await a_premise(building=home.building)
        their = await a_meter(premise=neighbour)
        clerk = await actor_of(await an_employee(home.organization, permissions=[SUBMIT.code]))
        async with served.watching(home.premise.id, home.resident) as watch:
            assert await watch.next() == ("SUBMIT", 0, 1)
            await served.submit(home, values_of(home.meter, "5"))
            assert await watch.next(AT_ONCE) == ("SUBMITTED", 1, 1)

            await served.submit(home, values_of(home.meter, "5"))
            reading = await Reading.get(meter_id=home.meter.id)
            correction = {"readingId": encode_id("Reading", reading.id), "values": ["6"]}
            await served.own.client(CORRECT, {"input": correction}, actor=home.resident)
            await served.own.client(
                SUBMIT_READINGS, submission(neighbour, values_of(their, "5")), actor=clerk
            )
            assert await watch.is_silent()


@pytest.mark.parametrize("level", ["building", "organization"])
async def test_settings_are_told(
    committed: OwnDatabase, moved_clock: Callable[[str], None], level: str
) -> None:
    moved_clock(NOON)
    async with serving(committed) as served:
        home = await a_home()
        topic = (
            building_topic(home.building.id)
            if level == "building"
            else organization_topic(home.organization.id)
        )
        async with served.watching(home.premise.id, home.resident) as watch:
            assert await watch.next() == ("SUBMIT", 0, 1)

            async with unit_of_work():
                await home.settings.update_from_dict({"active": False}).save()
                touch(topic)

            assert await watch.next(AT_ONCE) == ("NONE", 0, 0)


async def test_a_meter_that_comes_or_goes_is_told(
    committed: OwnDatabase, moved_clock: Callable[[str], None]
) -> None:
    moved_clock(NOON)
    async with serving(committed) as served:
        home = await a_home()
        clerk = await actor_of(
            await an_employee(home.organization, permissions=[PREMISE_EDIT.code])
        )

        async def change(mutation: str, kind: str, **fields: Any) -> str:
            answer = await served.own.client(
                f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ meter {{ id }} }} }}",
                {"input": fields},
                actor=clerk,
            )
            found: str = answer["data"][mutation]["meter"]["id"]
            return found

        async with served.watching(home.premise.id, home.resident) as watch:
            assert await watch.next() == ("SUBMIT", 0, 1)

            added = await change(
                "addMeter",
                "AddMeterInput",
                premiseId=encode_id("Premise", home.premise.id),
                type="HOT_WATER",
                identifier="ГВС",
            )
            assert await watch.next(AT_ONCE) == ("SUBMIT", 0, 2)

            await change("updateMeter", "UpdateMeterInput", id=added, status="VERIFICATION")
            assert await watch.next(AT_ONCE) == ("SUBMIT", 0, 1)

            await change("archiveMeter", "ArchiveMeterInput", id=encode_id("Meter", home.meter.id))
            assert await watch.next(AT_ONCE) == ("NONE", 0, 0)

            await change("restoreMeter", "RestoreMeterInput", id=encode_id("Meter", home.meter.id))
            assert await watch.next(AT_ONCE) == ("SUBMIT", 0, 1)


@pytest.mark.parametrize(
    ("case", "days", "before", "midnight", "after"),
    [
        (
            "a window opens",
            (15, 25),
            ("OPENS_LATER", 0, 1),
            "2026-11-14T23:59:58.5+03:00",
            ("SUBMIT", 0, 1),
        ),
        (
            "a window closes",
            (15, 25),
            ("SUBMIT", 0, 1),
            "2026-11-25T23:59:58.5+03:00",
            ("OPENS_LATER", 0, 1),
        ),
        (
            "a day less to wait",
            (15, 25),
            ("OPENS_LATER", 0, 1),
            "2026-11-10T23:59:58.5+03:00",
            ("OPENS_LATER", 0, 1),
        ),
    ],
)
async def test_midnight_is_told_though_nobody_does_anything(
    committed: OwnDatabase,
    moved_clock: Callable[[str], None],
    case: str,
    days: tuple[int, int],
    before: tuple[Any, ...],
    midnight: str,
    after: tuple[Any, ...],
) -> None:
    moved_clock(NOON)
    async with serving(committed) as served:
        home = await a_home(days=days)
        moved_clock(midnight)
        async with served.watching(home.premise.id, home.resident) as watch:
            assert await watch.next() == before
            assert await watch.next() == after
            assert datetime.fromisoformat(midnight).day != clock.today("Europe/Moscow").day


async def test_a_midnight_that_changes_nothing_is_not_told(
    committed: OwnDatabase, moved_clock: Callable[[str], None]
) -> None:
    moved_clock(NOON)
    async with serving(committed) as served:
        home = await a_home()
        await a_reading(home.meter, "2026-11", "5")
        moved_clock("2026-11-25T23:59:59+03:00")
        async with served.watching(home.premise.id, home.resident) as watch:
            assert await watch.next() == ("SUBMITTED", 1, 1)
            await asyncio.sleep(2)
            assert clock.today("Europe/Moscow").day == 26
            assert await watch.is_silent()

            async with unit_of_work():
                await home.settings.update_from_dict({"active": False}).save()
                touch(premise_topic(home.premise.id))
            assert await watch.next(AT_ONCE) == ("NONE", 0, 0)


async def refusal(served: Served, premise: Any, actor: Actor | None) -> list[Any]:
    with pytest.raises(TransportQueryError) as caught:
        async with served.watching(premise, actor) as watch:
            await watch.next()
    assert caught.value.errors is not None
    for error in caught.value.errors:
        del error["extensions"]["requestId"]
    return caught.value.errors


async def test_strangers_are_told_nothing(committed: OwnDatabase) -> None:
    async with serving(committed) as served:
        home = await a_home()
        foreign = await an_organization()
        outsider = await actor_of(await an_employee(foreign))

        theirs = await refusal(served, home.premise.id, outsider)
        missing = await refusal(served, uuid4(), outsider)
        anonymous = await refusal(served, home.premise.id, None)

    assert theirs == missing
    assert [each["extensions"]["code"] for each in theirs] == ["NOT_FOUND"]
    assert [each["extensions"]["code"] for each in anonymous] == ["UNAUTHENTICATED"]


async def test_who_moves_out_is_told_no_more(
    committed: OwnDatabase, moved_clock: Callable[[str], None]
) -> None:
    moved_clock(NOON)
    async with serving(committed) as served:
        home = await a_home()
        async with served.watching(home.premise.id, home.resident) as watch:
            assert await watch.next() == ("SUBMIT", 0, 1)

            async with unit_of_work():
                await Residency.filter(premise_id=home.premise.id).delete()
                touch(premise_topic(home.premise.id))

            with pytest.raises(TransportQueryError) as caught:
                await watch.next()
            assert caught.value.errors is not None
            assert [each["extensions"]["code"] for each in caught.value.errors] == ["NOT_FOUND"]
