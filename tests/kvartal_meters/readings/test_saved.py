"""What saving tells of the readings that it has written: the same as a list would."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from kvartal import clock
from kvartal.auth.actor import Actor
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.models import Meter
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries import listing
from kvartal_meters.readings.rules.judgement import SubmittedValues
from kvartal_meters.readings.service import Entry, Saved, submit
from kvartal_meters.testing import Home, a_meter, resource_settings

NOON = datetime.fromisoformat("2026-11-20T12:00+03:00")


async def saved(
    actor: Actor, premise_id: UUID, entries: Sequence[tuple[Meter, list[str]]]
) -> Saved:
    """The entries as saved."""
    return await submit(
        actor,
        premise_id=premise_id,
        entries=[Entry(meter.id, SubmittedValues(values=values)) for meter, values in entries],
    )


@pytest.fixture
async def clerk(home: Home) -> Actor:
    """Somebody who takes readings."""
    return await actor_of(await an_employee(home.organization, permissions={SUBMIT.code}))


@pytest.fixture
async def light(home: Home) -> Meter:
    """A meter of the home with two tariffs, which takes readings."""
    await resource_settings(home.building, ResourceKind.ELECTRICITY)
    return await a_meter(premise=home.premise, type=MeterType.ELECTRICITY_2T)


@pytest.mark.parametrize("who", ["resident", "clerk"])
async def test_what_is_written_is_told_as_a_list_tells_it(
    home: Home, light: Meter, clerk: Actor, who: str
) -> None:
    actor = home.resident if who == "resident" else clerk
    with clock.frozen(NOON):
        new = await saved(actor, home.premise.id, [(light, ["7", "3"]), (home.meter, ["104.5"])])
        told = await listing.by_ids(actor, new.ids)
        assert {key: dict(row) for key, row in new.rows.items()} == {
            key: dict(row) for key, row in told.items()
        }

        other = await saved(actor, home.premise.id, [(home.meter, ["105"]), (light, ["7", "3"])])
        told = await listing.by_ids(actor, other.ids)

    assert list(other.rows) == [new.ids[1]], "what has not changed is not written"
    assert dict(other.rows[new.ids[1]]) == dict(told[new.ids[1]])
    assert other.ids == [new.ids[1], new.ids[0]]
    assert other.rows[new.ids[1]]["version"] == 2
