"""The channels of this installation, open as long as the process runs."""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx

from kvartal import mail
from kvartal.calling import GuardedTransport
from kvartal.settings import in_demo, settings_of
from kvartal_notifications.channels.email import Letters
from kvartal_notifications.channels.fcm.account import ServiceAccount
from kvartal_notifications.channels.fcm.channel import FcmPush
from kvartal_notifications.channels.port import DeliveryChannel
from kvartal_notifications.channels.push.batches import ATTEMPT_SECONDS
from kvartal_notifications.channels.push.demo import DemoPush
from kvartal_notifications.channels.push.spreading import Spread
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.channels.web_push.channel import WebPushes
from kvartal_notifications.channels.web_push.keys import SigningKey
from kvartal_notifications.channels.web_push.sealing import Sealer
from kvartal_notifications.settings import NotificationsSettings

__all__ = ["channel_of", "opened", "web_push_public_key"]

_TLS = ssl.create_default_context()
# Of all that is on its way at once each pool has some three; slow answers may pile up in one.
_POOLS = 16
_CONNECTIONS = 10
_LIMITS = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
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
        client = await stack.enter_async_context(_client(_plain))
        pushes[PushProvider.FCM] = FcmPush(account, client, url=settings.fcm_url)
    if settings.web_push_key_file is not None:
        key = SigningKey.read(settings.web_push_key_file)
        allowed = settings.allowed_hosts
        guarded = partial(GuardedTransport, allowed=allowed, connections=_CONNECTIONS)
        client = await stack.enter_async_context(_client(guarded))
        sealer = Sealer(key, settings.web_push_contact)
        pushes[PushProvider.WEB_PUSH] = WebPushes(sealer, client, allowed=allowed)
        public_key = key.public_key
    return _Opened(pushes, public_key)


def _plain() -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(verify=_TLS, trust_env=False, limits=_LIMITS)


def _client(transport: Callable[[], httpx.AsyncBaseTransport]) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=Spread(transport, pools=_POOLS),
        trust_env=False,
        follow_redirects=False,
        timeout=ATTEMPT_SECONDS,
        headers=_HEADERS,
    )
