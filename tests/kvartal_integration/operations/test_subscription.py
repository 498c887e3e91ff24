"""``operationProgress``: how far an operation has come, until it is over."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kvartal import live
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.db.connection import execute
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_resident_user, actor_of, an_employee
from kvartal.testing.client import Answers, GraphQLClient
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed
from kvartal.testing.watch import until
from kvartal_integration.operations.graphql import subscriptions
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import OperationKind, OperationStatus
from kvartal_integration.operations.service import run as run_module
from kvartal_integration.operations.service import running
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.testing import an_operation

pytestmark = pytest.mark.usefixtures("at_once")

PROGRESS = """
subscription ($id: ID!) {
  operationProgress(id: $id) { status isFinal progress { done percent } }
}
"""
OwnDatabase = Callable[[], AbstractAsyncContextManager[Committed]]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is told."""
    monkeypatch.setattr(run_module, "TELL_SECONDS", 0)


async def manager_of(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions={EXCHANGE_MANAGE.code}))


async def told(answers: Answers) -> tuple[str, int]:
    found = (await answers.next())["data"]["operationProgress"]
    assert found["isFinal"] is (found["status"] not in {"QUEUED", "RUNNING"})
    return found["status"], found["progress"]["done"]


def watching(client: GraphQLClient, operation: Operation, actor: Actor) -> Any:
    variables = {"id": encode_id("Operation", operation.id)}
    return client.subscribe(PROGRESS, variables, actor=actor)


async def is_heard_by_nobody() -> bool:
    return live.hub().listeners == 0


@pytest.mark.committed
async def test_its_state_is_told_at_once_and_each_step_until_its_end(
    committed: OwnDatabase,
) -> None:
    async with committed() as own:
        organization = await an_organization()
        operation = await an_operation(organization)
        async with watching(own.client, operation, await manager_of(organization)) as answers:
            seen = [await told(answers)]
            async with running(operation.id) as run:
                assert run is not None
                seen.append(await told(answers))
                for done in (1, 2):
                    await run.advance(done=done, total=2)
                    seen.append(await told(answers))
            seen.append(await told(answers))
            await until(is_heard_by_nobody)

    assert seen == [("QUEUED", 0), ("RUNNING", 0), ("RUNNING", 1), ("RUNNING", 2), ("SUCCEEDED", 2)]


@pytest.mark.committed
async def test_of_one_that_is_over_the_end_is_told(committed: OwnDatabase) -> None:
    async with committed() as own:
        organization = await an_organization()
        operation = await an_operation(organization, status=OperationStatus.FAILED, done=3)
        async with watching(own.client, operation, await manager_of(organization)) as answers:
            assert await told(answers) == ("FAILED", 3)
            await until(is_heard_by_nobody)


@pytest.mark.committed
async def test_what_was_not_told_of_is_found_a_little_later(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LOOK", timedelta(seconds=0.1))
    async with committed() as own:
        organization = await an_organization()
        operation = await an_operation(organization, status=OperationStatus.RUNNING)
        async with watching(own.client, operation, await manager_of(organization)) as answers:
            first = await told(answers)
            await execute(
                "UPDATE integration_operation SET done = 7, updated_at = updated_at + '1 s'"
            )
            second = await told(answers)

    assert (first, second) == (("RUNNING", 0), ("RUNNING", 7))


@pytest.mark.committed
async def test_what_looks_the_same_is_not_told_again(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LOOK", timedelta(seconds=0.1))
    async with committed() as own:
        organization = await an_organization()
        operation = await an_operation(organization)
        async with watching(own.client, operation, await manager_of(organization)) as answers:
            await told(answers)
            with pytest.raises(TimeoutError):
                await answers.next(1.5)  # it has looked at least once


@pytest.mark.committed
async def test_an_operation_that_is_deleted_meanwhile_is_not_found(
    committed: OwnDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LOOK", timedelta(seconds=0.1))
    async with committed() as own:
        organization = await an_organization()
        operation = await an_operation(organization)
        async with watching(own.client, operation, await manager_of(organization)) as answers:
            await told(answers)
            await execute("DELETE FROM integration_operation")
            answer = await answers.next()

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["NOT_FOUND"]


async def test_who_has_started_an_excel_operation_watches_it(
    gql: GraphQLClient, organization: Organization
) -> None:
    employee = await an_employee(organization)
    operation = await an_operation(
        organization, kind=OperationKind.EXCEL_EXPORT, started_by_id=employee.user_id
    )

    async with watching(gql, operation, await actor_of(employee)) as answers:
        assert await told(answers) == ("QUEUED", 0)


async def test_who_may_not_see_it_is_told_nothing(
    gql: GraphQLClient, organization: Organization
) -> None:
    operation = await an_operation(organization)
    unknown = Operation(id=uuid4())
    actors = {
        "nobody": (ANONYMOUS, operation),
        "a resident": (await actor_of(await a_resident_user(organization)), operation),
        "an employee without the right": (
            await actor_of(await an_employee(organization)),
            operation,
        ),
        "an employee elsewhere": (await manager_of(await an_organization()), operation),
        "a manager, of what is not there": (await manager_of(organization), unknown),
    }

    codes = {}
    for name, (actor, asked) in actors.items():
        async with watching(gql, asked, actor) as answers:
            [error] = (await answers.next())["errors"]
            codes[name] = error["extensions"]["code"]

    assert codes == dict.fromkeys(actors, "NOT_FOUND") | {"nobody": "UNAUTHENTICATED"}
