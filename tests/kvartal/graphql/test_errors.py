"""Errors on the wire: codes, sentences and facts, and nothing of our insides."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import structlog
from graphql import GraphQLError, build_schema, graphql_sync, parse
from structlog.testing import capture_logs
from structlog.typing import EventDict

from kvartal.errors import BadInput, DomainError, NotFound, RateLimited, TooComplex
from kvartal.graphql.documents import Documents, InvalidDocument
from kvartal.graphql.errors import MAX_LOGGED, wire_error, wire_errors
from kvartal.graphql.limits import Limits
from kvartal.months import YearMonth

SCHEMA = build_schema(
    "type Query { x(n: Int!): Int  text: String  required: Int!  either: Either }"
    " union Either = Query"
)


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """The log of this test, without the sentences that a catalogue lacks."""
    structlog.reset_defaults()
    with capture_logs() as entries:
        yield entries


def _wire(error: Exception) -> dict[str, Any]:
    return wire_error(error, locale="en", request_id="r1")


def _failures(entries: list[EventDict]) -> list[EventDict]:
    return [entry for entry in entries if entry["event"].startswith("graphql.")]


def test_a_declared_error_has_its_code_and_facts(logged: list[EventDict]) -> None:
    answer = _wire(RateLimited(retry_after=7))

    assert answer["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 7, "requestId": "r1"}
    assert answer["message"]
    assert _failures(logged) == []


def test_facts_are_plain_json() -> None:
    answer = _wire(
        BadInput(
            a=Decimal("1.50"),
            b=UUID(int=1),
            c=YearMonth(2026, 11),
            d=date(2026, 11, 23),
            e=datetime(2026, 11, 23, tzinfo=UTC),
            f=[Decimal(1), None],
            g={"h": Decimal(2)},
            i=True,
            j=1.5,
        )
    )

    assert answer["extensions"] == {
        "code": "BAD_INPUT",
        "requestId": "r1",
        "a": "1.50",
        "b": "00000000-0000-0000-0000-000000000001",
        "c": "2026-11",
        "d": "2026-11-23",
        "e": "2026-11-23T00:00:00+00:00",
        "f": ["1", None],
        "g": {"h": "2"},
        "i": True,
        "j": "1.5",
    }


def test_the_language_is_the_readers() -> None:
    russian = wire_error(NotFound(), locale="ru", request_id="r1")

    assert russian["message"] != _wire(NotFound())["message"]


def test_an_unknown_error_shows_only_the_request_id(logged: list[EventDict]) -> None:
    answer = _wire(RuntimeError("SELECT secret FROM passwords"))

    assert answer["extensions"] == {"code": "INTERNAL", "requestId": "r1"}
    assert answer["message"]
    assert "secret" not in str(answer)
    (entry,) = _failures(logged)
    assert entry["event"] == "graphql.internal_error"
    assert entry["request_id"] == "r1"
    assert str(entry["exc_info"][1]) == "SELECT secret FROM passwords"


def test_an_undeclared_refusal_is_a_bug(logged: list[EventDict]) -> None:
    class Undeclared(DomainError):
        code = "UNDECLARED"

    assert _wire(Undeclared())["extensions"]["code"] == "INTERNAL"
    assert len(_failures(logged)) == 1


def test_a_page_of_failures_does_not_fill_the_log(logged: list[EventDict]) -> None:
    answers = wire_errors([RuntimeError()] * 50, locale="en", request_id="r1", operation="Op")

    assert len(answers) == 50
    entries = _failures(logged)
    assert [entry["event"] for entry in entries[:-1]] == ["graphql.internal_error"] * MAX_LOGGED
    assert entries[0]["operation"] == "Op"
    assert entries[-1]["event"] == "graphql.internal_errors"
    assert entries[-1]["count"] == 50


def _resolving(value: object, query: str = "{ text }", **variables: Any) -> dict[str, Any]:
    """The wire form of the only error of an execution whose root value is ``value``."""

    def resolve(*_: object, **__: object) -> object:
        if isinstance(value, Exception):
            raise value
        return value

    root = dict.fromkeys(("x", "text", "required", "either"), resolve)
    result = graphql_sync(SCHEMA, query, root, variable_values=variables)
    assert result.errors is not None
    (error,) = result.errors
    return _wire(error)


def test_an_error_of_a_resolver_says_where() -> None:
    answer = _resolving(TooComplex("TOO_COMPLEX_COST", limit=1, value=2))

    assert answer["path"] == ["text"]
    assert answer["locations"] == [{"line": 1, "column": 3}]
    assert answer["extensions"] == {
        "code": "TOO_COMPLEX",
        "reason": "TOO_COMPLEX_COST",
        "limit": 1,
        "value": 2,
        "requestId": "r1",
    }


@pytest.mark.parametrize(
    ("case", "value", "query"),
    [
        ("a bug", RuntimeError("secret"), "{ text }"),
        ("a raw GraphQL error", GraphQLError("secret"), "{ text }"),
        ("null where none may be", None, "{ required }"),
        ("a value that does not fit", "secret", "{ required }"),
        ("a value out of range", 10**12, "{ x(n: 1) }"),
        ("a value of no known type", {"__typename": "secret"}, "{ either { __typename } }"),
    ],
)
def test_what_our_side_got_wrong_is_internal(
    logged: list[EventDict], case: str, value: object, query: str
) -> None:
    answer = _resolving(value, query)

    assert answer["extensions"]["code"] == "INTERNAL", case
    assert "secret" not in str(answer)
    assert "1000000000000" not in str(answer)
    assert len(_failures(logged)) == 1


@pytest.mark.parametrize(
    ("case", "query", "variables"),
    [
        ("syntax", "{", {}),
        ("validation", "{ nothing }", {}),
        ("a literal", '{ x(n: "1") }', {}),
        ("a variable", "query ($n: Int!) { x(n: $n) }", {"n": "1"}),
        ("a null known only when executing", "query ($n: Int = 1) { x(n: $n) }", {"n": None}),
        (
            "no value for a directive",
            "query ($v: Boolean = true) { text @skip(if: $v) }",
            {"v": None},
        ),
    ],
)
def test_what_the_client_got_wrong_is_explained(
    logged: list[EventDict], case: str, query: str, variables: dict[str, Any]
) -> None:
    answer = _resolving(1, query, **variables)

    place = {"variable": "n"} if case == "a variable" else {}
    assert answer["extensions"] == {"code": "BAD_INPUT", **place, "requestId": "r1"}, case
    assert answer["locations"]
    assert _failures(logged) == []


def test_each_error_of_an_invalid_document_is_told() -> None:
    with pytest.raises(InvalidDocument) as refused:
        Documents(SCHEMA, Limits()).get("{ a b }")

    answers = wire_errors([refused.value], locale="en", request_id="r1")

    assert [answer["message"] for answer in answers] == [
        "Cannot query field 'a' on type 'Query'.",
        "Cannot query field 'b' on type 'Query'.",
    ]
    assert [answer["locations"] for answer in answers] == [
        [{"line": 1, "column": 3}],
        [{"line": 1, "column": 5}],
    ]


def test_a_request_error_without_place_has_none() -> None:
    answer = _wire(GraphQLError("no place", nodes=[]))

    assert answer == {
        "message": "no place",
        "extensions": {"code": "BAD_INPUT", "requestId": "r1"},
    }


def test_a_scalar_that_breaks_before_execution_is_internal(logged: list[EventDict]) -> None:
    (field,) = parse("{ text }").definitions[0].selection_set.selections  # type: ignore[attr-defined]  # an operation

    answer = _wire(GraphQLError("secret", field, original_error=KeyError("secret")))

    assert answer["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(answer)
    assert len(_failures(logged)) == 1
