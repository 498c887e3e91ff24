"""Registrations that meet others: they wait for each other, and judge anew what was taken."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from typing import Any

import pytest

from kvartal.bulk import RowOutcome
from kvartal.db.transaction import unit_of_work
from kvartal.housing.models import Premise
from kvartal.housing.registration.service import register_premises
from kvartal.permissions import ESTATE_REGISTER, PREMISE_EDIT
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_building, a_premise

Committed = Callable[[], AbstractAsyncContextManager[Any]]


@pytest.mark.committed
async def test_two_calls_at_once_make_each_premise_once(committed: Committed) -> None:
    async with committed():
        building = await a_building()
        organization = await building.organization
        employee = await an_employee(organization, permissions={ESTATE_REGISTER.code})
        actor = await actor_of(employee)
        rows = [{"number": str(n), "building_id": building.id} for n in range(50)]

        answers = await asyncio.gather(
            *(register_premises(actor, organization.id, rows) for _ in range(3))
        )

        outcomes = [{each.outcome for each in verdicts} for verdicts in answers]
        assert sorted(outcomes, key=str) == sorted(
            [{RowOutcome.CREATED}, {RowOutcome.UNCHANGED}, {RowOutcome.UNCHANGED}], key=str
        )
        assert await Premise.all().count() == 50


@pytest.mark.committed
async def test_a_number_taken_by_hand_meanwhile_is_judged_anew(committed: Committed) -> None:
    async with committed():
        building = await a_building()
        organization = await building.organization
        rights = {ESTATE_REGISTER.code, PREMISE_EDIT.code}
        actor = await actor_of(await an_employee(organization, permissions=rights))
        rows = [{"number": number, "building_id": building.id} for number in ("5", "6")]
        outside = copy_context()

        async with unit_of_work():
            taken = await a_premise(building=building, number="5")
            call = asyncio.get_running_loop().create_task(
                register_premises(actor, organization.id, rows), context=outside
            )
            await asyncio.sleep(0.5)
            assert not call.done()
        verdicts = await call

        assert [each.outcome for each in verdicts] == [RowOutcome.UNCHANGED, RowOutcome.CREATED]
        assert verdicts[0].id == taken.id
        assert await Premise.all().count() == 2
