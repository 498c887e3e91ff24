"""The messages of ``graphql-transport-ws`` and the codes with which a socket is closed."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import orjson

from kvartal.errors import KvartalError
from kvartal.graphql.transports.wire import bearer_token, encode

__all__ = [
    "PROTOCOL",
    "Close",
    "CloseCode",
    "begin_of",
    "compose",
    "decode",
    "operation_id",
    "payload_of",
    "token_of",
]

PROTOCOL = "graphql-transport-ws"
MAX_ID = 128
MAX_REASON = 120  # RFC 6455 leaves 123 bytes


class CloseCode(IntEnum):
    """Why a socket was closed; clients connect again after 1012, 1013 and 4403."""

    NORMAL = 1000
    MESSAGE_TOO_BIG = 1009
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITS = 4429
    INTERNAL = 4500


class Close(KvartalError):
    """The client broke the protocol, or its time is over: the socket closes."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:MAX_REASON].decode(errors="ignore")


def decode(message: Mapping[str, Any], max_size: int) -> dict[str, Any]:
    """The message in a received frame."""
    frame = message.get("text")
    if frame is None:
        raise Close(CloseCode.BAD_REQUEST, "Only text frames are understood")
    if len(frame) > max_size:
        raise Close(CloseCode.MESSAGE_TOO_BIG, f"A message has at most {max_size} characters")
    try:
        decoded = orjson.loads(frame)
    except orjson.JSONDecodeError:
        raise Close(CloseCode.BAD_REQUEST, "The message is not JSON") from None
    if not isinstance(decoded, dict):
        raise Close(CloseCode.BAD_REQUEST, "The message is not an object")
    return decoded


def compose(
    kind: str, operation: str | None, payload: object, *, locale: str, request_id: str
) -> bytes:
    """A message to the client."""
    message: dict[str, object] = {"type": kind}
    if operation is not None:
        message["id"] = operation
    if payload is not None:
        coded = encode(payload, locale=locale, request_id=request_id)
        message["payload"] = orjson.Fragment(coded)
    return orjson.dumps(message)


def begin_of(kind: str, operation: str) -> bytes:
    """An operation's messages up to their payload, after which only the brace is missing."""
    return orjson.dumps({"type": kind, "id": operation})[:-1] + b',"payload":'


def operation_id(message: Mapping[str, Any]) -> str:
    """The id by which the client knows an operation."""
    value = message.get("id")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID:
        raise Close(CloseCode.BAD_REQUEST, "The id is missing or too long")
    return value


def payload_of(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The optional payload, which is an object."""
    value = message.get("payload")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Close(CloseCode.BAD_REQUEST, "The payload is not an object")
    return value


def token_of(payload: Mapping[str, Any], authorization: str | None) -> str | None:
    """The token in the payload of ``connection_init``, else in the handshake's header."""
    token = payload.get("token")
    if isinstance(token, str) and token:
        return token
    for name in ("authorization", "Authorization"):
        value = payload.get(name)
        if isinstance(value, str) and value:
            return bearer_token(value)
    return bearer_token(authorization)
