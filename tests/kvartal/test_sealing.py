"""Sealed secrets: opened at their own place alone, by the keys of the installation."""

from dataclasses import replace
from uuid import uuid4

import pytest

from kvartal import sealing
from kvartal.sealing import Place, Seal, SealBroken
from kvartal.testing.host import TestHost

OLD, NEW = "o" * 40, "n" * 40
PLACE = Place("integration_connection", "password_sealed", uuid4())


def test_what_was_sealed_is_opened() -> None:
    seal = Seal([NEW])

    sealed = seal.seal("пароль", PLACE)

    assert seal.open(sealed, PLACE) == "пароль"
    assert "пароль".encode() not in sealed
    assert sealed != seal.seal("пароль", PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, row_id=uuid4()),
        replace(PLACE, column="host"),
        replace(PLACE, table="integration_webhook"),
    ],
)
def test_it_opens_nowhere_else(elsewhere: Place) -> None:
    seal = Seal([NEW])

    with pytest.raises(SealBroken):
        seal.open(seal.seal("secret", PLACE), elsewhere)


def test_an_old_key_opens_and_the_new_one_seals() -> None:
    old, both, new = Seal([OLD]), Seal([NEW, OLD]), Seal([NEW])

    assert both.open(old.seal("secret", PLACE), PLACE) == "secret"
    assert new.open(both.seal("secret", PLACE), PLACE) == "secret"
    with pytest.raises(SealBroken, match="a key that is not known"):
        new.open(old.seal("secret", PLACE), PLACE)


@pytest.mark.parametrize("at", [0, 3, 8, -1])
def test_a_changed_value_is_refused_without_saying_what_it_was(at: int) -> None:
    seal = Seal([NEW])
    sealed = bytearray(seal.seal("secret", PLACE))
    sealed[at] ^= 1

    with pytest.raises(SealBroken) as refused:
        seal.open(bytes(sealed), PLACE)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"plain text of old"])
def test_what_was_never_sealed_is_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        Seal([NEW]).open(sealed, PLACE)


def test_a_process_that_has_not_started_has_no_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_present", None)

    with pytest.raises(SealBroken, match="has not started"):
        sealing.seal()


async def test_a_process_seals_with_the_keys_of_the_installation(host: TestHost) -> None:
    kept = sealing.seal().seal("secret", PLACE)

    assert Seal.of(host.host.settings).open(kept, PLACE) == "secret"
