"""The report of an exchange by e-mail: to whom, and what it says."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import orjson

from kvartal.auth.api import mail_of_staff
from kvartal.db.connection import Record
from kvartal.mail import Attachment, Message
from kvartal.text import say
from kvartal_integration.operations import queries
from kvartal_integration.operations.queries import Told
from kvartal_integration.operations.rules import XML_KINDS, OperationStatus, Trigger
from kvartal_integration.operations.service.files import REPORT_TYPE, report_name, report_of
from kvartal_integration.operations.wording import spoken

__all__ = ["letter", "letters_of"]

LINES = 100
_PLACE = ("file", "line", "account", "meter")


async def letters_of(operation_id: UUID) -> Mapping[UUID, str]:
    """Who is to be told of an exchange, each address once, by the id of the letter to it.

    A letter that is sent again has the same id, so that mail servers throw the copy away.
    """
    told = await queries.told_of(operation_id)
    if told is None or told.kind not in XML_KINDS:
        return {}
    found = await queries.addresses_of(told.organization_id, told.direction)
    if told.trigger is Trigger.PERSON and told.started_by_id is not None:
        own = await mail_of_staff(told.organization_id, told.started_by_id)
        found = [*found, *([own] if own else [])]
    return {uuid5(operation_id, address.lower()): address for address in reversed(found)}


async def letter(operation_id: UUID, letter_id: UUID) -> Message | None:
    """A letter with the report; none if nobody at that address is to be told any more."""
    address = (await letters_of(operation_id)).get(letter_id)
    told = await queries.told_of(operation_id)
    if address is None or told is None:
        return None
    rows = await queries.kept_entries(operation_id)
    facts = {
        "organization": told.organization,
        "direction": told.direction,
        "status": told.status,
    }
    return Message(
        id=letter_id,
        to=address,
        subject=say("operation.letter.subject", told.locale, **facts),
        text="\n".join([*_opening(told), *_listed(told, rows)]) + "\n",
        attachments=await asyncio.to_thread(_attached, told, rows),
    )


def _opening(told: Told) -> list[str]:
    message = told.message or {"code": "OPERATION_SUCCEEDED", "facts": {}}
    sentence = spoken(message["code"], message["facts"], told.locale)
    if told.status is OperationStatus.SUCCEEDED:
        is_plain = message["code"] == "OPERATION_SUCCEEDED"
        lines = [say("operation.letter.ok", told.locale), *([] if is_plain else ["", sentence])]
    else:
        counted = {"errors": told.errors, "warnings": told.warnings}
        lines = [sentence, say("operation.letter.counts", told.locale, **counted)]
    titles = {name: say(f"count.{name}", told.locale) for name in told.counts}
    return [*lines, *(f"{titles[name]}: {count}" for name, count in sorted(told.counts.items()))]


def _listed(told: Told, rows: Sequence[Record]) -> list[str]:
    if not rows:
        return []
    lines = ["", *(_line(row, told.locale) for row in rows[:LINES])]
    if len(rows) > LINES:
        lines += ["", say("operation.letter.more", told.locale, shown=LINES)]
    if told.errors + told.warnings > len(rows):
        lines += ["", say("operation.letter.cut", told.locale, kept=len(rows))]
    return lines


def _line(row: Mapping[str, Any], locale: str) -> str:
    sentence = spoken(row["code"], orjson.loads(row["facts"]), locale)
    places = [
        say(f"operation.letter.place.{name}", locale, **{name: row[name]})
        for name in _PLACE
        if row[name] is not None
    ]
    return f"{row['code']} {sentence}" + (f" ({', '.join(places)})" if places else "")


def _attached(told: Told, rows: Sequence[Record]) -> tuple[Attachment, ...]:
    if not rows:
        return ()
    content = report_of(rows, told.locale)
    name = report_name(told)
    return (Attachment(name=name, media_type=REPORT_TYPE, content=content),)
