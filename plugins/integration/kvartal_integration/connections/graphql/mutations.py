"""Setting the connection up, and trying it."""

import strawberry

from kvartal.addresses import AddressRefused, HostUnknown
from kvartal.context import Info
from kvartal.errors import VersionConflict
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal_integration.connections import service
from kvartal_integration.connections.graphql.inputs import (
    TestExchangeConnectionInput,
    UpdateExchangeConnectionInput,
    fields_of,
)
from kvartal_integration.connections.graphql.rows import ExchangeServer, ExchangeTest
from kvartal_integration.connections.rules import (
    ExchangeFingerprintInvalid,
    ExchangeHostInvalid,
    ExchangeNumberOutside,
    ExchangePasswordRequired,
    ExchangeRootInvalid,
    ExchangeTestRunning,
    ExchangeTextInvalid,
)
from kvartal_integration.permissions import EXCHANGE_MANAGE

__all__ = ["ConnectionMutations"]

_FAULTS = (
    ExchangeHostInvalid,
    ExchangeNumberOutside,
    ExchangeTextInvalid,
    ExchangeRootInvalid,
    ExchangeFingerprintInvalid,
    ExchangePasswordRequired,
)


@strawberry.type
class ConnectionMutations:
    """Fields of Mutation about connections."""

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Set up the file server of an organization, or change it.",
        raises=(*_FAULTS, AddressRefused, HostUnknown, VersionConflict),
        payload="exchange_connection",
    )
    async def update_exchange_connection(
        self, info: Info, input: UpdateExchangeConnectionInput
    ) -> ExchangeServer:
        """Set the connection up."""
        row = await service.update(
            info.context.actor,
            uuid_of("Organization", input.organization_id),
            fields_of(input),
            expected_version=input.expected_version,
        )
        return ExchangeServer.of(row)

    @mutation(
        access=EXCHANGE_MANAGE,
        description="Try the connection step by step, as it is kept or as the form has it: nothing"
        " is saved. On the server a file of its own is written and deleted. Takes half a minute at"
        " most; one at a time in an organization.",
        raises=(*_FAULTS, ExchangeTestRunning),
        payload="result",
        repeatable=True,
    )
    async def test_exchange_connection(
        self, info: Info, input: TestExchangeConnectionInput
    ) -> ExchangeTest:
        """Try the connection."""
        organization_id = uuid_of("Organization", input.organization_id)
        trial = await service.tried(info.context.actor, organization_id, fields_of(input))
        return ExchangeTest.of(trial, info.context.locale)
