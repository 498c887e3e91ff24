"""Factories of the notifications for tests: each call makes one row, and what it stands in."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from typing import Any

from kvartal import clock, registry
from kvartal.auth.api import SessionChannel, SessionKind
from kvartal.auth.models import Role, Session, User
from kvartal.housing.models import Organization
from kvartal.plugin import Plugin
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.models import Notification, NotificationDelivery
from kvartal_notifications.messages.rules import DeliveryStatus
from kvartal_notifications.preferences.models import Device, OptOut, RoleTick

__all__ = ["a_delivery", "a_device", "a_notice", "a_session", "a_tick", "an_opt_out", "offering"]

_numbers = count(1)


@contextmanager
def offering(*kinds: NotificationKind, package: str = "kvartal_sample") -> Iterator[None]:
    """These kinds are offered besides those of the plugins that are on, while the block runs."""
    name = package.removeprefix("kvartal_")
    before = registry.current()
    sample = registry.LoadedPlugin(Plugin(name=name, title=name, offers=kinds))
    registry.use(registry.Registry((*before.plugins, sample)))
    try:
        yield
    finally:
        registry.use(before)


async def a_session(user: User, kind: SessionKind = SessionKind.RESIDENT, **fields: Any) -> Session:
    """A person signed in, in the resident app or in the employee app."""
    is_resident = kind is SessionKind.RESIDENT
    now = clock.now()
    return await Session.create(
        **{
            "user": user,
            "kind": kind,
            "channel": SessionChannel.RESIDENT_APP if is_resident else SessionChannel.EMPLOYEE_APP,
            "last_used_at": now,
            "expires_at": now.replace(year=now.year + 1, day=1),
            **fields,
        }
    )


async def a_device(
    user: User,
    *,
    kind: SessionKind = SessionKind.RESIDENT,
    session: Session | None = None,
    provider: PushProvider = PushProvider.FCM,
    **fields: Any,
) -> Device:
    """A device of a person, signed in on it; its address is sealed for nobody."""
    number = next(_numbers)
    return await Device.create(
        **{
            "user": user,
            "session": session or await a_session(user, kind),
            "provider": provider,
            "address_sealed": b"sealed",
            "address_hash": sha256(f"device {number}".encode()).hexdigest(),
            **fields,
        }
    )


async def a_notice(
    organization: Organization,
    user: User,
    kind: NotificationKind | str,
    *,
    audience: SessionKind | None = None,
    facts: dict[str, Any] | None = None,
    **fields: Any,
) -> Notification:
    """A notice in a person's inbox, without deliveries."""
    given = kind if isinstance(kind, NotificationKind) else None
    return await Notification.create(
        **{
            "organization": organization,
            "user": user,
            "audience": audience or (given.audience if given else SessionKind.RESIDENT),
            "kind": given.key if given else kind,
            "occasion": f"occasion {next(_numbers)}",
            "facts": facts if facts is not None else dict(given.example if given else {}),
            **fields,
        }
    )


async def a_delivery(
    notice: Notification,
    channel: NotificationChannel = NotificationChannel.EMAIL,
    *,
    device: Device | None = None,
    status: DeliveryStatus = DeliveryStatus.PENDING,
    **fields: Any,
) -> NotificationDelivery:
    """A notice's way by mail, or to a device; one that waits is due now."""
    is_pending = status is DeliveryStatus.PENDING
    return await NotificationDelivery.create(
        **{
            "organization_id": notice.organization_id,
            "notification": notice,
            "channel": channel,
            "device_id": device.id if device else None,
            "provider": device.provider if device else None,
            "status": status,
            "due_at": clock.now() if is_pending else None,
            **fields,
        }
    )


async def a_tick(
    role: Role,
    kind: NotificationKind | str,
    channel: NotificationChannel = NotificationChannel.IN_APP,
) -> RoleTick:
    """Who has the role is told of the kind by the channel."""
    key = kind if isinstance(kind, str) else kind.key
    organization: Organization = await role.organization
    return await RoleTick.create(organization=organization, role=role, kind=key, channel=channel)


async def an_opt_out(
    user: User,
    kind: NotificationKind | str,
    channel: NotificationChannel = NotificationChannel.IN_APP,
) -> OptOut:
    """A person does not want the kind by the channel."""
    key = kind if isinstance(kind, str) else kind.key
    return await OptOut.create(user=user, kind=key, channel=channel)
