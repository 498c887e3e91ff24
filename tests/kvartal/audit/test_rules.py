import pytest

from kvartal.audit.rules import Secrecy, differences, listed, masked, shortened


@pytest.mark.parametrize(
    ("case", "value", "secrecy", "told"),
    [
        ("plain", "Мира, 1", None, "Мира, 1"),
        ("a number", 15, None, 15),
        ("nothing is no secret", None, Secrecy.SECRET, None),
        ("a secret", "кошка спит", Secrecy.SECRET, "***"),
        ("a telephone", "+79001234567", Secrecy.PERSONAL, "***67"),
        ("too short to show an end", "12345", Secrecy.PERSONAL, "***"),
        ("long enough", "123456", Secrecy.PERSONAL, "***56"),
        ("a number of theirs", 123456, Secrecy.PERSONAL, "***56"),
    ],
)
def test_what_is_told_of_a_value(
    case: str, value: object, secrecy: Secrecy | None, told: object
) -> None:
    assert masked(value, secrecy) == told


def test_a_long_text_is_cut() -> None:
    assert shortened("я" * 500) == "я" * 500
    assert shortened("я" * 501) == "я" * 500 + "…"


def test_differences_are_told_of_what_people_know() -> None:
    before = {"number": "1", "kind": "A", "gone": 1, "version": 1, "search": "1", "sort_key": "1"}
    after = {"number": "2", "kind": "A", "new": 2, "version": 2, "search": "2", "sort_key": "2"}

    assert differences(before, after) == {"number": ("1", "2"), "gone": (1, None), "new": (None, 2)}


def test_of_a_long_list_the_length_is_told() -> None:
    assert listed(tuple(range(20))) == list(range(20))
    assert listed(range(21)) == {"count": 21}
