"""Descriptions that several types of sign-in share."""

from typing import Annotated

import strawberry

from kvartal.auth.sign_in.rules import Client
from kvartal.context import Info

__all__ = ["EXPECTED_VERSION", "PERMISSIONS", "VERSION", "OfOrganization", "client_of"]

PERMISSIONS = "Codes of the rights (права) carried, e.g. `meters.reading.submit`."
VERSION = "Grows with each change; for `expectedVersion`."
EXPECTED_VERSION = "The version that was edited; refused if it is no longer so."

OfOrganization = Annotated[
    strawberry.ID, strawberry.argument(description="The organization (юрлицо).")
]


def client_of(info: Info, device_token: str | None = None) -> Client:
    """What a request tells of its sender."""
    context = info.context
    return Client(context.remote_address, context.user_agent, device_token)
