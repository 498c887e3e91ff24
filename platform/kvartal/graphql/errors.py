"""Top-level errors as the client sees them: a code, a sentence, the request id, never a secret."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from graphql import FieldNode, GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.utils.str_converters import to_camel_case

from kvartal import text
from kvartal.errors import RequestError
from kvartal.graphql.documents import InvalidDocument
from kvartal.months import YearMonth

__all__ = ["wire_error", "wire_errors"]

MAX_LOGGED = 3

# As graphql-core words it: the one place where it tells which part of a variable is at fault.
_OF_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at (\S+))?: ")

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


def wire_errors(
    errors: Iterable[Exception], *, locale: str, request_id: str, operation: str | None = None
) -> list[dict[str, Any]]:
    """The errors of one response; of those nobody declared, the first few are logged whole."""
    answers: list[dict[str, Any]] = []
    internal = 0
    for error in _flat(errors):
        declared = _declared(error, locale)
        if declared is None:
            internal += 1
            if internal <= MAX_LOGGED:
                _log(error, request_id=request_id, operation=operation)
            sentence = text.say("INTERNAL", locale, request_id=request_id)
            declared = {"message": sentence, "extensions": {"code": "INTERNAL"}}
        declared["extensions"]["requestId"] = request_id
        answers.append(_located(error, declared))
    if internal > MAX_LOGGED:
        # A page of 500 rows that all fail must not write 500 tracebacks.
        log.error("graphql.internal_errors", request_id=request_id, count=internal)
    return answers


def wire_error(error: Exception, *, locale: str, request_id: str) -> dict[str, Any]:
    """One error as the client sees it."""
    return wire_errors([error], locale=locale, request_id=request_id)[0]


def _flat(errors: Iterable[Exception]) -> Iterable[Exception]:
    for error in errors:
        if isinstance(error, InvalidDocument):
            yield from error.errors
        else:
            yield error


def _cause(error: Exception) -> Exception:
    """What a resolver raised, under the GraphQLErrors that the executor wrapped around it."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _declared(error: Exception, locale: str) -> dict[str, Any] | None:
    """The answer for an error of the tree or of the client's making; None for all others."""
    cause = _cause(error)
    if isinstance(cause, RequestError):
        facts = {to_camel_case(name): _plain(fact) for name, fact in cause.facts.items()}
        if cause.message_code != cause.code:
            facts["reason"] = cause.message_code
        return {
            "message": text.say(cause.message_code, locale, **cause.facts),
            "extensions": {**facts, **_place(error), "code": cause.code},
        }
    if isinstance(error, GraphQLError) and _is_client_mistake(error, cause):
        return {"message": error.message, "extensions": {**_place(error), "code": "BAD_INPUT"}}
    return None


def _place(error: Exception) -> dict[str, str]:
    """Which part of the variables is at fault, as in ``input.readings[0].takenOn``."""
    found = _OF_VARIABLE.match(error.message) if isinstance(error, GraphQLError) else None
    return {"variable": found[1] + (found[2] or "")} if found else {}


def _is_client_mistake(error: GraphQLError, cause: Exception) -> bool:
    """Whether graphql-core complains about the request rather than about our answer to it."""
    if error.path is None:
        # Before execution: syntax, validation, variables. A scalar refuses by ValueError.
        return isinstance(cause, GraphQLError | ValueError | TypeError)
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    # An error of an argument points at its value; ours points at the field or at nothing.
    blamed = (cause.nodes or []) if isinstance(cause, GraphQLError) else []
    return bool(blamed) and not isinstance(blamed[0], FieldNode)


def _located(error: Exception, answer: dict[str, Any]) -> dict[str, Any]:
    if isinstance(error, GraphQLError):
        if error.locations:
            answer["locations"] = [
                {"line": location.line, "column": location.column} for location in error.locations
            ]
        if error.path:
            answer["path"] = error.path
    return answer


def _plain(fact: object) -> object:
    """A fact as JSON; numbers that JSON cannot carry exactly are strings."""
    match fact:
        case None | bool() | int() | str():
            return fact
        case Decimal() | UUID() | YearMonth():
            return str(fact)
        case datetime() | date():
            return fact.isoformat()
        case Mapping():
            return {str(key): _plain(value) for key, value in fact.items()}
        case Iterable():
            return [_plain(each) for each in fact]
    return str(fact)


def _log(error: Exception, *, request_id: str, operation: str | None) -> None:
    cause = _cause(error)
    log.error(
        "graphql.internal_error",
        request_id=request_id,
        operation=operation,
        path=".".join(map(str, error.path))
        if isinstance(error, GraphQLError) and error.path
        else None,
        exc_info=(type(cause), cause, cause.__traceback__),
    )
