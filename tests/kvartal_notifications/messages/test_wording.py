"""What notices say, in each language and by each channel."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.kvartal_notifications.messages.sample import WINDOW, a_kind, make_package

from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.messages.phrases import phrases
from kvartal_notifications.messages.wording import Written, written

FACTS = {"days": 3, "until": "2026-11-25", "what": ["ХВС", "ГВС", "газ"]}
IN_APP, EMAIL, PUSH = NotificationChannel


@pytest.mark.parametrize(
    ("locale", "channel", "expected"),
    [
        ("ru", IN_APP, Written("Осталось 3 дня", "Передайте ХВС, ГВС и газ до 25 ноября.")),
        ("ru", EMAIL, Written("Осталось 3 дня", "Передайте ХВС, ГВС и газ до 25 ноября.")),
        ("en", IN_APP, Written("3 days left", "Submit ХВС, ГВС, and газ by 25 November.")),
    ],
)
def test_a_notice_is_written_in_the_language_asked_for(
    locale: str, channel: NotificationChannel, expected: Written
) -> None:
    assert written(WINDOW, FACTS, locale, channel) == expected


def test_a_channel_says_otherwise_what_its_own_template_has() -> None:
    assert written(WINDOW, FACTS, "ru", PUSH) == Written(
        "Пора передать", "Передайте ХВС, ГВС и газ до 25 ноября."
    )
    assert written(WINDOW, FACTS, "en", PUSH).title == "3 days left"


@pytest.mark.parametrize(
    ("locale", "count", "forms", "expected"),
    [
        ("ru", 1, ("день", "дня", "дней"), "день"),
        ("ru", 21, ("день", "дня", "дней"), "день"),
        ("ru", 2, ("день", "дня", "дней"), "дня"),
        ("ru", 11, ("день", "дня", "дней"), "дней"),
        ("ru", 0, ("день", "дня", "дней"), "дней"),
        ("ru", "1.5", ("день", "дня", "дней"), "дня"),
        ("ru", "1.5", ("день", "дня", "дней", "дня ровно"), "дня ровно"),
        ("en", 1, ("day", "days"), "day"),
        ("en", Decimal("1.5"), ("day", "days"), "days"),
        ("en", 0, ("day", "days"), "days"),
    ],
)
def test_words_go_with_their_count(
    locale: str, count: Any, forms: tuple[str, ...], expected: str
) -> None:
    assert phrases(locale)["plural"](count, *forms) == expected


@pytest.mark.parametrize(("locale", "forms"), [("ru", ("день", "дня")), ("en", ("day",))])
def test_too_few_forms_of_a_word_are_an_error(locale: str, forms: tuple[str, ...]) -> None:
    with pytest.raises(Exception, match="plural forms"):
        phrases(locale)["plural"](1, *forms)


def test_facts_are_said_as_people_say_them() -> None:
    ru, en = phrases("ru"), phrases("en")

    assert ru["day"]("2026-11-05") == ru["day"](date(2026, 11, 5)) == "5 ноября"
    assert ru["day"]("2026-11-05", full=True) == "5 ноября 2026"
    assert en["day"]("2026-11-05", full=True) == "5 November 2026"
    assert ru["number"]("1234.56789") == "1\xa0234,56789"
    assert en["number"]("1234.5") == "1,234.5"
    assert ru["said"]("notification.sample.window") == "Окно передачи"
    assert ru["join_words"](["ХВС"]) == "ХВС"


def own_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, **templates: str
) -> Any:
    monkeypatch.syspath_prepend(tmp_path)
    files = {f"k.{name.replace('_', '.')}.jinja": text for name, text in templates.items()}
    make_package(tmp_path, package, files, {})
    return a_kind("k", package)


def test_a_push_is_cut_at_the_end_of_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "{% block title %}{{ title }}{% endblock %}{% block text %}{{ text }}{% endblock %}"
    kind = own_kind(monkeypatch, tmp_path, "kvartal_verbose", ru=text)

    long = written(kind, {"title": "слово " * 30, "text": "я" * 600}, "ru", PUSH)
    whole = written(kind, {"title": "слово " * 30, "text": "я" * 600}, "ru", EMAIL)
    exact = written(kind, {"title": "я" * 49 + " " + "ю" * 49 + " конец", "text": "-"}, "ru", PUSH)

    assert long.title == "слово " * 15 + "слово…"
    assert (len(long.text), long.text[-2:]) == (500, "я…")
    assert (len(whole.title), len(whole.text)) == (179, 600)
    assert exact.title == "я" * 49 + " " + "ю" * 49 + "…"


def test_a_fact_is_never_read_as_a_template(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    title = "{% block title %}{{ name }}{% endblock %}"
    text = title + "{% block text %}<b> &amp; {{ name }}{% endblock %}"
    kind = own_kind(monkeypatch, tmp_path, "kvartal_markup", ru=text)

    found = written(kind, {"name": "{{ 7 * 7 }}\r\nBcc: <x>"}, "ru", EMAIL)

    assert found == Written("{{ 7 * 7 }} Bcc: <x>", "<b> &amp; {{ 7 * 7 }}\r\nBcc: <x>")


@pytest.mark.parametrize(
    "text",
    [
        "{% block title %}{{ unknown }}{% endblock %}{% block text %}-{% endblock %}",
        "{% block title %}{{ ''.__class__.__mro__ }}{% endblock %}{% block text %}-{% endblock %}",
        "{% block title %}{{ days|day }}{% endblock %}{% block text %}-{% endblock %}",
        "{% block title %}{{ days|number }}{% endblock %}{% block text %}-{% endblock %}",
        "{% block title %}{{ days }}{% endblock %}",
    ],
)
def test_what_cannot_be_written_has_the_title_of_its_kind_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    package = f"kvartal_broken_{abs(hash(text))}"
    kind = own_kind(monkeypatch, tmp_path, package, ru=text)

    with structlog.testing.capture_logs() as logs:
        found = written(kind, {"days": "много"}, "ru", EMAIL)

    assert found == Written("notification.k", "")
    assert "notifications.unwritable" in [each["event"] for each in logs]


def test_a_kind_without_templates_has_its_title() -> None:
    assert written(a_kind("sample.window", "kvartal"), {}, "ru", IN_APP) == Written(
        "Окно передачи", ""
    )
