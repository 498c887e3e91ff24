"""What the transports share: the operation as it arrives, who sent it, how answers are coded."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
import structlog

from kvartal import text
from kvartal.context import Context
from kvartal.errors import BadInput, Unauthenticated
from kvartal.graphql.completion import CodedAnswer

__all__ = [
    "ConnectionRequest",
    "ContextFor",
    "OperationRequest",
    "WireDict",
    "bearer_token",
    "encode",
    "idempotency_key_of",
    "read_operation",
    "refuse_nul",
    "request_id_of",
]

WireDict = dict[str, Any]

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
# PostgreSQL keeps no NUL in a text, and nobody types one.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_SHA256 = re.compile(r"[0-9a-f]{64}")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRequest:
    """Who asks: what a transport knows before the token has been looked at."""

    token: str | None = None
    locale: str = "ru"
    request_id: str
    remote_address: str | None = None
    user_agent: str | None = None
    idempotency_key: str | None = None


ContextFor = Callable[[ConnectionRequest], Awaitable[Context]]
"""Makes the context of one operation; raises Unauthenticated if the token is worth nothing."""


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One GraphQL request: the document, which of its operations, and the variables.

    ``sha256`` names the document; with it the text may be missing.
    """

    query: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
    sha256: str | None = None


def read_operation(parameters: object) -> OperationRequest:
    """The request in decoded JSON; BadInput if it has not the shape of one."""
    if isinstance(parameters, list):
        raise BadInput("BATCH_UNSUPPORTED")
    if not isinstance(parameters, dict):
        raise BadInput("REQUEST_MALFORMED", parameter="query")
    extensions = _object(parameters, "extensions")
    sha256 = _document_hash(parameters.get("documentId"), extensions.get("persistedQuery"))
    query = parameters.get("query")
    if query is None and sha256 is not None:
        query = ""
    if not isinstance(query, str):
        raise BadInput("REQUEST_MALFORMED", parameter="query")
    name = parameters.get("operationName")
    if not (name is None or isinstance(name, str)):
        raise BadInput("REQUEST_MALFORMED", parameter="operationName")
    variables = _object(parameters, "variables")
    return OperationRequest(query, variables, name or None, extensions, sha256)


def _document_hash(document_id: object, persisted: object) -> str | None:
    """The document's SHA-256, named in the way of the specification or in that of Apollo."""
    if document_id is not None:
        if isinstance(document_id, str) and document_id.startswith("sha256:"):
            return _sha256(document_id.removeprefix("sha256:"), "documentId")
        raise BadInput("REQUEST_MALFORMED", parameter="documentId")
    if persisted is None:
        return None
    if not isinstance(persisted, dict) or persisted.get("version", 1) != 1:
        raise BadInput("REQUEST_MALFORMED", parameter="extensions.persistedQuery")
    return _sha256(persisted.get("sha256Hash"), "extensions.persistedQuery")


def _sha256(value: object, parameter: str) -> str:
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return value
    raise BadInput("REQUEST_MALFORMED", parameter=parameter)


def _object(parameters: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadInput("REQUEST_MALFORMED", parameter=name)
    return value


def idempotency_key_of(value: object) -> str | None:
    """The key under which a mutation may be repeated; BadInput if it is none that can be kept."""
    if value is None:
        return None
    if isinstance(value, str) and _KEY.fullmatch(value):
        return value
    raise BadInput("REQUEST_MALFORMED", parameter="Idempotency-Key")


def bearer_token(authorization: str | None) -> str | None:
    """The token of an Authorization header; Unauthenticated if it is of another scheme."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated
    return token.strip()


def request_id_of(proposed: str | None) -> str:
    """The caller's request id if it is a sane one, else a new one."""
    if proposed is not None and _REQUEST_ID.fullmatch(proposed):
        return proposed
    return uuid4().hex


def encode(answer: object, *, locale: str, request_id: str) -> bytes:
    """The answer as JSON; one that JSON cannot carry is our bug and becomes INTERNAL."""
    if isinstance(answer, CodedAnswer):
        return answer.coded
    try:
        return orjson.dumps(answer)
    except TypeError:
        log.exception("graphql.answer_not_json", request_id=request_id)
        error = {
            "message": text.say("INTERNAL", locale, request_id=request_id),
            "extensions": {"code": "INTERNAL", "requestId": request_id},
        }
        return orjson.dumps({"errors": [error]})


def refuse_nul(variables: Mapping[str, Any]) -> None:
    """BadInput if a variable holds a NUL, or what no JSON can be."""
    if not variables:
        return
    try:
        # A level deeper than what is coded later, so that this is where the depth is refused.
        coded = orjson.dumps([[variables]], default=lambda _: None)
    except TypeError:
        raise BadInput("REQUEST_MALFORMED", parameter="variables") from None
    if b"\\u0000" in coded and _NUL.search(coded):
        raise BadInput("NUL_CHARACTER")
