"""Relay's Node: opaque ids that name their type, and one door to any object by its id."""

import base64
import binascii
from uuid import UUID

import strawberry

from kvartal.errors import BadInput

__all__ = ["Node", "decode_id", "encode_id", "uuid_of"]


@strawberry.interface(description="An object with a global id (Relay).")
class Node:
    """What ``node(id:)`` can find."""

    id: strawberry.ID = strawberry.field(description="Opaque global id; stable for ever.")


def encode_id(kind: str, value: UUID) -> strawberry.ID:
    """The opaque id of a ``kind`` object, e.g. a Meter."""
    raw = kind.encode() + b":" + value.bytes
    return strawberry.ID(base64.urlsafe_b64encode(raw).decode().rstrip("="))


def decode_id(value: str) -> tuple[str, UUID]:
    """Type name and key of an opaque id; BadInput if it is not one of ours."""
    try:
        padding = "=" * (-len(value) % 4)
        raw = base64.b64decode(value + padding, altchars=b"-_", validate=True)
        kind, key = raw[:-17].decode("ascii"), raw[-16:]
        if raw[-17:-16] != b":" or not kind.isidentifier():
            raise ValueError(value)
        return kind, UUID(bytes=key)
    except (ValueError, binascii.Error, UnicodeDecodeError):
        raise BadInput("BAD_ID", id=value[:100]) from None


def uuid_of(kind: str, value: str) -> UUID:
    """The key of an id that must name a ``kind``; BadInput otherwise."""
    found, key = decode_id(value)
    if found != kind:
        raise BadInput("BAD_ID_KIND", id=value[:100], expected=kind, given=found)
    return key
