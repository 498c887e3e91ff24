"""GraphQL over HTTP, as the specification and the brave clients have it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from starlette.routing import Route

from kvartal.errors import RateLimited
from kvartal.graphql.rate import RateLimiter, Rates
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.http import HttpEndpoint
from kvartal.graphql.trusted import TrustedDocuments, TrustMode, sha256_of

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
HASH = sha256_of("{ hello }")


@pytest.fixture
async def hashed(
    client: httpx.AsyncClient, app: Any, engine_with: Any, engine_context: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """The client of an application that knows documents by hash, and has a rate."""
    engine = engine_with(
        trusted=TrustedDocuments(TrustMode.ALLOW), rate=RateLimiter(Rates(anonymous_cost=150))
    )
    app.router.routes.append(Route("/hashed", HttpEndpoint(engine, engine_context)))
    yield client
    app.router.routes.pop()


async def _post(
    client: httpx.AsyncClient, query: str = "{ hello }", path: str = "/graphql", **headers: str
) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(path, json={"query": query}, headers=names)


def _code(response: httpx.Response) -> str:
    (error,) = response.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


async def test_a_query_is_answered(client: httpx.AsyncClient) -> None:
    body = {"query": "query Q($n: String) { hello(name: $n) }", "variables": {"n": "ЖКХ"}}

    response = await client.post("/graphql", json=body | {"operationName": "Q"})

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-length"] == str(len(response.content))
    assert response.json() == {"data": {"hello": "hello ЖКХ"}}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, GRAPHQL),
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL};q=0, {JSON}", JSON),
        (f"{GRAPHQL};q=nonsense, {JSON};q=0.1", JSON),
        ("APPLICATION/JSON", JSON),
    ],
)
async def test_the_accepted_form_is_used(
    client: httpx.AsyncClient, accept: str | None, media: str
) -> None:
    response = await _post(client, **({"accept": accept} if accept else {}))

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media}; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "code", "status"),
    [
        ("{", "BAD_INPUT", 400),
        ("{ nothing }", "BAD_INPUT", 400),
        ("query A { hello } query B { hello }", "BAD_INPUT", 400),
        ("query ($n: String!) { hello(name: $n) }", "BAD_INPUT", 400),
        ("{ items(first: 9999) { number } }", "TOO_COMPLEX", 400),
        ("{ __schema { description } }", "UNAUTHENTICATED", 401),
        ("subscription { count(to: 1) }", "BAD_INPUT", 400),
    ],
)
async def test_a_refused_document_has_a_status_only_in_the_new_form(
    client: httpx.AsyncClient, query: str, code: str, status: int
) -> None:
    new = await _post(client, query, accept=GRAPHQL)
    old = await _post(client, query, accept=JSON)

    assert (new.status_code, old.status_code) == (status, 200)
    assert _code(new) == _code(old) == code
    assert "data" not in new.json()


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 294), (JSON, 200)])
@pytest.mark.parametrize("query", ["{ hello fail }", "{ required }"])
async def test_an_executed_operation_is_a_success_whatever_failed(
    client: httpx.AsyncClient, query: str, accept: str, status: int
) -> None:
    response = await _post(client, query, accept=accept)

    assert response.status_code == status
    assert "data" in response.json()
    assert _code(response) == "INTERNAL"
    assert "secret" not in response.text


MALFORMED: list[tuple[str, bytes]] = [
    ("no JSON", b"NONSENSE"),
    ("half a body", b'{"query":'),
    ("nothing", b""),
    ("not UTF-8", b'{"query": "\xff"}'),
    ("too deep", b'{"query": "{ hello }", "variables": ' + b"[" * 4_000 + b"]" * 4_000 + b"}"),
    ("a batch", b'[{"query": "{ hello }"}]'),
    ("a string", b'"{ hello }"'),
    ("no query", b'{"qeury": "{ hello }"}'),
    ("a query that is no text", b'{"query": 1}'),
    ("variables in a list", b'{"query": "{ hello }", "variables": [7]}'),
    ("variables as text", b'{"query": "{ hello }", "variables": "{}"}'),
    ("a name that is no text", b'{"query": "{ hello }", "operationName": 7}'),
    ("extensions as text", b'{"query": "{ hello }", "extensions": "x"}'),
]


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
@pytest.mark.parametrize(("case", "body"), MALFORMED)
async def test_a_malformed_request_is_400(
    client: httpx.AsyncClient, case: str, body: bytes, accept: str
) -> None:
    response = await client.post(
        "/graphql", content=body, headers={"content-type": JSON, "accept": accept}
    )

    assert response.status_code == 400, case
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert _code(response) == "BAD_INPUT"


async def test_nulls_and_an_empty_name_are_as_good_as_nothing(client: httpx.AsyncClient) -> None:
    body = {"query": "{ hello }", "variables": None, "operationName": "", "extensions": None}

    response = await client.post("/graphql", json=body)

    assert response.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=windows-1251",
        "application/jsonx",
    ],
)
async def test_what_a_foreign_page_could_post_is_415(
    client: httpx.AsyncClient, seen: Any, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await client.post(
        "/graphql", content=b'{"query": "mutation { bump }"}', headers=headers
    )

    assert response.status_code == 415
    assert _code(response) == "BAD_INPUT"
    assert seen.bumped == 0


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"; x=y']
)
async def test_json_may_say_its_charset(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post(
        "/graphql", content=b'{"query": "{ hello }"}', headers={"content-type": content_type}
    )

    assert response.status_code == 200


async def test_a_large_body_is_413_whether_declared_or_not(client: httpx.AsyncClient) -> None:
    large = b'{"query": "{ hello }", "extensions": {"x": "' + b"x" * 10_000 + b'"}}'

    async def undeclared() -> Any:
        for start in range(0, len(large), 1_000):
            yield large[start : start + 1_000]

    for content in (large, undeclared()):
        response = await client.post("/graphql", content=content, headers={"content-type": JSON})

        assert response.status_code == 413
        extensions = response.json()["errors"][0]["extensions"]
        assert extensions["code"] == "TOO_COMPLEX"
        assert extensions["limit"] == 10_000 < extensions["value"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": "{ hello }"},
        {"query": "query Q($n: String) { hello(name: $n) }", "variables": '{"n": "world"}'},
        {"query": "{ hello }", "variables": "", "operationName": "", "extensions": "{}"},
    ],
)
async def test_a_query_may_come_by_get(client: httpx.AsyncClient, parameters: Any) -> None:
    response = await client.get("/graphql", params=parameters)

    assert response.status_code == 200
    assert response.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"query": "{ hello }", "variables": "{"},
        {"query": "{ hello }", "variables": "[1]"},
        {str(index): "x" for index in range(30)},
    ],
)
async def test_a_malformed_get_is_400(client: httpx.AsyncClient, parameters: Any) -> None:
    response = await client.get("/graphql", params=parameters)

    assert response.status_code == 400
    assert _code(response) == "BAD_INPUT"


async def test_an_invalid_document_by_get_is_explained(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "{ nothing }"})

    assert response.status_code == 400
    assert "nothing" in response.json()["errors"][0]["message"]


async def test_a_mutation_by_get_is_405(client: httpx.AsyncClient, seen: Any) -> None:
    for accept in (JSON, GRAPHQL, "text/event-stream"):
        response = await client.get(
            "/graphql", params={"query": "mutation { bump }"}, headers={"accept": accept}
        )

        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
    assert seen.bumped == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", json={"query": "{ hello }"})

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("accept", ["image/png", "text/*", f"{JSON};q=0"])
async def test_nothing_acceptable_is_406(client: httpx.AsyncClient, accept: str) -> None:
    response = await _post(client, accept=accept)

    assert response.status_code == 406
    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


async def test_the_context_gets_all_that_is_known(client: httpx.AsyncClient, seen: Any) -> None:
    await _post(
        client,
        authorization="bearer good",
        accept_language="en-GB,en;q=0.9",
        x_request_id="abc-123_X",
        idempotency_key="key-1",
    )

    (request,) = seen.requests
    assert request.token == "good"
    assert request.locale == "en"
    assert request.request_id == "abc-123_X"
    assert request.remote_address == "127.0.0.1"
    assert request.idempotency_key == "key-1"


@pytest.mark.parametrize("proposed", [None, "", "a b", "x" * 65, "a\nb", "<script>", "тест"])
async def test_a_doubtful_request_id_is_replaced(
    client: httpx.AsyncClient, proposed: str | None
) -> None:
    headers = {} if proposed is None else {b"x-request-id": proposed.encode()}
    response = await client.post("/graphql", json={"query": "{ later }"}, headers=headers)

    answered = response.headers["x-request-id"]
    assert answered != proposed
    assert len(answered) == 32
    assert response.json() == {"data": {"later": answered}}


@pytest.mark.parametrize("header", ["Bearer expired", "Basic Z29vZA==", "Bearer", "good"])
@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_bad_credential_is_401(client: httpx.AsyncClient, header: str, accept: str) -> None:
    response = await _post(client, authorization=header, accept=accept, x_request_id="r7")

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert _code(response) == "UNAUTHENTICATED"
    assert response.json()["errors"][0]["extensions"]["requestId"] == "r7"


async def test_too_many_requests_are_429(client: httpx.AsyncClient, seen: Any) -> None:
    response = await _post(client, authorization="Bearer busy")
    seen.fail_context = RateLimited()
    untimed = await _post(client)

    assert response.status_code == untimed.status_code == 429
    assert response.headers["retry-after"] == "7"
    assert "retry-after" not in untimed.headers


async def test_a_context_that_cannot_be_made_is_500(client: httpx.AsyncClient, seen: Any) -> None:
    seen.fail_context = RuntimeError("secret")
    response = await _post(client)

    assert response.status_code == 500
    assert _code(response) == "INTERNAL"
    assert "secret" not in response.text


@pytest.mark.parametrize("key", ["", "k" * 256])
async def test_a_doubtful_idempotency_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    response = await _post(client, "mutation { bump }", idempotency_key=key)

    assert response.status_code == 400


async def test_the_language_is_negotiated(client: httpx.AsyncClient) -> None:
    russian = await _post(client, '{ locale fail(kind: "forbidden") }')
    english = await _post(client, '{ locale fail(kind: "forbidden") }', accept_language="en")

    assert (russian.json()["data"]["locale"], english.json()["data"]["locale"]) == ("ru", "en")
    assert russian.json()["errors"][0]["message"] != english.json()["errors"][0]["message"]


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def test_a_browser_gets_the_console_where_it_is_on(client: httpx.AsyncClient) -> None:
    with_it = await client.get("/graphql", headers={"accept": BROWSER})
    without = await client.get("/plain", headers={"accept": BROWSER})
    posted = await _post(client, accept="text/html")

    assert with_it.headers["content-type"] == "text/html; charset=utf-8"
    assert without.status_code == 400
    assert without.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert posted.status_code == 406


async def test_a_client_that_hangs_up_gets_no_answer(app: Any) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": None,
    }
    await app(scope, receive, send)

    assert sent == []


async def test_an_answer_that_json_cannot_carry_is_internal(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, engine: Any
) -> None:
    async def strange(*_: object) -> dict[str, Any]:
        return {"data": {"x": object()}}

    monkeypatch.setattr(engine, "execute", strange)
    response = await _post(client)

    assert _code(response) == "INTERNAL"


async def test_the_hostile_kilobyte_is_refused_at_once(client: httpx.AsyncClient) -> None:
    fragments = "".join(
        f"fragment f{i} on Query{{a:items{{number}}...f{i + 1} ...f{i + 1}}}" for i in range(24)
    )
    response = await _post(client, "{...f0}" + fragments + "fragment f24 on Query{hello}")

    assert response.status_code == 400
    assert _code(response) == "TOO_COMPLEX"


async def test_brackets_without_end_are_refused(client: httpx.AsyncClient) -> None:
    for query in ("{" * 100_000, "[" * 100_000):
        response = await _post(client, query, "/plain")

        assert response.status_code == 400
        assert _code(response) == "TOO_COMPLEX"


async def test_a_compressed_body_is_not_understood(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", content=b"\x1f\x8b", headers={"content-type": JSON, "content-encoding": "gzip"}
    )

    assert response.status_code == 415


async def test_a_body_must_come_in_time(engine: Engine, engine_context: Any) -> None:
    http = HttpEndpoint(engine, engine_context, body_seconds=0.05)
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"content-type", b"application/json"), (b"accept", b"application/json")],
        "query_string": b"",
    }
    await http(scope, receive, send)

    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert orjson.loads(sent[1]["body"])["errors"][0]["extensions"]["reason"] == "REQUEST_TIMEOUT"


async def test_several_accept_headers_are_one(client: httpx.AsyncClient) -> None:
    headers = [("content-type", JSON), ("accept", "text/plain"), ("accept", GRAPHQL)]

    response = await client.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)

    assert response.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": f"sha256:{HASH}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}},
        {"query": None, "extensions": {"persistedQuery": {"sha256Hash": HASH}}},
    ],
)
async def test_a_document_may_be_named_by_its_hash(
    hashed: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    unknown = await hashed.post("/hashed", json=body, headers={"accept": GRAPHQL})
    shown = await hashed.post("/hashed", json=body | {"query": "{ hello }"})
    known = await hashed.post("/hashed", json=body)
    parameters = {
        k: v if isinstance(v, str) else orjson.dumps(v).decode() for k, v in body.items() if v
    }
    by_get = await hashed.get("/hashed", params=parameters)

    assert (unknown.status_code, _code(unknown)) == (400, "PERSISTED_QUERY_NOT_FOUND")
    assert shown.json() == known.json() == by_get.json() == {"data": {"hello": "hello world"}}


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": HASH},
        {"documentId": "sha256:xyz"},
        {"documentId": 1},
        {"extensions": {"persistedQuery": True}},
        {"extensions": {"persistedQuery": {}}},
        {"extensions": {"persistedQuery": {"sha256Hash": HASH.upper()}}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": HASH}}},
    ],
)
async def test_a_malformed_hash_is_400(hashed: httpx.AsyncClient, body: dict[str, Any]) -> None:
    response = await hashed.post("/hashed", json=body | {"query": "{ hello }"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["reason"] == "REQUEST_MALFORMED"


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_too_much_cost_is_429_and_tells_when_to_come_again(
    hashed: httpx.AsyncClient, accept: str
) -> None:
    query = {"query": "{ items(first: 100) { number } }"}
    for _ in range(2):
        response = await hashed.post("/hashed", json=query, headers={"accept": accept})

    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0
    assert _code(response) == "RATE_LIMITED"
