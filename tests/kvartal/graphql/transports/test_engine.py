"""The engine: answers with data, refusals without, and fresh loaders for each event."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from graphql import OperationType

from kvartal.auth.actor import Actor, ActorKind
from kvartal.graphql.rate import RateLimiter, Rates
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.wire import OperationRequest
from kvartal.graphql.trusted import TrustedDocuments, TrustMode, sha256_of

SIGNED_IN = Actor(ActorKind.RESIDENT)


def _codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


async def _events(answers: object) -> list[dict[str, Any]]:
    assert isinstance(answers, AsyncGenerator)
    return [answer async for answer in answers]


async def test_a_query_is_answered(engine: Engine, make_context: Any) -> None:
    request = OperationRequest("query ($n: String!) { hello(name: $n) later }", {"n": "жилец"})

    answer = await engine.execute(request, make_context())

    assert answer == {"data": {"hello": "hello жилец", "later": "r1"}}


async def test_one_batch_serves_a_list(engine: Engine, make_context: Any, seen: Any) -> None:
    answer = await engine.execute(OperationRequest("{ items { double } }"), make_context())

    assert answer == {"data": {"items": [{"double": 0}, {"double": 2}, {"double": 4}]}}
    assert seen.batches == [[0, 1, 2]]


async def test_the_named_operation_runs(engine: Engine, make_context: Any, seen: Any) -> None:
    text = "mutation A { bump } query B { hello }"

    answer = await engine.execute(OperationRequest(text, {}, "B"), make_context())
    unnamed = await engine.execute(OperationRequest(text), make_context())

    assert answer == {"data": {"hello": "hello world"}}
    assert "data" not in unnamed
    assert _codes(unnamed) == ["BAD_INPUT"]
    assert seen.bumped == 0


@pytest.mark.parametrize(
    ("case", "query", "variables", "code"),
    [
        ("syntax", "{", {}, "BAD_INPUT"),
        ("validation", "{ nothing }", {}, "BAD_INPUT"),
        ("variables", "query ($n: String!) { hello(name: $n) }", {"n": 1}, "BAD_INPUT"),
        ("a constant cost", "{ items(first: 500) { number double } }", {}, "TOO_COMPLEX"),
        (
            "a cost by variables",
            "query ($n: Int!) { items(first: $n) { number double } }",
            {"n": 500},
            "TOO_COMPLEX",
        ),
        ("introspection", "{ __schema { queryType { name } } }", {}, "UNAUTHENTICATED"),
        ("a subscription", "subscription { count(to: 1) }", {}, "BAD_INPUT"),
    ],
)
async def test_what_is_not_executed_has_no_data(
    engine: Engine, make_context: Any, case: str, query: str, variables: Any, code: str
) -> None:
    answer = await engine.execute(OperationRequest(query, variables), make_context())

    assert "data" not in answer, case
    assert _codes(answer) == [code]
    assert answer["errors"][0]["extensions"]["requestId"] == "r1"


async def test_the_same_document_may_be_cheap_or_dear(engine: Engine, make_context: Any) -> None:
    query = "query ($n: Int!) { items(first: $n) { number } }"

    cheap = await engine.execute(OperationRequest(query, {"n": 1}), make_context())
    dear = await engine.execute(OperationRequest(query, {"n": 200}), make_context())

    assert cheap == {"data": {"items": [{"number": 0}]}}
    extensions = dear["errors"][0]["extensions"]
    assert extensions == {
        "code": "TOO_COMPLEX",
        "reason": "TOO_COMPLEX_COST",
        "limit": 200,
        "value": 201,
        "requestId": "r1",
    }


async def test_for_strangers_no_type_exists(engine: Engine, make_context: Any) -> None:
    request = OperationRequest('{ __type(name: "Query") { name fields { name } } hello }')

    strange = await engine.execute(request, make_context())
    known = await engine.execute(request, make_context(actor=SIGNED_IN))

    assert strange == {"data": {"__type": None, "hello": "hello world"}}
    assert known["data"]["__type"]["name"] == "Query"


async def test_the_schema_may_be_open_to_all(engine_with: Any, make_context: Any) -> None:
    engine = engine_with(open_introspection=True)

    answer = await engine.execute(
        OperationRequest('{ __schema { queryType { name } } __type(name: "Item") { name } }'),
        make_context(),
    )

    assert answer["data"] == {
        "__schema": {"queryType": {"name": "Query"}},
        "__type": {"name": "Item"},
    }


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($n: String!) { hello(name: $n) }", {"n": "a\0b"}),
        ("query ($n: String!) { hello(name: $n) }", {"n": "\\\0"}),
        ('{ hello(name: "a\\u0000") }', {}),
        ('{ hello(name: "a\\u{00}") }', {}),
        ('{ hello(name: "a\0") }', {}),
    ],
)
async def test_a_nul_is_refused_before_a_database_sees_it(
    engine: Engine, make_context: Any, query: str, variables: Any
) -> None:
    answer = await engine.execute(OperationRequest(query, variables), make_context())

    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["reason"] == "NUL_CHARACTER"


async def test_a_backslash_is_no_nul(engine: Engine, make_context: Any) -> None:
    query, text = "query ($n: String!) { hello(name: $n) }", "a\\u0000"

    answer = await engine.execute(OperationRequest(query, {"n": text}), make_context())

    assert answer == {"data": {"hello": f"hello {text}"}}


async def test_variables_have_a_depth_that_can_be_coded(engine: Engine, make_context: Any) -> None:
    nested: list[Any] = []
    for _ in range(500):
        nested = [nested]

    answer = await engine.execute(OperationRequest("{ hello }", {"n": nested}), make_context())

    assert _codes(answer) == ["BAD_INPUT"]


async def test_the_signed_in_may_introspect(engine: Engine, make_context: Any) -> None:
    request = OperationRequest("{ __schema { queryType { name } } }")

    answer = await engine.execute(request, make_context(actor=SIGNED_IN))

    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


async def test_an_error_of_a_field_leaves_the_others(engine: Engine, make_context: Any) -> None:
    request = OperationRequest('{ hello fail(kind: "forbidden") }')

    answer = await engine.execute(request, make_context())

    assert answer["data"] == {"hello": "hello world", "fail": None}
    assert _codes(answer) == ["FORBIDDEN"]
    assert answer["errors"][0]["path"] == ["fail"]


async def test_a_choice_that_is_none_is_the_clients_mistake(
    engine: Engine, make_context: Any
) -> None:
    request = OperationRequest("query ($n: Int) { choose(by: { number: $n }) }")

    assert _codes(await engine.execute(request, make_context())) == ["BAD_INPUT"]


async def test_a_missing_answer_that_is_required_nulls_the_data(
    engine: Engine, make_context: Any
) -> None:
    answer = await engine.execute(OperationRequest("{ required }"), make_context())

    assert answer["data"] is None
    assert _codes(answer) == ["INTERNAL"]


async def test_one_key_is_for_one_mutation(engine: Engine, make_context: Any, seen: Any) -> None:
    one = OperationRequest("mutation { bump }")
    two = OperationRequest("mutation { a: bump b: bump }")

    refused = await engine.execute(two, make_context(idempotency_key="k"))
    assert _codes(refused) == ["BAD_INPUT"]
    assert seen.bumped == 0

    assert await engine.execute(one, make_context(idempotency_key="k")) == {"data": {"bump": 1}}
    assert "errors" not in await engine.execute(two, make_context())


async def test_events_follow_one_another_each_with_fresh_loaders(
    engine: Engine, make_context: Any, seen: Any
) -> None:
    request = OperationRequest("subscription { same(times: 3) { double } }")

    events = await _events(await engine.subscribe(request, make_context()))

    assert events == [{"data": {"same": {"double": 14}}}] * 3
    assert seen.batches == [[7], [7], [7]]


async def test_a_broken_source_ends_with_a_refusal(engine: Engine, make_context: Any) -> None:
    request = OperationRequest("subscription { breaks }")

    events = await _events(await engine.subscribe(request, make_context()))

    assert events[0] == {"data": {"breaks": 1}}
    assert "data" not in events[1]
    assert _codes(events[1]) == ["INTERNAL"]
    assert len(events) == 2


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription { nothing }", {}, "BAD_INPUT"),
        ("subscription ($n: Int!) { count(to: $n) }", {}, "BAD_INPUT"),
        ("subscription ($n: Int = 1) { count(to: $n) }", {"n": None}, "BAD_INPUT"),
    ],
)
async def test_a_subscription_may_be_refused_at_once(
    engine: Engine, make_context: Any, query: str, variables: Any, code: str
) -> None:
    answer = await engine.subscribe(OperationRequest(query, variables), make_context())

    assert isinstance(answer, dict)
    assert "data" not in answer
    assert _codes(answer) == [code]


async def test_closing_the_answers_closes_the_source(
    engine: Engine, make_context: Any, seen: Any
) -> None:
    answers = await engine.subscribe(OperationRequest("subscription { forever }"), make_context())
    assert isinstance(answers, AsyncGenerator)
    await anext(answers)

    await answers.aclose()

    assert (seen.opened, seen.closed) == (1, 1)


async def test_a_query_over_a_stream_is_one_answer(engine: Engine, make_context: Any) -> None:
    answer = await engine.subscribe(OperationRequest("{ hello }"), make_context())

    assert answer == {"data": {"hello": "hello world"}}


def test_the_kind_is_known_before_execution(engine: Engine) -> None:
    assert engine.kind_of(OperationRequest("mutation { bump }")) is OperationType.MUTATION
    assert engine.kind_of(OperationRequest("{")) is None
    assert engine.kind_of(OperationRequest("{ hello }", {}, "X")) is None


def test_a_schema_whose_extensions_would_be_ignored_is_refused() -> None:
    @strawberry.type
    class Query:
        x: int = 1

    class Extension(strawberry.extensions.SchemaExtension):
        pass

    with pytest.raises(ValueError, match="ignored"):
        Engine(strawberry.Schema(Query, extensions=[Extension]))


HASH = sha256_of("{ hello }")


async def test_a_hash_stands_for_a_document_seen_before(
    engine_with: Any, make_context: Any
) -> None:
    engine = engine_with(trusted=TrustedDocuments(TrustMode.ALLOW))

    unknown = await engine.execute(OperationRequest(sha256=HASH), make_context(locale="ru"))
    shown = await engine.execute(OperationRequest("{ hello }", sha256=HASH), make_context())
    known = await engine.execute(OperationRequest(sha256=HASH), make_context())

    (error,) = unknown["errors"]
    assert error["message"] == "PersistedQueryNotFound"
    assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert shown == known == {"data": {"hello": "hello world"}}


async def test_an_invalid_document_is_not_remembered(engine_with: Any, make_context: Any) -> None:
    engine = engine_with(trusted=TrustedDocuments(TrustMode.ALLOW))
    digest = sha256_of("{ nothing }")

    shown = await engine.execute(OperationRequest("{ nothing }", sha256=digest), make_context())
    again = await engine.execute(OperationRequest(sha256=digest), make_context())

    assert _codes(shown) == ["BAD_INPUT"]
    assert _codes(again) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_documents_by_hash_may_be_off(engine: Engine, make_context: Any) -> None:
    answer = await engine.execute(OperationRequest("{ hello }", sha256=HASH), make_context())

    assert _codes(answer) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    assert answer["errors"][0]["message"] == "PersistedQueryNotSupported"
    assert engine.kind_of(OperationRequest(sha256=HASH)) is None


async def test_only_trusted_documents_may_pass(engine_with: Any, make_context: Any) -> None:
    engine = engine_with(trusted=TrustedDocuments(TrustMode.ONLY, {HASH: "{ hello }"}))

    trusted = await engine.execute(OperationRequest(sha256=HASH), make_context())
    strange = await engine.execute(OperationRequest("{ later }"), make_context())

    assert trusted == {"data": {"hello": "hello world"}}
    assert _codes(strange) == ["FORBIDDEN"]
    assert engine.kind_of(OperationRequest(sha256=HASH)) is OperationType.QUERY


async def test_the_cost_of_a_minute_is_limited(engine_with: Any, make_context: Any) -> None:
    engine = engine_with(rate=RateLimiter(Rates(anonymous_cost=150)))
    request = OperationRequest("{ items(first: 99) { number } }")

    first = await engine.execute(request, make_context())
    second = await engine.execute(request, make_context())
    cheap = await engine.execute(OperationRequest("{ hello }"), make_context())

    assert "errors" not in first
    assert _codes(second) == ["RATE_LIMITED"]
    assert second["errors"][0]["extensions"]["retryAfter"] == 20
    assert "errors" not in cheap
