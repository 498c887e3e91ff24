"""What graphql-cop, GraphQL Armor and the OWASP cheat sheet look for, over HTTP and WebSocket."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from kvartal.auth.actor import Actor, ActorKind
from kvartal.testing.client import GraphQLClient

ALIASES = "{" + " ".join(f"a{number}: __typename" for number in range(101)) + "}"
REPEATED = "{" + "__typename " * 1001 + "}"
DIRECTIVES = "{ __typename " + "@include(if: true) " * 60 + "}"
UNKNOWN_DIRECTIVES = "{ __typename " + "@aa" * 60 + "}"
CIRCULAR = "query cop { __schema { types {" + "fields { type {" * 4 + "name" + "} }" * 4 + "} } }"
DEEP = "{ node(id: 1) { ... on Meter {" + " premise { meters {" * 12 + "id" + "} }" * 12 + "} } }"
CYCLE = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
LONG = "{ __typename }" + " " * 40_000
COMMENTS = "{ __typename }" + "#\n" * 4_000
BOMB = (
    "{ ...F0 }"
    + "".join(f" fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    + " fragment F40 on Query { __typename }"
)
OPERATIONS = " ".join(f"query Q{number} {{ __typename }}" for number in range(11))
PAGES = "{ premises(first: 500) { nodes { meters { readings(first: 500) { nodes { id } } } } } }"

ATTACKS = [
    ("101 aliases", ALIASES, "TOO_COMPLEX_ALIASES"),
    ("1001 equal fields", REPEATED, "TOO_COMPLEX_COMPARISONS"),
    ("60 directives", DIRECTIVES, "TOO_COMPLEX_DIRECTIVES"),
    ("60 directives that do not exist", UNKNOWN_DIRECTIVES, "TOO_COMPLEX_DIRECTIVES"),
    ("circular introspection", CIRCULAR, None),
    ("depth", DEEP, "TOO_COMPLEX_DEPTH"),
    ("a long document", LONG, "TOO_COMPLEX_DOCUMENT"),
    ("comments without end", COMMENTS, None),
    ("a circle of fragments", CYCLE, None),
    ("many operations", OPERATIONS, "TOO_COMPLEX_OPERATIONS"),
    ("pages of pages", PAGES, "TOO_COMPLEX_COST"),
]
EMPLOYEE = Actor(ActorKind.EMPLOYEE)


def _extensions(answer: dict[str, Any]) -> dict[str, Any]:
    assert "data" not in answer
    extensions: dict[str, Any] = answer["errors"][0]["extensions"]
    return extensions


@pytest.mark.parametrize(("case", "query", "reason"), ATTACKS)
async def test_a_dear_document_is_refused_at_once(
    gql: GraphQLClient, case: str, query: str, reason: str | None
) -> None:
    began = asyncio.get_running_loop().time()

    extensions = _extensions(await gql(query, actor=EMPLOYEE))

    assert extensions.get("reason") == reason, case
    if reason is not None:
        assert extensions["code"] == "TOO_COMPLEX"
        assert extensions["value"] > extensions["limit"]
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_bomb_of_fragments_costs_nothing(gql: GraphQLClient) -> None:
    began = asyncio.get_running_loop().time()

    await gql(BOMB, actor=EMPLOYEE)

    assert asyncio.get_running_loop().time() - began < 2


async def test_a_page_of_too_many_rows_is_refused(gql: GraphQLClient) -> None:
    answer = await gql("{ premises(first: 501) { nodes { id } } }", actor=EMPLOYEE)

    (error,) = answer["errors"]
    assert error["extensions"]["reason"] == "PAGE_SIZE"
    assert (error["extensions"]["limit"], error["extensions"]["value"]) == (500, 501)


@pytest.fixture
def client(gql: GraphQLClient) -> httpx.AsyncClient:
    """A client without a credential."""
    transport = httpx.ASGITransport(gql.app)
    return httpx.AsyncClient(transport=transport, base_url="http://kvartal.test")


async def test_a_batch_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=[{"query": "{ __typename }"}] * 10)

    assert response.status_code == 400
    assert _extensions(response.json())["reason"] == "BATCH_UNSUPPORTED"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"query=%7B__typename%7D"),
        ("text/plain", b'{"query": "{ __typename }"}'),
        ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="query"'),
    ],
)
async def test_a_foreign_page_cannot_post(
    client: httpx.AsyncClient, content_type: str, body: bytes
) -> None:
    response = await client.post(
        "/graphql", content=body, headers={"content-type": content_type, "origin": "https://evil"}
    )

    assert 400 <= response.status_code < 500
    assert "data" not in response.json()
    assert "access-control-allow-origin" not in response.headers


async def test_a_mutation_by_get_is_405(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { signOut { __typename } }"})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_stranger_cannot_read_the_schema(client: httpx.AsyncClient) -> None:
    whole = await client.post("/graphql", json={"query": "{ __schema { types { name } } }"})
    one = await client.post("/graphql", json={"query": '{ __type(name: "Meter") { name } }'})

    assert _extensions(whole.json())["code"] == "UNAUTHENTICATED"
    assert one.json() == {"data": {"__type": None}}


MISSPELLED = [
    "{ viewr { __typename } }",
    "{ node(idd: 1) { id } }",
    '{ node(id: "x") { ... on Metr { id } } }',
    '{ node(id: "x") { ...Othr } } fragment Other on Meter { id }',
    "query ($a: Sting) { __typename }",
    "{ readings(orderBy: NEWST_FIRST) { nodes { id } } }",
    '{ readings(filter: {buildngId: "x"}) { nodes { id } } }',
    "{ __typename @inclde(if: true) }",
    "{ viewer { ... on EmployeeViewer { fulName } } }",
    "mutation { signOt { __typename } }",
    'mutation { createBuilding(input: {adress: "x"}) { __typename } }',
]


@pytest.mark.parametrize("query", MISSPELLED)
async def test_names_do_not_leak_by_suggestions(gql: GraphQLClient, query: str) -> None:
    answer = await gql(query)

    assert "data" not in answer
    messages = " ".join(error["message"] for error in answer["errors"])
    assert not re.search(r"did you mean|perhaps|similar", messages, re.IGNORECASE)


async def test_names_do_not_leak_by_variables_either(gql: GraphQLClient) -> None:
    query = "query ($f: ReadingFilter) { readings(filter: $f) { nodes { id } } }"

    answer = await gql(query, {"f": {"buildngId": "x"}}, actor=EMPLOYEE)

    assert "did you mean" not in str(answer).lower()
    assert "buildingId" not in str(answer)


async def test_a_failure_tells_nothing_of_the_inside(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", content=b"{", headers={"content-type": "text/x"})

    for word in ("Traceback", "File ", "python", "postgres", "starlette", "uvicorn"):
        assert word not in response.text
    assert "server" not in response.headers
    assert "x-powered-by" not in response.headers


async def test_there_is_no_trace_of_the_execution(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"apollo-tracing": "1"}
    )

    assert response.json() == {"data": {"__typename": "Query"}}
