"""What a notice says: the Jinja templates of its kind, filled with its facts, as plain text.

A template has the blocks ``title`` and ``text``. One of a channel may leave out what it says as
all others do. Nothing in a fact is read as a template.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import structlog
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kvartal.text import say
from kvartal_notifications.channels.rules import NotificationChannel
from kvartal_notifications.kinds import NotificationKind
from kvartal_notifications.messages.phrases import phrases

__all__ = ["Written", "compose", "written"]

PUSH_TITLE = 100
PUSH_TEXT = 500

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """A notice in words: a line, and a text that may be empty."""

    title: str
    text: str


def written(
    kind: NotificationKind, facts: Mapping[str, Any], locale: str, channel: NotificationChannel
) -> Written:
    """A notice as a channel says it.

    A notice outlives the version that wrote it: one whose facts the template cannot tell any more
    has its kind's title and no text, and the log says so.
    """
    try:
        return compose(kind, facts, locale, channel)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        log.error("notifications.unwritable", kind=kind.key, locale=locale, error=repr(error))
        return Written(say(kind.title_code, locale), "")


def compose(
    kind: NotificationKind, facts: Mapping[str, Any], locale: str, channel: NotificationChannel
) -> Written:
    """As ``written``; whatever is wrong with the templates or the facts is raised."""
    own = f"{kind.key}.{channel.value.lower()}.{locale}.jinja"
    templates = [_template(kind.package, own, locale)]
    templates.append(_template(kind.package, f"{kind.key}.{locale}.jinja", locale))
    title = " ".join(_said("title", templates, facts).split())
    text = _said("text", templates, facts).strip()
    if channel is NotificationChannel.PUSH:
        return Written(_cut(title, PUSH_TITLE), _cut(text, PUSH_TEXT))
    return Written(title, text)


def _said(block: str, templates: list[Template | None], facts: Mapping[str, Any]) -> str:
    for template in templates:
        if template is not None and block in template.blocks:
            context = template.new_context(dict(facts))
            return "".join(template.blocks[block](context))
    raise TemplateError(f"no template has the block {block}")


@cache
def _template(package: str, name: str, locale: str) -> Template | None:
    """A compiled template; none if the package has no such."""
    source = files(package) / "templates" / name
    if not source.is_file():
        return None
    return _environment(locale).from_string(source.read_text(encoding="utf-8"))


@cache
def _environment(locale: str) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(phrases(locale))
    return environment


def _cut(text: str, length: int) -> str:
    """The text, or its beginning up to a word's end, with an ellipsis."""
    if len(text) <= length:
        return text
    start = text[: length - 1]
    words = start.rpartition(" ")[0] if not text[length - 1].isspace() else start
    return f"{(words or start).rstrip(' ,.;:')}…"
