"""A plugin with holes of every kind: what the walk must find, were somebody to leave one."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import strawberry

from kvartal.context import Context, Info
from kvartal.db.connection import execute, fetch
from kvartal.graphql.extend import extends
from kvartal.graphql.fields import PUBLIC, SIGNED_IN, query, subscription
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import Node, encode_id, uuid_of
from kvartal.housing.api import Organization
from kvartal.permissions import PREMISE_EDIT
from kvartal.plugin import GraphQLPart, NodeKind, Plugin

__all__ = ["curious", "plugin"]

PremiseId = Annotated[strawberry.ID, strawberry.argument(description="The premise.")]


async def _numbers() -> list[str]:
    return [row["number"] for row in await fetch("SELECT number FROM kvartal_premise")]


@strawberry.type(description="A row that anybody finds by its id.")
class Account2(Node):
    """A row without a filter."""

    number: str = strawberry.field(description="The number of an account.")


@strawberry.input(description="A premise to be renamed.")
class RenameInput:
    """A premise to be renamed."""

    premise_id: strawberry.ID = strawberry.field(description="The premise.")
    number: str = strawberry.field(description="Its new number.")


@strawberry.type
class LeakyQueries:
    """Queries without `visible_to`."""

    @query(access=SIGNED_IN, description="The numbers of all premises.")
    async def all_numbers(self, info: Info) -> list[str]:
        """Of all tenants."""
        return await _numbers()

    @query(access=PUBLIC, description="The numbers of all premises, for everybody.")
    async def published_numbers(self, info: Info) -> list[str]:
        """Of all tenants."""
        return await _numbers()

    @query(access=SIGNED_IN, description="The number of a premise.")
    async def number_of(self, info: Info, premise_id: PremiseId) -> str | None:
        """Of any tenant."""
        key = uuid_of("Premise", premise_id)
        rows = await fetch("SELECT number FROM kvartal_premise WHERE id = $1", key)
        return rows[0]["number"] if rows else None


@strawberry.type
class LeakyMutations:
    """A mutation that asks for a permission anywhere, and not where the premise is."""

    @mutation(access=PREMISE_EDIT, description="Rename a premise.", payload="number")
    async def rename_anything(self, info: Info, input: RenameInput) -> str:
        """Of any tenant."""
        key = uuid_of("Premise", input.premise_id)
        await execute("UPDATE kvartal_premise SET number = $2 WHERE id = $1", key, input.number)
        return input.number


@strawberry.type
class LeakySubscriptions:
    """A subscription without a filter."""

    @subscription(access=SIGNED_IN, description="The numbers of all premises.")
    async def numbers_changed(self, info: Info) -> AsyncGenerator[list[str], None]:
        """Of all tenants."""
        yield await _numbers()


@extends(Organization)
class OrganizationNumbers:
    """A field of one's own organization that shows those of others."""

    @strawberry.field(description="The numbers of all premises.")
    async def numbers(self, info: Info, parent: strawberry.Parent[Organization]) -> list[str]:
        """Of all tenants."""
        return await _numbers()


async def _fetch(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    rows = await fetch("SELECT id, number FROM kvartal_account WHERE id = ANY($1)", list(ids))
    return {
        row["id"]: Account2(id=encode_id("Account2", row["id"]), number=row["number"])
        for row in rows
    }


plugin = Plugin(
    name="leaky",
    title="Дырявый плагин",
    graphql=GraphQLPart(
        queries=(LeakyQueries,),
        mutations=(LeakyMutations,),
        subscriptions=(LeakySubscriptions,),
        extensions=(OrganizationNumbers,),
        nodes=(NodeKind(type=Account2, fetch=_fetch),),
    ),
)


@strawberry.type
class CuriousQueries:
    """A query with an argument that nobody has thought of."""

    @query(access=SIGNED_IN, description="Something by a secret word.")
    async def something(
        self,
        info: Info,
        secret_word: Annotated[str, strawberry.argument(description="The word.")],
    ) -> str:
        """The word."""
        return secret_word


curious = Plugin(
    name="curious", title="Любопытный плагин", graphql=GraphQLPart(queries=(CuriousQueries,))
)
