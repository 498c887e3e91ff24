"""A sentence that was kept is said as if it had not been, in either language."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from kvartal.host import load_registry
from kvartal.months import YearMonth
from kvartal.settings import FIRST_PARTY
from kvartal.text import load, say
from kvartal_integration.operations.rules import Direction, Sentence
from kvartal_integration.operations.wording import packed, packed_sentence, spoken


@pytest.fixture(autouse=True)
def catalogues() -> None:
    load(load_registry(FIRST_PARTY).packages)


def kept(facts: dict[str, object]) -> dict[str, Any]:
    """The facts as they come back from the database."""
    found: dict[str, Any] = orjson.loads(orjson.dumps(packed(facts)))
    return found


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("W301", {"v": Decimal("1.50"), "p": Decimal("2"), "period": YearMonth(2026, 11)}),
        ("W304", {"date": date(2026, 11, 24)}),
        ("OPERATION_RUNNING", {"direction": Direction.EXPORT}),
        ("W204", {"n": "1", "a": None, "b": "12а"}),
        ("W303", {"v": 100, "d": 5}),
    ],
)
def test_facts_keep_their_kind(code: str, facts: dict[str, object], locale: str) -> None:
    assert spoken(code, kept(facts), locale) == say(code, locale, **facts)


def test_a_fact_may_be_a_sentence() -> None:
    reason = Sentence("HOST_UNKNOWN", {"host": "ftp.example.org"})

    said = spoken("E102", kept({"host": "ftp.example.org", "reason": reason}), "ru")

    assert said == (
        "Не удалось подключиться к FTP-серверу ftp.example.org:"
        " Сервер «ftp.example.org» не найден: проверьте адрес"
    )


def test_a_sentence_is_its_code_and_facts() -> None:
    assert packed_sentence(Sentence("W203", {"n": "7"})) == {"code": "W203", "facts": {"n": "7"}}


def test_what_cannot_be_said_later_is_not_kept() -> None:
    with pytest.raises(TypeError, match="float is no fact"):
        packed({"v": 1.5})
