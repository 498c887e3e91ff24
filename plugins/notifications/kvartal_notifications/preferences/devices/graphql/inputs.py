"""What is sent to register a device."""

import strawberry

from kvartal.audit.api import SECRET
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.channels.web_push.subscriptions import Subscription
from kvartal_notifications.preferences.devices.rules import DeviceAddress

__all__ = ["RegisterDeviceInput", "UnregisterDeviceInput", "WebPushSubscriptionInput"]


@strawberry.input(description="What `PushSubscription.toJSON()` of a browser says.")
class WebPushSubscriptionInput:
    """A browser's subscription."""

    endpoint: str = strawberry.field(
        metadata=SECRET, description="Where its pushes go: https, 1000 characters."
    )
    p256dh: str = strawberry.field(
        metadata=SECRET,
        description="`keys.p256dh`: a point of P-256, not compressed (65 bytes), in base64url.",
    )
    auth: str = strawberry.field(
        metadata=SECRET, description="`keys.auth`: a secret of 16 bytes, in base64url."
    )


@strawberry.input(
    description="A device that is to take the viewer's pushes. FCM has a `token`, Web Push a"
    " `subscription`."
)
class RegisterDeviceInput:
    """Input of registerDevice."""

    provider: PushProvider = strawberry.field(description="Whose service carries its pushes.")
    token: str | None = strawberry.field(
        default=None,
        metadata=SECRET,
        description="The registration token of FCM; 4096 characters.",
    )
    subscription: WebPushSubscriptionInput | None = strawberry.field(
        default=None, description="The subscription of the browser."
    )
    title: str | None = strawberry.field(
        default=None, description="What people know the device by; 100 characters."
    )
    locale: str | None = strawberry.field(
        default=None,
        description="The language that it is told in, such as `ru` or `en-GB`; Russian for one"
        " that is not spoken here. By default that of the request.",
    )

    def address(self) -> DeviceAddress:
        """Where the pushes go."""
        given = self.subscription
        return DeviceAddress(
            self.provider,
            self.token,
            Subscription(given.endpoint, given.p256dh, given.auth) if given else None,
        )


@strawberry.input(description="Which device is meant.")
class UnregisterDeviceInput:
    """Input of unregisterDevice."""

    id: strawberry.ID = strawberry.field(description="The device.")
