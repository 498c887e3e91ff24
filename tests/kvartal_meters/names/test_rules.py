"""How a resident may call a meter."""

import pytest

from kvartal_meters.errors import NameTooLong
from kvartal_meters.names.rules import name_given


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Кухня", "Кухня"),
        ("  Ванная \n  комната\t", "Ванная комната"),
        ("Кухня\0", "Кухня"),
        ("а" * 100, "а" * 100),
        (f"  {'а' * 100}  ", "а" * 100),
        ("", None),
        (" \u200b\t ", None),
        (None, None),
    ],
)
def test_the_name_that_is_kept(text: str | None, name: str | None) -> None:
    assert name_given(text) == name


def test_a_longer_one_is_refused() -> None:
    with pytest.raises(NameTooLong) as caught:
        name_given("а" * 101)

    assert (caught.value.limit, caught.value.path) == (100, ("name",))
