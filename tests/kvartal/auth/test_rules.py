from datetime import UTC, datetime, timedelta

import pytest

from kvartal.auth import rules
from kvartal.auth.rules import SessionChannel, SessionKind
from kvartal.errors import Refused

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


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
    ("text", "code"),
    [("123456", b"123456"), (" 123 456 ", b"123456"), ("123-456", b"123456"), ("\ud800", b"?")],
)
def test_a_code_may_be_written_in_groups(text: str, code: bytes) -> None:
    assert rules.normal_code(text) == code


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


def check(**changes: object) -> None:
    usual: dict[str, object] = {
        "title": "Биллинг",
        "permissions": ["meters.reading.submit"],
        "expires_at": NOW + timedelta(days=1),
        "held": {"meters.reading.submit", "auth.role.manage"},
        "all_buildings": True,
        "now": NOW,
    }
    rules.check_service_token(**usual | changes)  # type: ignore[arg-type] # spelled out above


@pytest.mark.parametrize(
    ("case", "changes"),
    [
        ("usual", {}),
        ("for ever", {"expires_at": None}),
        ("no rights yet", {"permissions": []}),
        ("the longest title", {"title": "Б" * 100}),
    ],
)
def test_a_service_token_within_its_makers_rights_is_accepted(
    case: str, changes: dict[str, object]
) -> None:
    check(**changes)


@pytest.mark.parametrize(
    ("case", "changes", "refusals"),
    [
        ("title of spaces", {"title": "  "}, [("TOKEN_TITLE_INVALID", ("title",))]),
        ("title too long", {"title": "Б" * 101}, [("TOKEN_TITLE_INVALID", ("title",))]),
        ("title with NUL", {"title": "a\0b"}, [("TOKEN_TITLE_INVALID", ("title",))]),
        ("expired at birth", {"expires_at": NOW}, [("TOKEN_EXPIRY_PAST", ("expires_at",))]),
        (
            "maker of few buildings",
            {"all_buildings": False},
            [("NEEDS_ALL_BUILDINGS", ("organization_id",))],
        ),
        (
            "rights that the maker lacks",
            {"permissions": ["meters.reading.delete", "meters.reading.submit", "no.such.right"]},
            [
                ("PERMISSION_NOT_HELD", ("permissions", 0)),
                ("PERMISSION_NOT_HELD", ("permissions", 2)),
            ],
        ),
        (
            "everything at once",
            {
                "title": "",
                "permissions": ["x"],
                "expires_at": NOW - timedelta(days=1),
                "all_buildings": False,
            },
            [
                ("NEEDS_ALL_BUILDINGS", ("organization_id",)),
                ("TOKEN_TITLE_INVALID", ("title",)),
                ("PERMISSION_NOT_HELD", ("permissions", 0)),
                ("TOKEN_EXPIRY_PAST", ("expires_at",)),
            ],
        ),
    ],
)
def test_a_service_token_beyond_its_makers_rights_is_refused(
    case: str, changes: dict[str, object], refusals: list[tuple[str, tuple[str, ...]]]
) -> None:
    with pytest.raises(Refused) as refused:
        check(**changes)

    assert [(each.code, each.path) for each in refused.value.errors] == refusals
