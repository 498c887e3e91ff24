"""Opaque ids."""

from uuid import UUID

import pytest
from hypothesis import given, strategies

from kvartal.errors import BadInput
from kvartal.graphql.node import decode_id, encode_id, uuid_of

KEY = UUID("01900000-0000-7000-8000-00000000002a")


@given(
    strategies.from_regex(r"[A-Z][A-Za-z]{0,30}", fullmatch=True),
    strategies.uuids(),
)
def test_an_id_is_read_as_it_was_written(kind: str, key: UUID) -> None:
    assert decode_id(encode_id(kind, key)) == (kind, key)
    assert uuid_of(kind, encode_id(kind, key)) == key


def test_an_id_needs_no_escaping_in_an_address() -> None:
    written = [encode_id("Meter", UUID(int=n << 100)) for n in range(500)]

    assert all(each.replace("-", "").replace("_", "").isalnum() for each in written)


@pytest.mark.parametrize(
    ("case", "value"),
    [
        ("empty", ""),
        ("a bare key", str(KEY)),
        ("not base64", "§§§"),
        ("Russian", "счётчик"),
        ("too short", encode_id("Meter", KEY)[:-4]),
        ("no type", encode_id("", KEY)),
        ("not a name", encode_id("Me ter", KEY)),
        ("not ASCII", encode_id("Счётчик", KEY)),
        ("no colon", encode_id("Meter", KEY)[:4] + "A" + encode_id("Meter", KEY)[5:] + "AA"),
        ("spaces", encode_id("Meter", KEY) + " "),
    ],
)
def test_what_is_no_id_is_bad_input(case: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        decode_id(value)

    assert refused.value.message_code == "BAD_ID"


def test_what_is_shown_of_a_wrong_id_is_short() -> None:
    with pytest.raises(BadInput) as refused:
        decode_id("§" * 10_000)

    assert refused.value.facts == {"id": "§" * 100}


def test_an_id_of_another_type_is_bad_input() -> None:
    with pytest.raises(BadInput) as refused:
        uuid_of("Building", encode_id("Meter", KEY))

    assert refused.value.message_code == "BAD_ID_KIND"
    assert refused.value.facts["expected"] == "Building"
    assert refused.value.facts["given"] == "Meter"
