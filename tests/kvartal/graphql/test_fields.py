"""Root fields: access is checked before the body, and a subscription closes what it reads from."""

from collections.abc import AsyncGenerator, Callable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind, Membership
from kvartal.context import Context, Info
from kvartal.errors import Forbidden, KvartalError, Unauthenticated
from kvartal.graphql.fields import (
    PUBLIC,
    SIGNED_IN,
    Access,
    access_of,
    check_access,
    query,
    subscription,
)
from kvartal.plugin import Permission

STAFFS = Permission(code="garden.bed.dig")
EVERYBODYS = Permission(code="garden.bed.see", for_residents=True)
RESIDENT = Actor(kind=ActorKind.RESIDENT)


def staff(*permissions: str) -> Actor:
    held = Membership(UUID(int=1), UUID(int=2), frozenset(permissions), all_buildings=True)
    return Actor(kind=ActorKind.EMPLOYEE, memberships=(held,))


@pytest.mark.parametrize(
    ("case", "actor", "access", "refusal"),
    [
        ("anybody", ANONYMOUS, PUBLIC, None),
        ("nobody has signed in", ANONYMOUS, SIGNED_IN, Unauthenticated),
        ("somebody has", RESIDENT, SIGNED_IN, None),
        ("nobody has a right", ANONYMOUS, EVERYBODYS, Unauthenticated),
        ("a resident's right", RESIDENT, EVERYBODYS, None),
        ("not a resident's right", RESIDENT, STAFFS, Forbidden),
        ("an employee with it", staff(STAFFS.code), STAFFS, None),
        ("an employee without it", staff(EVERYBODYS.code), STAFFS, Forbidden),
        ("residents have it, this employee has not", staff(), EVERYBODYS, Forbidden),
    ],
)
def test_access(case: str, actor: Actor, access: Access, refusal: type[Exception] | None) -> None:
    if refusal is None:
        check_access(actor, access)
    else:
        with pytest.raises(refusal):
            check_access(actor, access)


def test_the_refusal_names_the_right() -> None:
    with pytest.raises(Forbidden) as refused:
        check_access(RESIDENT, STAFFS)

    assert refused.value.message_code == "FORBIDDEN_PERMISSION"
    assert refused.value.facts == {"permission": "garden.bed.dig"}


def info_of(actor: Actor) -> Any:
    return SimpleNamespace(context=Context(actor=actor))


def resolver_of(field: Any) -> Callable[..., Any]:
    found: Callable[..., Any] = field.base_resolver.wrapped_func
    return found


async def test_a_query_runs_for_those_who_may() -> None:
    @query(access=SIGNED_IN, description="Beds.")
    async def beds(self: object, info: Info) -> int:
        return 7

    assert await resolver_of(beds)(None, info=info_of(RESIDENT)) == 7
    with pytest.raises(Unauthenticated):
        await resolver_of(beds)(None, info=info_of(ANONYMOUS))
    assert access_of(beds.metadata) is SIGNED_IN


async def test_a_subscription_that_ends_closes_what_it_reads_from() -> None:
    closed: list[str] = []

    @subscription(access=SIGNED_IN, description="Beds.")
    async def beds(self: object, info: Info) -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            closed.append("beds")

    found = resolver_of(beds)(None, info=info_of(RESIDENT))
    assert await anext(found) == 1
    await found.aclose()

    assert closed == ["beds"]


async def test_a_subscription_is_refused_before_its_first_event() -> None:
    @subscription(access=STAFFS, description="Beds.")
    async def beds(self: object, info: Info) -> AsyncGenerator[int, None]:
        yield 1

    with pytest.raises(Forbidden):
        await anext(resolver_of(beds)(None, info=info_of(RESIDENT)))


@pytest.mark.parametrize("declare", [query, subscription])
def test_a_root_field_takes_its_info(declare: Callable[..., Any]) -> None:
    async def beds(self: object) -> Any:
        yield 1

    with pytest.raises(KvartalError, match="a root field takes `info: Info`"):
        declare(access=PUBLIC, description="Beds.")(beds)


@pytest.mark.parametrize("metadata", [{}, {"access": None}, {"access": "public"}])
def test_a_field_that_says_nothing_of_access_is_a_hole(metadata: dict[str, object]) -> None:
    assert access_of(metadata) is None
