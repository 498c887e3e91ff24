import pytest

from kvartal.auth.authority.rules import ungranted
from kvartal.auth.staff import rules
from kvartal.errors import DomainError


@pytest.mark.parametrize(
    ("case", "before", "after", "added", "removed"),
    [
        ("nothing", [], [], [], []),
        ("the same in another order", ["a", "b"], ["b", "a"], [], []),
        ("one more, said twice", ["a"], ["b", "a", "b"], ["b"], []),
        ("one less", ["a", "b"], ["b"], [], ["a"]),
        ("all others", ["a", "b"], ["d", "c"], ["d", "c"], ["a", "b"]),
    ],
)
def test_a_change_is_what_is_gained_and_lost(
    case: str, before: list[str], after: list[str], added: list[str], removed: list[str]
) -> None:
    assert rules.change_of(before, after) == (added, removed)


@pytest.mark.parametrize(
    ("case", "text", "kept"),
    [
        ("as it is", "Диспетчер", "Диспетчер"),
        ("spaces and lines", "  Старший\n диспетчер\t", "Старший диспетчер"),
        ("composed", "Старшии\u0306", "Старший"),
        ("the longest", "Д" * 100, "Д" * 100),
        ("nothing", "", None),
        ("invisible", "\u200b \0", None),
        ("too long", "Д" * 101, None),
    ],
)
def test_a_title_is_one_line_that_people_can_read(case: str, text: str, kept: str | None) -> None:
    assert outcome(rules.check_role_title, text) == (kept or ("ROLE_TITLE_INVALID", ("title",)))


@pytest.mark.parametrize(
    ("case", "text", "kept"),
    [
        ("as it is", "Иванова Мария Петровна", "Иванова Мария Петровна"),
        ("spaces", " Иванова  Мария ", "Иванова Мария"),
        ("the longest", "И" * 200, "И" * 200),
        ("nothing", " ", None),
        ("too long", "И" * 201, None),
    ],
)
def test_a_name_is_one_line_that_people_can_read(case: str, text: str, kept: str | None) -> None:
    assert outcome(rules.check_full_name, text) == (kept or ("FULL_NAME_INVALID", ("full_name",)))


def outcome(check: object, text: str) -> object:
    assert callable(check)
    try:
        return check(text)
    except DomainError as error:
        return error.code, error.path


def test_rights_that_are_not_held_are_named_at_their_place() -> None:
    listed = ungranted(["a", "b", "c"], {"b"}, "permissions")
    of_a_role = ungranted(["a", "b", "c"], {"b"}, "role_ids", 1, listed=False)

    assert [(each.facts(), each.path) for each in listed] == [
        ({"permission": "a"}, ("permissions", 0)),
        ({"permission": "c"}, ("permissions", 2)),
    ]
    assert [(each.facts(), each.path) for each in of_a_role] == [
        ({"permission": "a"}, ("role_ids", 1)),
        ({"permission": "c"}, ("role_ids", 1)),
    ]
