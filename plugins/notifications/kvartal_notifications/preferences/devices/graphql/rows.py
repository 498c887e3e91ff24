"""Devices as rows of GraphQL."""

from datetime import datetime

import strawberry

from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import encode_id
from kvartal_notifications.channels.rules import PushProvider

__all__ = ["Device"]

describe_enum(
    PushProvider,
    "Whose service carries a push to the device.",
    FCM="Firebase Cloud Messaging: apps on Android and on Apple's devices.",
    WEB_PUSH="Web Push (RFC 8030): browsers, each over the service of who made it.",
)


@strawberry.type(
    description="An app or browser that takes the viewer's pushes (устройство). Its address is"
    " never shown."
)
class Device:
    """One of the viewer's devices."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    provider: PushProvider = strawberry.field(description="Whose service carries its pushes.")
    title: str | None = strawberry.field(description="What the app calls the device.")
    locale: str = strawberry.field(description="The language that it is told in: `ru` or `en`.")
    created_at: datetime = strawberry.field(description="When it was registered.")
    updated_at: datetime = strawberry.field(
        description="When its app last registered it again: no later than this it was in use."
    )

    @classmethod
    def of(cls, record: Record) -> "Device":
        """The device in a record."""
        return cls(
            id=encode_id("Device", record["id"]),
            provider=PushProvider(record["provider"]),
            title=record["title"],
            locale=record["locale"],
            created_at=record["created_at"],
            updated_at=record["updated_at"],
        )
