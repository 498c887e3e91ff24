import pytest

from kvartal.auth import rules
from kvartal.auth.rules import SessionChannel, SessionKind


@pytest.mark.parametrize(
    ("case", "text", "phone"),
    [
        ("as it is kept", "+79001234567", "+79001234567"),
        ("as people write it", "+7 (900) 123-45-67", "+79001234567"),
        ("dots and no-break spaces", "+7\u00a0900.123.45.67", "+79001234567"),
        ("with an eight", "8 900 123-45-67", "+79001234567"),
        ("without the plus", "79001234567", "+79001234567"),
        ("another country", "+375 29 1234567", "+375291234567"),
        ("the shortest", "+1234567", "+1234567"),
        ("too short", "+123456", None),
        ("too long", "+1234567890123456", None),
        ("no country", "9001234567", None),
        ("country of zero", "+09001234567", None),
        ("letters", "+7900CALLME1", None),
        ("foreign digits", "+٧٩٠٠١٢٣٤٥٦٧", None),
        ("a plus too many", "++79001234567", None),
        ("a line after it", "+79001234567\n", None),
        ("NUL", "+79001234567\0", None),
        ("nothing", "", None),
    ],
)
def test_a_telephone_is_kept_in_one_form(case: str, text: str, phone: str | None) -> None:
    assert rules.normal_phone(text) == phone


@pytest.mark.parametrize(
    ("case", "text", "email"),
    [
        ("as it is kept", "maria@example.org", "maria@example.org"),
        ("capitals and spaces around", " Maria@Example.ORG ", "maria@example.org"),
        ("Cyrillic", "Мария@пример.рф", "мария@пример.рф"),
        ("no at", "maria.example.org", None),
        ("two ats", "maria@@example.org", None),
        ("a space inside", "ma ria@example.org", None),
        ("NUL", "maria\0@example.org", None),
        ("half a surrogate pair", "maria\ud800@example.org", None),
        ("too long", "m" * 250 + "@e.ru", None),
        ("nothing", "", None),
    ],
)
def test_an_email_is_compared_in_one_form(case: str, text: str, email: str | None) -> None:
    assert rules.normal_email(text) == email


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        (SessionChannel.RESIDENT_APP, SessionKind.RESIDENT),
        (SessionChannel.EMPLOYEE_APP, SessionKind.EMPLOYEE),
        (SessionChannel.CRM, SessionKind.EMPLOYEE),
    ],
)
def test_the_channel_tells_the_capacity(channel: SessionChannel, kind: SessionKind) -> None:
    assert rules.kind_of(channel) is kind
