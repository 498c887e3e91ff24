"""Declaring actors, and asking for them."""

from types import ModuleType
from uuid import UUID

import pytest
from pydantic import ValidationError

from kvartal.db.models import uuid7
from kvartal.db.transaction import OutsideUnitOfWork, TaskCall, unit_of_work
from kvartal.tasks import actor, cron, enqueue
from kvartal.tasks.actors import TaskError, tasks_of


@actor("tests.work")
async def work(building_id: UUID, times: int = 1) -> None:
    """Do it."""
    done.append((building_id, times))


done: list[tuple[UUID, int]] = []


async def test_called_directly_an_actor_is_its_function() -> None:
    key = uuid7()

    await work(key, times=3)

    assert done.pop() == (key, 3)


async def test_its_arguments_go_through_the_outbox_as_json() -> None:
    key = uuid7()

    call = work.call({"building_id": key})
    await work.run(call.arguments)

    assert call == TaskCall("tests.work", f'{{"building_id":"{key}","times":1}}')
    assert done.pop() == (key, 1)


async def test_enqueueing_needs_a_unit_of_work(db: None) -> None:
    with pytest.raises(OutsideUnitOfWork, match="emit, enqueue, enqueue_once, touch and record"):
        await enqueue(work, uuid7())


async def test_enqueueing_takes_arguments_as_the_function_does(db: None) -> None:
    key = uuid7()
    async with unit_of_work() as gathered:
        await enqueue(work, key, 2)
        await enqueue(work, building_id=key, times=2)

        assert gathered.tasks == [work.call({"building_id": key, "times": 2})] * 2


async def test_wrong_arguments_are_refused_where_they_are_given(db: None) -> None:
    with pytest.raises(TypeError):
        async with unit_of_work():
            await enqueue(work, uuid7(), 1, 2)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        async with unit_of_work():
            await enqueue(work, "no id")  # type: ignore[arg-type]


def test_a_schedule_is_five_cron_fields() -> None:
    with pytest.raises(TaskError, match=r"'0 25 \* \* \*' is no schedule: Bad hour"):
        cron("0 25 * * *")
    with pytest.raises(TaskError, match=r"'0 0 1 \* \* \*' is no schedule: it takes five fields"):
        cron("0 0 1 * * *")


def test_a_schedule_is_an_actors() -> None:
    async def nap() -> None:
        """Sleep."""

    with pytest.raises(TaskError, match=r"nap is no actor: @cron stands above @actor"):
        cron("0 1 * * *")(nap)  # type: ignore[arg-type] # the mistake


def test_an_argument_has_a_type() -> None:
    with pytest.raises(TaskError, match=r"tests\.nap: its argument minutes has no type"):

        @actor("tests.nap")
        async def nap(minutes) -> None:  # type: ignore[no-untyped-def] # the mistake
            """Sleep."""


def test_a_scheduled_actor_takes_no_arguments() -> None:
    with pytest.raises(TaskError, match=r"tests\.work takes arguments"):
        cron("0 1 * * *")(work)


def test_a_module_declares_its_own_actors_alone() -> None:
    here, elsewhere = ModuleType(__name__), ModuleType("elsewhere")
    here.work = elsewhere.work = work  # type: ignore[attr-defined]

    assert tasks_of(here) == [work]
    assert tasks_of(elsewhere) == []
