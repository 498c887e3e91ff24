from datetime import UTC, datetime, timedelta

import pytest

from kvartal.auth.service_tokens import rules
from kvartal.errors import Refused

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def check(**changes: object) -> None:
    usual: dict[str, object] = {
        "title": "Биллинг",
        "permissions": ["meters.reading.submit"],
        "expires_at": NOW + timedelta(days=1),
        "held": {"meters.reading.submit", "auth.role.manage"},
        "for_all_buildings": True,
        "sees_all_buildings": True,
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
        ("some buildings", {"for_all_buildings": False, "sees_all_buildings": False}),
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
            {"sees_all_buildings": False},
            [("NEEDS_ALL_BUILDINGS", ("building_ids",))],
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
                "sees_all_buildings": False,
            },
            [
                ("NEEDS_ALL_BUILDINGS", ("building_ids",)),
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
