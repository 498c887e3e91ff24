"""What checks our pushes is itself right: the example of RFC 8291, and what must be refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kvartal_notifications.testing.web_push import Browser


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg"
    "Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVB"
    "St2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def the_browser() -> Browser:
    key = ec.derive_private_key(int.from_bytes(decoded(PRIVATE), "big"), ec.SECP256R1())
    return Browser("https://push.example.net/push/1", None, key, decoded(AUTH))


def test_the_example_of_the_standard_is_opened() -> None:
    assert the_browser().subscription.p256dh == PUBLIC
    assert the_browser().opened(decoded(BODY)) == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize("place", [0, 30, 90, -1])
def test_what_was_changed_on_the_way_is_not_opened(place: int) -> None:
    body = bytearray(decoded(BODY))
    body[place] ^= 1

    with pytest.raises(ValueError):  # noqa: PT011 -- a point that is none has words of its own
        the_browser().opened(bytes(body))


def test_another_browser_does_not_open_it() -> None:
    with pytest.raises(ValueError, match="not encrypted for this browser"):
        Browser("https://push.example.net/").opened(decoded(BODY))
