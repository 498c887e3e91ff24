"""The server audits of the npm package graphql-http 1.23.1, by their ids, without Node.

``scripts/conformance`` runs the package itself; this list is complete and must stay so.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from kvartal.auth.actor import Actor, ActorKind
from kvartal.testing.client import GraphQLClient

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
OK = range(200, 201)
BAD = range(400, 401)
REFUSED = range(400, 500)
FAILED = range(400, 600)

TYPENAME = {"query": "{ __typename }"}
TYPE = {
    "query": "query Type($name: String!) { __type(name: $name) { name } }",
    "variables": {"name": "sometype"},
}
NO_FIELD = {"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}
NO_VALUE = {"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": None}}
NO_TEXT: list[tuple[str, object]] = [
    ("object", {"obj": "ect"}),
    ("number", 0),
    ("boolean", False),
    ("array", ["array"]),
]
NO_MAP: list[tuple[str, object]] = [("string", "string"), *NO_TEXT[1:]]

Check = Callable[[httpx.Response], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One request, and what the specification wants of its answer."""

    id: str
    title: str
    body: object = None
    accept: str | None = None
    status: range = OK
    method: str = "POST"
    content_type: str | None = JSON
    params: dict[str, str] = field(default_factory=dict)
    check: Check = lambda _: True


def _without(key: str) -> Check:
    return lambda response: key not in response.json()


def _typed(media: str) -> Check:
    return lambda response: response.headers["content-type"].startswith(media)


def _of_media() -> Iterator[Audit]:
    yield Audit(
        id="22EB",
        title="accepts the new form",
        body=TYPENAME,
        accept=GRAPHQL,
        check=_typed(GRAPHQL),
    )
    yield Audit(
        id="4655", title="accepts the old form", body=TYPENAME, accept=JSON, check=_typed(JSON)
    )
    yield Audit(id="47DE", title="accepts */*", body=TYPENAME, accept="*/*", check=_typed(JSON))
    # fetch sends */* where nothing is said, so this is what the package really asks.
    yield Audit(id="80D8", title="accept missing", body=TYPENAME, accept="*/*", check=_typed(JSON))
    yield Audit(
        id="82A3",
        title="answers in UTF-8",
        body=TYPENAME,
        check=lambda response: bool(response.content.decode("utf-8")),
    )
    yield Audit(
        id="BF61",
        title="takes UTF-8",
        body={"query": '{ __type(name: "Run🏃Swim🏊") { name } }'},
        content_type="application/json; charset=utf-8",
        accept="*/*",
    )
    yield Audit(id="78D5", title="assumes UTF-8", body=TYPENAME)


def _of_methods() -> Iterator[Audit]:
    yield Audit(id="2C94", title="takes POST", body=TYPENAME)
    yield Audit(
        id="5A70", title="takes GET", method="GET", params={"query": "{ __typename }"}, accept="*/*"
    )
    yield Audit(
        id="9C48",
        title="no mutation by GET",
        method="GET",
        params={"query": "mutation { __typename }"},
        accept=GRAPHQL,
        status=REFUSED,
    )
    yield Audit(
        id="9ABE", title="no content type", body=TYPENAME, content_type=None, status=REFUSED
    )
    yield Audit(id="03D4", title="takes JSON", body=TYPENAME)
    yield Audit(id="A5BF", title="no body", status=BAD)


def _of_parameters() -> Iterator[Audit]:
    yield Audit(id="423L", title="no query", body={"notquery": "x"}, accept=GRAPHQL, status=BAD)
    for index, (kind, value) in enumerate(NO_TEXT):
        yield Audit(id=f"LKJ{index}", title=f"query: {kind}", body={"query": value}, status=BAD)
        yield Audit(
            id=f"6C0{index}",
            title=f"operationName: {kind}",
            body=TYPENAME | {"operationName": value},
            status=BAD,
        )
    for index, (kind, value) in enumerate(NO_MAP):
        for prefix, name in (("476", "variables"), ("58B", "extensions")):
            yield Audit(
                id=f"{prefix}{index}",
                title=f"{name}: {kind}",
                body=TYPENAME | {name: value},
                status=BAD,
            )
    named = {"operationName": "Query", "query": "query Query { __typename }"}
    extended = TYPENAME | {"extensions": {"some": "value"}}
    yield Audit(id="34A2", title="query, new form", body=TYPENAME, accept=GRAPHQL)
    yield _clean("13EE", "query, old form", TYPENAME, JSON)
    yield Audit(id="8161", title="operationName, new form", body=named, accept=GRAPHQL)
    yield _clean("B8B3", "operationName, old form", named, JSON)
    yield Audit(id="2EA1", title="variables, new form", body=TYPE, accept=GRAPHQL)
    yield _clean("28B9", "variables, old form", TYPE, JSON)
    yield Audit(id="428F", title="extensions, new form", body=extended, accept=GRAPHQL)
    yield _clean("1B7A", "extensions, old form", extended, JSON)
    for index, name in enumerate(("variables", "operationName", "extensions")):
        body = TYPENAME | {name: None}
        yield _clean(f"94B{index}", f"{name}: null, new form", body, GRAPHQL)
        yield _clean(f"022{index}", f"{name}: null, old form", body, JSON)
    parameters = {"query": TYPE["query"], "variables": json.dumps(TYPE["variables"])}
    for audit, accept in (("D6D5", GRAPHQL), ("6A70", JSON)):
        yield Audit(
            id=audit,
            title="variables by GET",
            method="GET",
            params={name: str(value) for name, value in parameters.items()},
            accept=accept,
            check=_without("errors"),
        )


def _of_refusals() -> Iterator[Audit]:
    for audit, accept in (("B6DC", JSON), ("BCF8", JSON), ("B7N8", GRAPHQL)):
        yield Audit(id=audit, title="no JSON", body='{ "not a JSON', accept=accept, status=BAD)
    yield Audit(id="8764", title="a typo", body={"qeury": "{ __typename }"}, status=FAILED)
    yield Audit(id="3E3A", title="a typo", body={"qeury": "{ __typename }"}, status=BAD)
    syntax = {"query": "{"}
    yield Audit(id="572B", title="syntax, old form", body=syntax, accept=JSON)
    yield Audit(id="FDE2", title="no such field, old form", body=NO_FIELD, accept=JSON)
    yield Audit(id="7B9B", title="no value, old form", body=NO_VALUE, accept=JSON)
    for audit, body, status in (
        ("865D", syntax, FAILED),
        ("556A", syntax, BAD),
        ("D586", syntax, FAILED),
        ("51FE", NO_FIELD, FAILED),
        ("74FF", NO_FIELD, BAD),
        ("5E5B", NO_FIELD, FAILED),
        ("86EE", NO_VALUE, BAD),
    ):
        yield Audit(
            id=audit,
            title="refused, new form",
            body=body,
            accept=GRAPHQL,
            status=status,
            check=_without("data"),
        )


def _clean(audit: str, title: str, body: object, accept: str) -> Audit:
    return Audit(id=audit, title=title, body=body, accept=accept, check=_without("errors"))


AUDITS = [*_of_media(), *_of_methods(), *_of_parameters(), *_of_refusals()]


@pytest.fixture
async def client(gql: GraphQLClient) -> AsyncIterator[httpx.AsyncClient]:
    """A client that adds no headers of its own."""
    transport = httpx.ASGITransport(gql.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://kvartal.test") as made:
        made.headers.pop("accept")
        yield made


def test_the_list_is_complete() -> None:
    assert len(AUDITS) == 61
    assert len({audit.id for audit in AUDITS}) == 61


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("audit", AUDITS, ids=lambda audit: f"{audit.id} {audit.title}")
async def test_the_specification_is_kept(
    client: httpx.AsyncClient, gql: GraphQLClient, audit: Audit, signed_in: bool
) -> None:
    headers = {"accept": audit.accept, "content-type": audit.content_type}
    if signed_in:
        headers["authorization"] = f"Bearer {gql.token_of(Actor(ActorKind.EMPLOYEE))}"
    body: Any = audit.body
    content = body if isinstance(body, str) else json.dumps(body) if body is not None else None

    response = await client.request(
        audit.method,
        "/graphql",
        params=audit.params,
        content=content if audit.method == "POST" else None,
        headers={name: value for name, value in headers.items() if value is not None},
    )

    assert response.status_code in audit.status
    assert audit.check(response)


async def test_fields_and_errors_together_are_294(client: httpx.AsyncClient) -> None:
    body = {"query": '{ __typename node(id: "nonsense") { id } }'}

    new = await client.post("/graphql", json=body, headers={"accept": GRAPHQL})
    old = await client.post("/graphql", json=body, headers={"accept": JSON})

    assert (new.status_code, old.status_code) == (294, 200)
    assert "errors" in new.json()
    assert new.json()["data"]["__typename"] == "Query"


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
async def test_another_method_is_405(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_health_answers_head(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.head(path)).status_code == 200
