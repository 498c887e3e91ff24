"""Reading a file of any size: its blocks come one by one, and none is kept.

A file is somebody else's: no entity and no document type is read, nothing is fetched, and what does
not follow the schema stops the reading where it stands.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from importlib.resources import files
from itertools import islice
from typing import IO, Any
from xml.parsers import expat

from lxml import etree

from kvartal.months import YearMonth
from kvartal_integration.metrics_xml.faults import no_xml, off_schema
from kvartal_integration.metrics_xml.records import (
    NAMESPACE,
    VERSION,
    Block,
    FileHead,
    FileRefused,
    MeterRecord,
    ReadingRecord,
)

__all__ = ["read_blocks", "read_head"]

_CHUNK = 65_536
# Before the first element stand a declaration and comments, in a file that means well.
_MOST_OF_PROLOGUE = 1_000_000
_Q = f"{{{NAMESPACE}}}"
_METER, _ACCOUNT, _HOUSE_METERS = f"{_Q}meter", f"{_Q}account", f"{_Q}houseMeters"
_READINGS, _TYPE, _IDENTIFIER = f"{_Q}readings", f"{_Q}type", f"{_Q}identifier"
_INITIAL = f"{_Q}initialValues"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_REGISTERS = ("t1", "t2", "t3")
_TRUE = frozenset({"true", "1"})
# A file is of a few months, each of them written a million times.
_month = lru_cache(YearMonth.parse)
_day = lru_cache(date.fromisoformat)
_FIELDS = {
    f"{_Q}{name}": name
    for name in (
        "brand",
        "model",
        "serialNumber",
        "commissioningDate",
        "verificationInterval",
        "lastVerificationDate",
        "nextVerificationDate",
        "status",
        "intDigits",
    )
}


class _FirstElement(Exception):
    """The prologue is over."""


def read_head(file: IO[bytes], *, name: str, megabytes: int) -> FileHead:
    """The root of a file, which is then at its beginning again.

    FileRefused: E103 if it is no XML, E105 of another version, E106 if it has a document type;
    ``megabytes``: what a file may have, which the same message tells.
    """
    parser = expat.ParserCreate()
    found: dict[str, str] = {}

    def doctype(*_: object) -> None:
        raise FileRefused("E106", {"n": megabytes}, parser.CurrentLineNumber)

    def first(_: str, attributes: dict[str, str]) -> None:
        found.update(attributes)
        raise _FirstElement

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = first
    try:
        _feed(parser, file, megabytes)
    except _FirstElement:
        pass
    except (expat.ExpatError, ValueError, LookupError):
        raise no_xml(name, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1) from None
    finally:
        file.seek(0)
    version = found.get("version", "")
    if version.strip() != VERSION:
        raise FileRefused("E105", {"v": version[:20]}, parser.CurrentLineNumber)
    return FileHead(
        generated_at=found.get("generatedAt", ""),
        sender=found.get("sender"),
        overwrites=found.get("readingsMode", "append").strip() == "overwrite",
    )


def read_blocks(file: IO[bytes], *, name: str) -> Iterator[Block]:
    """The blocks of a file whose head has been read, in their order.

    FileRefused: E103 where it is no XML, E104 where it does not follow the schema.
    """
    done = 0
    try:
        for block in _blocks(partial(file.read, _CHUNK), name=name):
            yield block
            done += 1
    except FileRefused:
        # Somewhere in the last portion. Line by line, which takes longer, it is known where.
        file.seek(0)
        yield from islice(_blocks(partial(file.readline, _CHUNK), name=name), done, None)


def _blocks(portion: Callable[[], bytes], *, name: str) -> Iterator[Block]:
    """The blocks of a file that is fed in portions; a refusal stands in the last one's line."""
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=[f"{_Q}{each}" for each in _WATCHED],
        schema=_schema(),
        # Without a document type no entity is declared, and one that is not stops the reading. With
        # False, the library swallows what is not well-formed as soon as there is a schema.
        resolve_entities="internal",  # type: ignore[arg-type] # the stubs are older
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    place, line = _Place(), 1
    try:
        while chunk := portion():
            parser.feed(chunk)
            if parser.feed_error_log:
                raise off_schema(parser.feed_error_log, line)
            for event, element in parser.read_events():
                if event == "start":
                    place.enter(element)
                elif (block := place.leave(element)) is not None:
                    yield block
            line += chunk.endswith(b"\n")
        parser.close()
    except etree.XMLSyntaxError as error:
        found, column = error.position
        raise no_xml(name, found or line, column) from None


_WATCHED = ("organization", "object", "houseMeters", "place", "account", "meter")


class _Place:
    """Where in the file the parser stands, and what it has gathered of the present block."""

    def __init__(self) -> None:
        self._open: dict[str, Any] = {}
        self._meters: list[MeterRecord] = []

    def enter(self, element: Any) -> None:
        """An element begins: its attributes are there already."""
        tag = element.tag
        if tag != _METER:
            self._open[tag] = {name: _token(value) for name, value in element.attrib.items()}

    def leave(self, element: Any) -> Block | None:
        """An element ends; the block that ends with it."""
        tag, block = element.tag, None
        if tag == _METER:
            self._meters.append(_meter(element))
        elif tag in {_ACCOUNT, _HOUSE_METERS}:
            block = self._block(element, is_house=tag == _HOUSE_METERS)
            self._meters = []
        _forget(element)
        return block

    def _block(self, element: Any, *, is_house: bool) -> Block:
        premise = {} if is_house else self._open[f"{_Q}place"]
        return Block(
            line=element.sourceline,
            organization=self._open[f"{_Q}organization"]["externalId"],
            building=self._open[f"{_Q}object"]["externalId"],
            premise=premise.get("externalId"),
            premise_number=premise.get("number"),
            account=None if is_house else self._open[_ACCOUNT]["number"],
            meters=self._meters,
        )


def _meter(element: Any) -> MeterRecord:
    fields: dict[str, str | None] = {}
    house: dict[str, str | None] = {}
    initial: tuple[str, ...] | None = None
    readings: list[ReadingRecord] = []
    kind = identifier = ""
    for child in element:
        tag = child.tag
        if tag in _FIELDS:
            fields[_FIELDS[tag]] = _content(child)
        elif tag == _READINGS:
            readings = [_reading(each) for each in child]
        elif tag == _TYPE:
            kind = _token(child.text)
        elif tag == _IDENTIFIER:
            identifier = _token(child.text)
        elif tag == _INITIAL:
            initial = _values(child)
        else:
            house = {each.tag.removeprefix(_Q): _content(each) for each in child}
    external_id = element.get("externalId")
    return MeterRecord(
        line=element.sourceline,
        external_id=None if external_id is None else _token(external_id),
        type=kind,
        identifier=identifier,
        fields=fields,
        house=house,
        initial_values=initial,
        readings=readings,
    )


def _reading(element: Any) -> ReadingRecord:
    get = element.get
    month = get("period")
    return ReadingRecord(
        element.sourceline,
        _day(get("date").strip()),
        _month(month.strip()) if month else None,
        _values(element),
        get("rollover", "false").strip() in _TRUE,
        get("channel"),
    )


def _values(element: Any) -> tuple[str, ...]:
    """The registers in their order; a gap is a register too few, which the rules refuse."""
    found = map(element.get, _REGISTERS)
    return tuple([_number(each) for each in found if each is not None])


def _number(text: str) -> str:
    """A number as the rules read it; the schema allows a sign, and a point at either end."""
    whole, _, fraction = text.partition(".")
    if whole.isdigit() and (fraction.isdigit() or whole == text):
        return text
    return format(Decimal(text.strip()), "f")


def _content(element: Any) -> str | None:
    text = _token(element.text)
    # What is nil is empty: the schema sees to that.
    return text if text or element.get(_NIL, "").strip() not in _TRUE else None


def _token(text: str | None) -> str:
    return " ".join((text or "").split())


def _forget(element: Any) -> None:
    """Free what has been read: the element, and its siblings before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _schema() -> Any:
    # Made anew for each file: what the library makes in one thread it frees in the same.
    source = files("kvartal_integration.metrics_xml").joinpath("metrics.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(source))


def _feed(parser: Any, file: IO[bytes], megabytes: int) -> None:
    fed = 0
    while chunk := file.read(_CHUNK):
        parser.Parse(chunk, False)
        fed += len(chunk)
        if fed > _MOST_OF_PROLOGUE:
            raise FileRefused("E106", {"n": megabytes})
    parser.Parse(b"", True)
