"""What kinds of notices must hold: each breach stops the start with one sentence."""

from collections.abc import Iterator

from jinja2 import TemplateError

from kvartal.registry import LoadedPlugin, PluginError, Registry, current
from kvartal.text import LOCALES, codes
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.facts import in_json, out_of_json
from kvartal_notifications.messages.wording import compose

__all__ = ["check_kinds"]

KEY_LENGTH = 100


def check_kinds(registry: Registry | None = None) -> None:
    """PluginError for the first kind that could not be told, or that two plugins offer."""
    loaded = registry or current()
    offered = list(_offered(loaded))
    owners: dict[str, str] = {}
    for plugin, kind in offered:
        if kind.key in owners:
            raise PluginError(
                f"Notification kind {kind.key} is offered by both {owners[kind.key]}"
                f" and {plugin.name}"
            )
        owners[kind.key] = plugin.name
    for plugin, kind in offered:
        for problem in _problems(loaded, plugin, kind):
            raise PluginError(f"Plugin {plugin.name}: notification kind {kind.key} {problem}")


def _offered(registry: Registry) -> Iterator[tuple[LoadedPlugin, NotificationKind]]:
    for plugin in registry.plugins:
        for offer in plugin.offers:
            if isinstance(offer, NotificationKind):
                yield plugin, offer


def _problems(registry: Registry, plugin: LoadedPlugin, kind: NotificationKind) -> Iterator[str]:
    if not 0 < len(kind.key) <= KEY_LENGTH:
        yield f"has a key that is not of 1 to {KEY_LENGTH} characters"
    if kind.package != plugin.plugin.package:
        yield f"has its templates in {kind.package}, not in {plugin.plugin.package}"
    if kind.permission is not None and kind.permission not in registry.permissions:
        yield f"asks for the right {kind.permission}, which nobody declares"
    for locale in LOCALES:
        said = {code for each in registry.packages for code in codes(each, locale)}
        for code in (kind.title_code, f"notification.section.{kind.section}"):
            if code not in said:
                yield f"lacks the sentence {code} in locale/{locale}.po"
        yield from _unwritable(kind, locale)


def _unwritable(kind: NotificationKind, locale: str) -> Iterator[str]:
    # As they come out of the database.
    facts = out_of_json(in_json(kind.example))
    for channel in NotificationChannel:
        try:
            found = compose(kind, facts, locale, channel)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            yield f"cannot be written in {locale} for {channel}: {error}"
        else:
            if not found.title or not found.text:
                yield f"says nothing in {locale} for {channel}"
