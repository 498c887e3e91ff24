"""Devices that can really be reached, and the channels to them, for tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kvartal.auth.models import Session, User
from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.channels.service import opened
from kvartal_notifications.preferences.devices.rules import DeviceAddress
from kvartal_notifications.preferences.devices.service import sealed_address
from kvartal_notifications.preferences.models import Device
from kvartal_notifications.settings import NotificationsSettings
from kvartal_notifications.testing.factories import a_device
from kvartal_notifications.testing.fcm import FcmService
from kvartal_notifications.testing.web_push import Browser, WebPushService, a_signing_key

__all__ = ["a_browser_device", "an_fcm_device", "push_channels", "push_settings"]


def push_settings(
    folder: Path, *, fcm: FcmService | None = None, web_push: WebPushService | None = None
) -> dict[str, str]:
    """The settings by which these services are called, by name; their key files in the folder."""
    found = {"allowed_hosts": "127.0.0.1"}
    if fcm is not None:
        found["fcm_credentials_file"] = str(fcm.credentials(folder))
        found["fcm_url"] = fcm.url
    if web_push is not None:
        found["web_push_key_file"] = str(a_signing_key(folder))
        found["web_push_contact"] = "push@example.org"
    return found


@asynccontextmanager
async def push_channels(
    folder: Path, *, fcm: FcmService | None = None, web_push: WebPushService | None = None
) -> AsyncIterator[NotificationsSettings]:
    """The channels to these services, while the block runs; in processes of their own they are
    set up by ``push_settings`` as ``KVARTAL_NOTIFICATIONS_…``.
    """
    values = push_settings(folder, fcm=fcm, web_push=web_push)
    settings = NotificationsSettings.model_validate(values)
    async with opened(settings, is_demo=False):
        yield settings


async def an_fcm_device(
    user: User, token: str, *, session: Session | None = None, **fields: Any
) -> Device:
    """A device with this registration token."""
    return await _device(user, DeviceAddress(PushProvider.FCM, token), session, **fields)


async def a_browser_device(
    user: User, browser: Browser, *, session: Session | None = None, **fields: Any
) -> Device:
    """A browser that was registered."""
    address = DeviceAddress(PushProvider.WEB_PUSH, subscription=browser.subscription)
    return await _device(user, address, session, **fields)


async def _device(
    user: User, address: DeviceAddress, session: Session | None, **fields: Any
) -> Device:
    return await a_device(
        user,
        session=session,
        provider=address.provider,
        address_hash=address.hash,
        address_sealed=sealed_address(address),
        **fields,
    )
