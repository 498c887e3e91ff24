"""Kinds of notices of a plugin that is there for these tests alone."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from kvartal.auth.api import SessionKind
from kvartal_notifications.api import NotificationKind
from kvartal_notifications.channels.rules import NotificationChannel

__all__ = ["PACKAGE", "SUBMITTED", "WINDOW", "a_kind", "make_package"]

PACKAGE = "kvartal_sample"

WINDOW = NotificationKind(
    key="sample.window",
    audience=SessionKind.RESIDENT,
    section="sample",
    package=PACKAGE,
    example={"days": 3, "until": date(2026, 11, 25), "what": ["ХВС", "ГВС"]},
)
SUBMITTED = NotificationKind(
    key="sample.submitted",
    audience=SessionKind.EMPLOYEE,
    section="sample",
    package=PACKAGE,
    example={"premise": "ул. Ленина, 1, кв. 15"},
)

_TEMPLATES = {
    "sample.window.ru.jinja": """
        {% block title %}Осталось {{ days }} {{ days|plural("день", "дня", "дней") }}{% endblock %}
        {% block text %}
        Передайте {{ what|join_words }} до {{ until|day }}.
        {% endblock %}
    """,
    "sample.window.en.jinja": """
        {% block title %}{{ days }} {{ days|plural("day", "days") }} left{% endblock %}
        {% block text %}Submit {{ what|join_words }} by {{ until|day }}.{% endblock %}
    """,
    "sample.window.push.ru.jinja": """
        {% block title %}Пора передать{% endblock %}
    """,
    "sample.submitted.ru.jinja": """
        {% block title %}Поданы показания{% endblock %}
        {% block text %}{{ premise }}{% endblock %}
    """,
    "sample.submitted.en.jinja": """
        {% block title %}Readings submitted{% endblock %}
        {% block text %}{{ premise }}{% endblock %}
    """,
}
_SENTENCES = {
    "ru": {
        "notification.sample.window": "Окно передачи",
        "notification.sample.submitted": "Поданы показания ИПУ",
        "notification.section.sample": "Показания",
    },
    "en": {
        "notification.sample.window": "Submission window",
        "notification.sample.submitted": "Readings submitted",
        "notification.section.sample": "Readings",
    },
}


def make_package(
    folder: Path,
    package: str = PACKAGE,
    templates: Mapping[str, str] = _TEMPLATES,
    sentences: Mapping[str, Mapping[str, str]] = _SENTENCES,
) -> None:
    """Write a package with templates and catalogues."""
    root = folder / package
    (root / "templates").mkdir(parents=True)
    (root / "locale").mkdir()
    (root / "__init__.py").touch()
    for name, text in templates.items():
        (root / "templates" / name).write_text(text, encoding="utf-8")
    for locale, codes in sentences.items():
        head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        body = "".join(f'\nmsgid "{code}"\nmsgstr "{text}"\n' for code, text in codes.items())
        (root / "locale" / f"{locale}.po").write_text(head + body, encoding="utf-8")


def a_kind(key: str, package: str, **fields: object) -> NotificationKind:
    """A kind of residents' notices with these fields."""
    given = {"audience": SessionKind.RESIDENT, "section": "sample", **fields}
    return NotificationKind(key=key, package=package, **given)  # type: ignore[arg-type] # a test's own


EVERY = frozenset(NotificationChannel)
