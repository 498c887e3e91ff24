"""What is sent to set a connection up, or to try it."""

from typing import Any

import strawberry
from strawberry import UNSET

from kvartal.audit.api import SECRET
from kvartal.graphql.given import given
from kvartal_integration.connections.graphql.rows import FieldText
from kvartal_integration.connections.rules import FileEncoding, Protocol

__all__ = ["TestExchangeConnectionInput", "UpdateExchangeConnectionInput", "fields_of"]

_KEPT = (
    "The password: left out it stays, null clears it. It is kept for this host and port alone: to"
    " go to others, it must be given again."
)
_NOT_NULL = (
    "protocol",
    "host",
    "port",
    "username",
    "root",
    "passive",
    "verify_certificate",
    "timeout_seconds",
    "encoding",
)


@strawberry.input(description="The settings of a connection.")
class ConnectionInput:
    """What both inputs have."""

    organization_id: strawberry.ID = strawberry.field(description="Whose file server it is.")
    protocol: Protocol | None = strawberry.field(default=UNSET, description=FieldText.PROTOCOL)
    host: str | None = strawberry.field(default=UNSET, description=FieldText.HOST)
    port: int | None = strawberry.field(default=UNSET, description=FieldText.PORT)
    username: str | None = strawberry.field(default=UNSET, description=FieldText.USERNAME)
    password: str | None = strawberry.field(default=UNSET, metadata=SECRET, description=_KEPT)
    root: str | None = strawberry.field(default=UNSET, description=FieldText.ROOT)
    passive: bool | None = strawberry.field(default=UNSET, description=FieldText.PASSIVE)
    verify_certificate: bool | None = strawberry.field(default=UNSET, description=FieldText.VERIFY)
    fingerprint: str | None = strawberry.field(
        default=UNSET, description=f"{FieldText.FINGERPRINT} Null clears it."
    )
    timeout_seconds: int | None = strawberry.field(default=UNSET, description=FieldText.TIMEOUT)
    encoding: FileEncoding | None = strawberry.field(default=UNSET, description=FieldText.ENCODING)


@strawberry.input(
    description="The settings of the exchange's connection; what is left out stays as it is, or"
    " is what is usual."
)
class UpdateExchangeConnectionInput(ConnectionInput):
    """Input of updateExchangeConnection."""

    expected_version: int | None = strawberry.field(
        default=None,
        description="The version that was edited, 0 if there was none; refused if it is no longer"
        " so.",
    )


@strawberry.input(
    description="The settings to try; what is left out is as it is kept, or what is usual."
)
class TestExchangeConnectionInput(ConnectionInput):
    """Input of testExchangeConnection."""


def fields_of(source: ConnectionInput) -> dict[str, Any]:
    """The settings that were sent, by their names in the rules."""
    return given(source, "password", "fingerprint", not_null=_NOT_NULL)
