"""What can be done about an operation."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.fields import SIGNED_IN
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_integration.operations import queries, service
from kvartal_integration.operations.graphql.rows import Operation
from kvartal_integration.operations.rules import OperationOver

__all__ = ["OperationMutations"]


@strawberry.input(description="An operation that is to stop.")
class CancelOperationInput:
    """Which operation."""

    id: strawberry.ID = strawberry.field(description="The operation.")


@strawberry.type
class OperationMutations:
    """Fields of Mutation about operations."""

    @mutation(
        access=SIGNED_IN,
        description="Stop an operation that one sees: at once if it waits, else at its next block"
        " of rows. What it has saved stays. Asking again changes nothing.",
        raises=(OperationOver,),
    )
    async def cancel_operation(self, info: Info, input: CancelOperationInput) -> Operation:
        """An operation that stops."""
        actor, key = info.context.actor, uuid_of("Operation", input.id)
        await service.cancel(actor, key)
        return Operation.of(await queries.operation_of(key), info.context.locale)
