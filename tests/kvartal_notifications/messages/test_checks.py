"""A kind that could not be told stops the start, and the sentence says which and why."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.kvartal_notifications.messages.sample import (
    SUBMITTED,
    WINDOW,
    a_kind,
    make_package,
)

from kvartal import registry, text
from kvartal.plugin import Plugin
from kvartal.registry import LoadedPlugin, PluginError
from kvartal_notifications.kinds import NotificationKind, kind_of, kinds
from kvartal_notifications.messages.checks import check_kinds
from kvartal_notifications.testing.factories import offering

FINE = "{% block title %}-{% endblock %}{% block text %}-{% endblock %}"


def refusal(*offers: object, name: str = "sample") -> str:
    loaded = registry.current().plugins
    stranger = LoadedPlugin(Plugin(name=name, title=name, offers=offers))
    with pytest.raises(PluginError) as refused:
        check_kinds(registry.Registry((*loaded, stranger)))
    return str(refused.value)


def own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, **fields: Any
) -> NotificationKind:
    """A kind with fine templates and sentences, but for what is given."""
    monkeypatch.syspath_prepend(tmp_path)
    package, key = f"kvartal_{name}", f"{name}.told"
    given = {"ru": FINE, "en": FINE} | fields.pop("templates", {})
    sentences = fields.pop("sentences", ("ru", "en"))
    make_package(
        tmp_path,
        package,
        {f"{key}.{locale}.jinja": text for locale, text in given.items() if text},
        {locale: {f"notification.{key}": "Т"} for locale in sentences},
    )
    text.load([package])
    return a_kind(key, package, **fields)


def test_kinds_that_can_be_told_are_taken() -> None:
    check_kinds()

    assert {"sample.window", "sample.submitted"} <= kinds().keys()
    assert (kind_of("sample.window"), kind_of("unheard.of")) == (WINDOW, None)


def test_one_key_belongs_to_one_plugin() -> None:
    again = replace(SUBMITTED, package="kvartal_other")

    assert refusal(again, name="other") == (
        "Notification kind sample.submitted is offered by both sample and other"
    )


def test_what_is_offered_besides_kinds_is_none_of_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kind = own(monkeypatch, tmp_path, "finekind")

    with offering(kind, "a word", package="kvartal_finekind"):  # type: ignore[arg-type] # for others
        check_kinds()

        assert kind_of("finekind.told") is kind


@pytest.mark.parametrize(
    ("name", "fields", "problem"),
    [
        ("alien", {"package": "kvartal"}, "has its templates in kvartal, not in kvartal_alien"),
        ("norule", {"permission": "no.such"}, "asks for the right no.such, which nobody declares"),
        (
            "untitled",
            {"sentences": ("ru",)},
            "lacks the sentence notification.untitled.told in locale/en.po",
        ),
        (
            "nosection",
            {"section": "nowhere"},
            "lacks the sentence notification.section.nowhere in locale/ru.po",
        ),
        (
            "noenglish",
            {"templates": {"en": ""}},
            "cannot be written in en for IN_APP: no template has the block title",
        ),
        (
            "nofact",
            {"templates": {"ru": FINE.replace("-", "{{ x }}", 1)}},
            "cannot be written in ru for IN_APP: 'x' is undefined",
        ),
        (
            "empty",
            {
                "templates": {
                    "ru": "{% block title %} {% endblock %}{% block text %}-{% endblock %}"
                }
            },
            "says nothing in ru for IN_APP",
        ),
        (
            "badsyntax",
            {"templates": {"ru": "{% block title %}"}},
            "cannot be written in ru for IN_APP: Unexpected end of template",
        ),
        ("long", {"key": "long" * 26}, "has a key that is not of 1 to 100 characters"),
    ],
)
def test_a_kind_that_could_not_be_told_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, fields: Any, problem: str
) -> None:
    given = {key: value for key, value in fields.items() if key in {"templates", "sentences"}}
    kind = own(monkeypatch, tmp_path, name, **given)
    changed = {key: value for key, value in fields.items() if key not in given}

    found = refusal(replace(kind, **changed), name=name)

    key = changed.get("key", kind.key)
    assert found.startswith(f"Plugin {name}: notification kind {key} {problem}")
