"""Writing a file of readings, of any size: what is exported can be imported as it is."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import IO, Any

from lxml import etree

from kvartal_integration.metrics_xml.records import NAMESPACE, VERSION

__all__ = ["ExportedReading", "FileWriter"]

_REGISTERS = ("t1", "t2", "t3")
_PREVIOUS = ("previousT1", "previousT2", "previousT3")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedReading:
    """A reading of an account's meter as the file tells it; values are exact, one a register."""

    building: str
    address: str
    premise: str | None
    premise_number: str | None
    account: str
    meter: str | None
    meter_key: object
    type: str
    identifier: str
    serial_number: str | None
    reading: str
    billing_month: date
    taken_on: date
    submitted_at: datetime
    channel: str
    values: tuple[Decimal, ...]
    previous: tuple[Decimal, ...]
    consumption: Decimal | None
    rollover: bool


class FileWriter:
    """A file that is being written; readings come in the order of places and meters.

    A place goes on where the readings before have left it, in whatever portions they come.
    """

    def __init__(self, xml: Any) -> None:
        self._xml = xml
        self._open: list[tuple[object, Any]] = []

    @classmethod
    @contextmanager
    def to(
        cls,
        file: IO[bytes],
        *,
        organization: str,
        inn: str | None,
        generated_at: datetime,
        sender: str,
    ) -> "Iterator[FileWriter]":
        """Write into ``file``; it is whole once the block has ended well."""
        with etree.xmlfile(file, encoding="UTF-8") as xml:
            xml.write_declaration()
            root = {"version": VERSION, "generatedAt": _instant(generated_at), "sender": sender}
            with (
                xml.element("metrics", root, nsmap={None: NAMESPACE}),
                xml.element("organization", _given(externalId=organization, inn=inn)),
            ):
                writer = cls(xml)
                try:
                    yield writer
                finally:
                    writer._close(0)

    def write(self, readings: Iterable[ExportedReading]) -> None:
        """Write the next readings."""
        for _, group in groupby(readings, key=lambda each: each.meter_key):
            rows = list(group)
            self._go_to(rows[0])
            for each in rows:
                self._xml.write("\n", _reading(each))

    def _go_to(self, row: ExportedReading) -> None:
        path: list[tuple[object, str, dict[str, str]]] = [
            (row.building, "object", _given(externalId=row.building, address=row.address)),
            (
                (row.premise, row.premise_number),
                "place",
                _given(externalId=row.premise, number=row.premise_number),
            ),
            (row.account, "account", {"number": row.account}),
            (row.meter_key, "meter", _given(externalId=row.meter)),
        ]
        shared = 0
        while shared < len(path) <= len(self._open) and self._open[shared][0] == path[shared][0]:
            shared += 1
        if shared == len(path):
            return  # the same meter: its readings are open
        self._close(shared)
        for key, tag, attributes in path[shared:]:
            self._enter(key, tag, attributes)
        self._write("type", row.type)
        self._write("identifier", row.identifier)
        if row.serial_number:
            self._write("serialNumber", row.serial_number)
        self._enter(None, "readings", {})

    def _write(self, tag: str, text: str) -> None:
        element = etree.Element(tag)
        element.text = text
        self._xml.write(element)

    def _enter(self, key: object, tag: str, attributes: dict[str, str]) -> None:
        # On a line of its own, so that a message about it can name the line.
        self._xml.write("\n")
        element = self._xml.element(tag, attributes)
        element.__enter__()
        self._open.append((key, element))

    def _close(self, depth: int) -> None:
        while len(self._open) > depth:
            _, element = self._open.pop()
            element.__exit__(None, None, None)


def _reading(row: ExportedReading) -> Any:
    attributes = _given(
        externalId=row.reading,
        period=row.billing_month.strftime("%Y-%m"),
        date=row.taken_on.isoformat(),
        submittedAt=_instant(row.submitted_at),
    )
    attributes |= dict(zip(_REGISTERS, map(_number, row.values), strict=False))
    attributes["channel"] = row.channel
    if row.rollover:
        attributes["rollover"] = "true"
    attributes |= dict(zip(_PREVIOUS, map(_number, row.previous), strict=False))
    if row.consumption is not None:
        attributes["consumption"] = _number(row.consumption)
    return etree.Element("reading", attributes)


def _given(**attributes: str | None) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if value is not None}


def _number(value: Decimal) -> str:
    """Without zeros that say nothing: 219.0020 is 219.002."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
