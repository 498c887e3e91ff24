"""An input as the audit log tells it: as it was given, save what its fields declare a secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from strawberry import UNSET
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.maybe import Some
from strawberry.utils.str_converters import to_camel_case

from kvartal.audit.rules import MANY, Secrecy, listed, masked, shortened
from kvartal.files.uploads import UploadedFile

__all__ = ["secrecy_of", "secret_names", "told"]

# The net under the declarations, for plugins that forget them; an id of a token is no secret.
_SECRET_NAME = re.compile(r"password|secret|token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Told:
    """One field of an input: its names, how much of it is told, and the input that it holds."""

    python: str
    wire: str
    secrecy: Secrecy | None
    kind: Any


def told(value: Any, secrecy: Secrecy | None = None, kind: Any = None) -> Any:
    """A value of an input in JSON; of files the hash, of long lists the length.

    ``kind``: the input that a mapping of a bulk call's row stands for.
    """
    if isinstance(value, list | tuple):
        if len(value) > MANY:
            return listed(value)
        return [told(each, secrecy, kind) for each in value]
    if isinstance(value, Some):
        return told(value.value, secrecy, kind)
    if isinstance(value, UploadedFile):
        return {"size": value.size, "sha256": value.sha256}
    if _is_input(value):
        return _told_fields(type(value), value.__dict__, secrecy)
    if isinstance(value, Mapping):
        if kind is not None:
            return _told_fields(kind, value, secrecy)
        return {str(name): told(each, secrecy) for name, each in value.items()}
    return masked(_plain(value), secrecy)


def _told_fields(kind: Any, values: Mapping[str, Any], secrecy: Secrecy | None) -> dict[str, Any]:
    return {
        each.wire: told(found, each.secrecy or secrecy, each.kind)
        for each in _fields(kind)
        if (found := values.get(each.python, UNSET)) is not UNSET
    }


def _is_input(value: object) -> bool:
    # An enum has a definition too, of another kind.
    found = getattr(value, "__strawberry_definition__", None)
    return isinstance(found, StrawberryObjectDefinition)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.name if isinstance(value, Enum) else shortened(str(value))


def secret_names(value: Any) -> Mapping[str, Secrecy]:
    """The fields of an input that are not told as they are: a column of that name is not either."""
    if not _is_input(value):
        return {}
    return {each.python: each.secrecy for each in _fields(type(value)) if each.secrecy}


def secrecy_of(field: StrawberryField) -> Secrecy | None:
    """How much the log may tell of a field: as it declares, or as its name gives away."""
    found = field.metadata.get(Secrecy)
    if isinstance(found, Secrecy):
        return found
    is_text = _innermost(field.type) is str
    return Secrecy.SECRET if is_text and _SECRET_NAME.search(field.python_name) else None


_known: dict[object, tuple[_Told, ...]] = {}


def _fields(kind: Any) -> tuple[_Told, ...]:
    if kind not in _known:
        _known[kind] = tuple(_field(each) for each in kind.__strawberry_definition__.fields)
    return _known[kind]


def _field(field: StrawberryField) -> _Told:
    inner = _innermost(field.type)
    return _Told(
        field.python_name,
        field.graphql_name or to_camel_case(field.python_name),
        secrecy_of(field),
        inner if _is_input(inner) else None,
    )


def _innermost(kind: Any) -> Any:
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    return kind
