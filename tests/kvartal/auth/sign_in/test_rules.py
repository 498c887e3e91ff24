import pytest

from kvartal.auth.limits.rules import Origin
from kvartal.auth.sign_in import rules
from kvartal.auth.sign_in.rules import Client


@pytest.mark.parametrize(
    ("text", "code"),
    [("123456", b"123456"), (" 123 456 ", b"123456"), ("123-456", b"123456"), ("\ud800", b"?")],
)
def test_a_code_may_be_written_in_groups(text: str, code: bytes) -> None:
    assert rules.normal_code(text) == code


def test_a_client_shows_where_it_is_but_not_its_token() -> None:
    client = Client("203.0.113.7", "Opera", "secret")

    assert client.origin == Origin("203.0.113.7", "203.0.113.0/24")
    assert "secret" not in repr(client)
