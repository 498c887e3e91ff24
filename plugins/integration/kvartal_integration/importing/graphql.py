"""Starting an import by hand."""

import strawberry

from kvartal.context import Info
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.plugin import GraphQLPart
from kvartal.tasks import enqueue
from kvartal_integration.importing.tasks import import_xml
from kvartal_integration.operations.graphql import Operation
from kvartal_integration.operations.queries import operation_of
from kvartal_integration.operations.rules import OperationKind, OperationRunning
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.schedules.rules import ConnectionMissing, PathsMissing
from kvartal_integration.schedules.service import start_by_hand

__all__ = ["GRAPHQL"]


@strawberry.input(description="An import that is to run now.")
class RunImportInput:
    """Input of runImport."""

    organization_id: strawberry.ID = strawberry.field(description="The organization (юрлицо).")
    preview: bool = strawberry.field(
        default=False,
        description="Only find out what would become of the files: nothing is saved, no file is"
        " deleted, and the counts and entries of the operation tell.",
    )


@strawberry.type
class ImportMutations:
    """Fields of Mutation about imports."""

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Import the files as the settings stand, now («Запустить сейчас»); the report"
        " goes to their addresses and to who has started it. Takes an employee who works with all"
        " buildings of the organization.",
        raises=(PathsMissing, ConnectionMissing, OperationRunning),
    )
    async def run_import(self, info: Info, input: RunImportInput) -> Operation:
        """The operation, which waits for a worker."""
        context = info.context
        async with unit_of_work():
            operation_id = await start_by_hand(
                context.actor,
                uuid_of("Organization", input.organization_id),
                OperationKind.XML_IMPORT,
                locale=context.locale,
                preview=input.preview,
            )
            await enqueue(import_xml, operation_id)
        return Operation.of(await operation_of(operation_id), context.locale)


GRAPHQL = GraphQLPart(mutations=(ImportMutations,))
