"""The channels of this installation, open as long as the process runs."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx

from kvartal import mail
from kvartal.calling import GuardedTransport
from kvartal.settings import in_demo, settings_of
from kvartal_notifications.channels.email import Letters
from kvartal_notifications.channels.fcm.account import ServiceAccount
from kvartal_notifications.channels.fcm.channel import FcmPush
from kvartal_notifications.channels.port import DeliveryChannel
from kvartal_notifications.channels.push.batches import AT_ONCE, ATTEMPT_SECONDS
from kvartal_notifications.channels.push.demo import DemoPush
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.channels.web_push.channel import WebPushes
from kvartal_notifications.channels.web_push.keys import SigningKey
from kvartal_notifications.channels.web_push.sealing import Sealer
from kvartal_notifications.settings import NotificationsSettings

__all__ = ["channel_of", "opened", "web_push_public_key"]

_TLS = ssl.create_default_context()
# One more for the token.
_LIMITS = httpx.Limits(max_connections=AT_ONCE + 1, max_keepalive_connections=AT_ONCE + 1)
_HEADERS = {"user-agent": "Kvartal", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True)
class _Opened:
    """The ways out that are set up."""

    pushes: Mapping[PushProvider, DeliveryChannel] = field(default_factory=dict)
    public_key: str | None = None


_present = _Opened()
_LETTERS = Letters()


def channel_of(
    channel: NotificationChannel, provider: PushProvider | None = None
) -> DeliveryChannel | None:
    """The way out for deliveries of this kind; None if it is not set up in this installation."""
    if channel is NotificationChannel.PUSH and provider is not None:
        return _present.pushes.get(provider)
    if channel is NotificationChannel.EMAIL and mail.is_sent():
        return _LETTERS
    return None


def web_push_public_key() -> str | None:
    """What browsers subscribe with (``applicationServerKey``); None if Web Push is not set up."""
    return _present.public_key


@asynccontextmanager
async def opened(
    settings: NotificationsSettings | None = None, *, is_demo: bool | None = None
) -> AsyncIterator[None]:
    """Have the channels of these settings, by default the process's own; their clients with them.

    A plugin's lifespan.
    """
    global _present  # one installation a process
    given = settings or settings_of(NotificationsSettings)
    before = _present
    async with AsyncExitStack() as stack:
        _present = await _made(stack, given, is_demo=in_demo() if is_demo is None else is_demo)
        try:
            yield
        finally:
            _present = before


async def _made(
    stack: AsyncExitStack, settings: NotificationsSettings, *, is_demo: bool
) -> _Opened:
    pushes: dict[PushProvider, DeliveryChannel] = {}
    public_key = None
    if is_demo:
        pushes = dict.fromkeys(PushProvider, DemoPush())
    if settings.fcm_credentials_file is not None:
        account = ServiceAccount.read(settings.fcm_credentials_file)
        plain = httpx.AsyncHTTPTransport(verify=_TLS, trust_env=False, limits=_LIMITS)
        client = await stack.enter_async_context(_client(plain))
        pushes[PushProvider.FCM] = FcmPush(account, client, url=settings.fcm_url)
    if settings.web_push_key_file is not None:
        key = SigningKey.read(settings.web_push_key_file)
        guarded = GuardedTransport(allowed=settings.allowed_hosts, connections=AT_ONCE)
        client = await stack.enter_async_context(_client(guarded))
        sealer = Sealer(key, settings.web_push_contact)
        pushes[PushProvider.WEB_PUSH] = WebPushes(sealer, client, allowed=settings.allowed_hosts)
        public_key = key.public_key
    return _Opened(pushes, public_key)


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=ATTEMPT_SECONDS,
        headers=_HEADERS,
    )
