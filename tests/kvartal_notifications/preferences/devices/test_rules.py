import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kvartal_notifications.channels.rules import PushProvider
from kvartal_notifications.channels.web_push.subscriptions import MAX_ENDPOINT, Subscription
from kvartal_notifications.preferences.devices.rules import (
    MAX_TOKEN,
    DeviceAddress,
    address_faults,
    language_of,
)

LOCAL = frozenset({"push.local"})


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


KEY = ec.derive_private_key(7, ec.SECP256R1()).public_key()  # the tests are named by it
POINT = KEY.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
COMPRESSED = KEY.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
P256DH, AUTH = encoded(POINT), encoded(bytes(16))
ENDPOINT = "https://push.example/send/1?key=a"


def faults(
    provider: PushProvider, token: str | None = None, subscription: Subscription | None = None
) -> list[tuple[str, tuple[str | int, ...]]]:
    address = DeviceAddress(provider, token, subscription)
    return [(each.code, each.path) for each in address_faults(address, allowed=LOCAL)]


def browser_faults(
    endpoint: str = ENDPOINT, p256dh: str = P256DH, auth: str = AUTH
) -> list[tuple[str, tuple[str | int, ...]]]:
    return faults(PushProvider.WEB_PUSH, None, Subscription(endpoint, p256dh, auth))


@pytest.mark.parametrize("token", ["a", "dQw4:APA91b-x_y", "x" * MAX_TOKEN])
def test_a_token_of_fcm_is_taken(token: str) -> None:
    assert faults(PushProvider.FCM, token) == []


@pytest.mark.parametrize("token", ["", "a b", "токен", "a\n", "a\0", "x" * (MAX_TOKEN + 1)])
def test_what_no_token_is_like_is_refused(token: str) -> None:
    assert faults(PushProvider.FCM, token) == [("DEVICE_TOKEN_INVALID", ("token",))]


SUBSCRIPTION = Subscription(ENDPOINT, P256DH, AUTH)


@pytest.mark.parametrize(
    ("provider", "token", "subscription", "field"),
    [
        (PushProvider.FCM, None, None, "token"),
        (PushProvider.FCM, None, SUBSCRIPTION, "token"),
        (PushProvider.FCM, "a", SUBSCRIPTION, "token"),
        (PushProvider.WEB_PUSH, None, None, "subscription"),
        (PushProvider.WEB_PUSH, "a", None, "subscription"),
        (PushProvider.WEB_PUSH, "a", SUBSCRIPTION, "subscription"),
    ],
)
def test_each_provider_has_an_address_of_its_own(
    provider: PushProvider, token: str | None, subscription: Subscription | None, field: str
) -> None:
    assert faults(provider, token, subscription) == [("DEVICE_ADDRESS_MISSING", (field,))]


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://push.example:8443/send",
        "http://push.local:8080/1",
        "https://push.example/" + "x" * (MAX_ENDPOINT - 21),
    ],
)
def test_an_endpoint_of_a_push_service_is_taken(endpoint: str) -> None:
    assert browser_faults(endpoint) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "push.example/1",
        "http://push.example/1",
        "ftp://push.example/1",
        "https:///1",
        "https://user@push.example/1",
        "https://:word@push.example/1",
        "https://push.example/1#part",
        "https://push.example/a b",
        "https://push.example/\n",
        "https://пуш.рф/1",
        "https://push.example:99999/1",
        "https://[::1/1",
        "https://push.example/" + "x" * (MAX_ENDPOINT - 20),
    ],
)
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    assert browser_faults(endpoint) == [("PUSH_ENDPOINT_INVALID", ("subscription", "endpoint"))]


@pytest.mark.parametrize("p256dh", [P256DH, P256DH + "="])
def test_a_point_is_taken_with_its_padding_and_without(p256dh: str) -> None:
    assert browser_faults(p256dh=p256dh) == []


@pytest.mark.parametrize(
    "p256dh",
    [
        "",
        "точка",
        "!" * 87,
        P256DH[:-1],
        encoded(COMPRESSED),
        encoded(POINT + b"\0"),
        encoded(b"\4" + bytes(64)),
        encoded(b"\5" + POINT[1:]),
    ],
)
def test_what_is_no_point_of_the_curve_is_refused(p256dh: str) -> None:
    assert browser_faults(p256dh=p256dh) == [("PUSH_KEY_INVALID", ("subscription", "p256dh"))]


@pytest.mark.parametrize(
    "auth", ["", "секрет", "====", encoded(bytes(15)), encoded(bytes(17)), AUTH + "\n"]
)
def test_what_is_no_secret_of_16_bytes_is_refused(auth: str) -> None:
    assert browser_faults(auth=auth) == [("PUSH_KEY_INVALID", ("subscription", "auth"))]


def test_all_faults_are_told_at_once() -> None:
    assert [path for _, path in browser_faults("", "", "")] == [
        ("subscription", "endpoint"),
        ("subscription", "p256dh"),
        ("subscription", "auth"),
    ]


def test_a_device_is_found_again_by_its_address_alone() -> None:
    first = DeviceAddress(PushProvider.WEB_PUSH, subscription=SUBSCRIPTION)
    renewed = DeviceAddress(PushProvider.WEB_PUSH, None, Subscription(ENDPOINT, P256DH, "other"))
    other = DeviceAddress(PushProvider.FCM, ENDPOINT)

    assert first.hash == renewed.hash
    assert first.hash != other.hash
    assert ENDPOINT not in first.hash


def test_an_address_is_shown_nowhere() -> None:
    both = [DeviceAddress(PushProvider.FCM, "token-7"), SUBSCRIPTION]

    assert "token-7" not in repr(both)
    assert ENDPOINT not in repr(both)


def test_a_subscription_comes_back_from_its_text() -> None:
    address = DeviceAddress(PushProvider.WEB_PUSH, subscription=SUBSCRIPTION)

    assert Subscription.unpacked(address.text) == SUBSCRIPTION


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ru", "ru"),
        ("en", "en"),
        ("EN-gb", "en"),
        (" en_US ", "en"),
        ("de", "ru"),
        ("", "ru"),
        ("english", "ru"),
    ],
)
def test_a_language_that_is_not_spoken_is_russian(tag: str, expected: str) -> None:
    assert language_of(tag, ("ru", "en")) == expected
