"""What is wrong with a file, in the words of its reader, from what the XML library says of it."""

import re
from typing import Any

from kvartal_integration.metrics_xml.records import NAMESPACE, FileRefused

__all__ = ["no_xml", "off_schema"]

_NAME = re.compile(r"Element '([^']*)'")
_MISSING = re.compile(r"attribute '([^']*)' is required")
_ATTRIBUTE = re.compile(r"attribute '([^']*)'")
_VALUE = re.compile(r": '([^']*)' is not a valid value|\] The value '([^']*)'")
_LONGEST = re.compile(r"allowed maximum length of '(\d+)'")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)")


def no_xml(path: str, line: int, column: int) -> FileRefused:
    """A file that is not well-formed."""
    return FileRefused("E103", {"path": path, "line": line, "col": column}, line)


def off_schema(found: Any, line: int) -> FileRefused:
    """The first thing of a line that does not follow the schema, from the library's log."""
    first = found[0]
    message = first.message.replace(f"{{{NAMESPACE}}}", "")
    element = _first(_NAME, message) or "metrics"
    detail = _detail(first.type_name, message)
    return FileRefused("E104", {"element": element}, line, detail)


def _detail(kind: str, message: str) -> tuple[str, dict[str, str]]:
    """The code and facts of a sentence; what has none is told in the library's own words."""
    attribute, value = _first(_ATTRIBUTE, message), _first(_VALUE, message)
    if kind == "SCHEMAV_CVC_COMPLEX_TYPE_4" and (name := _first(_MISSING, message)):
        return "E104.ATTRIBUTE_MISSING", {"name": name}
    if kind == "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1" and attribute:
        return "E104.ATTRIBUTE_UNKNOWN", {"name": attribute}
    if kind == "SCHEMAV_ELEMENT_CONTENT" and (expected := _first(_EXPECTED, message)):
        return "E104.ELEMENT_UNEXPECTED", {"expected": expected}
    if longest := _first(_LONGEST, message):
        return "E104.TOO_LONG", {"limit": longest}
    if value is not None and attribute:
        return "E104.ATTRIBUTE_VALUE", {"name": attribute, "value": value[:100]}
    if value is not None:
        return "E104.VALUE", {"value": value[:100]}
    return "E104.OTHER", {"detail": message[:300]}


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return next((each for each in found.groups() if each is not None), None) if found else None
