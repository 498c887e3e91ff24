"""Devices over GraphQL: registered, listed, and forgotten."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.fields import SIGNED_IN, query
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import uuid_of
from kvartal.housing.api import TextTooLong
from kvartal.plugin import GraphQLPart
from kvartal_notifications.channels.service import web_push_public_key
from kvartal_notifications.preferences.devices import service
from kvartal_notifications.preferences.devices.graphql.inputs import (
    RegisterDeviceInput,
    UnregisterDeviceInput,
)
from kvartal_notifications.preferences.devices.graphql.rows import Device
from kvartal_notifications.preferences.devices.rules import (
    DeviceAddressMissing,
    DeviceTokenInvalid,
    PushEndpointInvalid,
    PushKeyInvalid,
)

__all__ = ["GRAPHQL"]


@strawberry.type
class DeviceQueries:
    """Fields of Query about devices."""

    @query(
        access=SIGNED_IN,
        description="The devices that take the viewer's pushes, in every capacity, the last"
        " registered first; those of ended sessions are none.",
    )
    async def devices(self, info: Info) -> list[Device]:
        """The viewer's devices."""
        return [Device.of(row) for row in await service.own_devices(info.context.actor)]

    @query(
        access=SIGNED_IN,
        description="What a browser subscribes with: the `applicationServerKey` of"
        " `pushManager.subscribe`, in base64url. Null if Web Push is not set up here.",
    )
    async def web_push_public_key(self, info: Info) -> str | None:
        """The installation's public key."""
        return web_push_public_key()


@strawberry.type
class DeviceMutations:
    """Fields of Mutation about devices."""

    @mutation(
        access=SIGNED_IN,
        description="Have pushes sent to this device as long as the present session lives; say it"
        " at each start of the app, and when the address changes. The same address is the same"
        " device, and belongs to who has said it last. Of more than 20 the longest unused goes.",
        raises=(
            DeviceAddressMissing,
            DeviceTokenInvalid,
            PushEndpointInvalid,
            PushKeyInvalid,
            TextTooLong,
        ),
    )
    async def register_device(self, info: Info, input: RegisterDeviceInput) -> Device:
        """Register the device."""
        row = await service.register(
            info.context.actor,
            input.address(),
            title=input.title,
            locale=input.locale or info.context.locale,
        )
        return Device.of(row)

    @mutation(
        access=SIGNED_IN,
        description="Send no more pushes to one of the viewer's devices.",
    )
    async def unregister_device(self, info: Info, input: UnregisterDeviceInput) -> Device:
        """Forget the device."""
        actor = info.context.actor
        return Device.of(await service.unregister(actor, uuid_of("Device", input.id)))


GRAPHQL = GraphQLPart(queries=(DeviceQueries,), mutations=(DeviceMutations,))
