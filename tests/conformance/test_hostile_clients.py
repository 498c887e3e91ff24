"""What graphql-cop and the OWASP cheat sheet try on a running server, beside ``test_attacks``.

There the documents are dear; here the client is a scanner or a thief, and the server is real.
"""

import asyncio
from typing import Any

import httpx
import pytest
from tests.conformance.conftest import PASSWORD, Production

SIGN_IN = "signInEmployee(input: {{email: {email!r}, password: {password!r}, channel: CRM}})"
GUESS_CODE = 'signInResident(input: {{phone: "+79001234567", code: "{code:06}"}})'
ASK_CODE = 'requestSignInCode(input: {phone: "+79001234567"})'
ASK_RESET = 'requestPasswordReset(input: {email: "own@example.org"})'
ROOT_FIELDS = 20

# Where tools leave their consoles, their schemas and their secrets.
PLACES = [
    "/",
    "/.env",
    "/admin",
    "/altair",
    "/api/graphql",
    "/console",
    "/debug",
    "/docs",
    "/files",
    "/files/",
    "/files/..%2f..%2fetc%2fpasswd",
    "/graphiql",
    "/graphql/console",
    "/graphql/schema.json",
    "/metrics",
    "/openapi.json",
    "/playground",
    "/schema.graphql",
    "/static/",
    "/voyager",
    "/v1/graphql",
]
GARBAGE = [
    "qwerty cop_test",
    "query { __typename ",
    "query cop { __typename { nothing } }",
    "mutation { __typename @deprecated(reason: 1) }",
    'query { node(id: {a: "b"}) { id } }',
    "{ node(id: $missing) { id } }",
    "{ node(id: 1e400) { id } }",
    'subscription { homeWidgetChanged(premiseId: "x") { __typename } }',
    "type Query { hack: Int }",
    "query ($a: [[[[ID!]!]!]!]!) { nodes(ids: $a) { id } }",
]
INSIDE = ("Traceback", 'File "', ".py", "asyncpg", "tortoise", "strawberry", "SELECT", "0x")


def batch(*calls: str) -> str:
    """One request that calls the mutations by aliases."""
    aliases = (f"a{number}: {call} {{ errors {{ code }} }}" for number, call in enumerate(calls))
    return f"mutation {{ {' '.join(aliases)} }}".replace("'", '"')


def outcomes(answer: dict[str, Any]) -> list[str]:
    """The codes of refusals in the payloads, and of errors above them."""
    payloads = (answer.get("data") or {}).values()
    told = [error["code"] for payload in payloads for error in payload["errors"]]
    return told + [error["extensions"]["code"] for error in answer.get("errors", ())]


async def test_more_aliases_of_signing_in_than_root_fields_are_refused_whole(
    production: Production,
) -> None:
    calls = [SIGN_IN.format(email="own@example.org", password="x") for _ in range(ROOT_FIELDS + 1)]

    answer = await production.post(batch(*calls))

    assert answer["errors"][0]["extensions"]["reason"] == "TOO_COMPLEX_ROOT_FIELDS"
    assert "data" not in answer


async def test_passwords_guessed_by_aliases_are_counted_one_by_one(production: Production) -> None:
    # The right one comes last, when the place has spent its ten.
    wrong = [SIGN_IN.format(email="own@example.org", password=f"догадка {n}") for n in range(12)]
    right = SIGN_IN.format(email="own@example.org", password=PASSWORD)

    answer = await production.post(batch(*wrong, right))

    assert answer["data"] is None
    assert outcomes(answer) == ["RATE_LIMITED"]
    [error] = answer["errors"]
    assert error["path"] == ["a10"]


async def test_codes_guessed_by_aliases_use_up_the_code(production: Production) -> None:
    asked = await production.post(batch(ASK_CODE))
    again = await production.post(batch(ASK_CODE, ASK_CODE))
    answer = await production.post(
        batch(*(GUESS_CODE.format(code=number) for number in range(ROOT_FIELDS)))
    )

    assert outcomes(asked) == []
    assert outcomes(again) == ["RATE_LIMITED"]
    assert outcomes(answer) == ["INVALID_CODE"] * ROOT_FIELDS


async def test_letters_are_not_ordered_by_the_dozen(production: Production) -> None:
    answer = await production.post(batch(*[ASK_RESET] * ROOT_FIELDS))

    assert outcomes(answer) == ["RATE_LIMITED"]


@pytest.mark.parametrize("place", PLACES)
async def test_nothing_lies_about(production: Production, place: str) -> None:
    async with httpx.AsyncClient(base_url=production.url) as client:
        answers = [
            await client.get(place, headers={"accept": accept}) for accept in ("text/html", "*/*")
        ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert {answer.text for answer in answers} == {"Not Found"}


async def test_there_is_no_console(production: Production) -> None:
    async with httpx.AsyncClient(base_url=production.url) as client:
        answer = await client.get("/graphql", headers={"accept": "text/html"})
        asked = await client.get(
            "/graphql", params={"query": "{ __typename }"}, headers={"accept": "text/html"}
        )

    for each in (answer, asked):
        assert "html" not in each.headers["content-type"]
        assert "<" not in each.text


@pytest.mark.parametrize("query", GARBAGE)
@pytest.mark.parametrize("who", [None, "employee", "resident"])
async def test_garbage_is_explained_without_the_inside(
    production: Production, query: str, who: str | None
) -> None:
    answer = await production.post(query, getattr(production.own, who) if who else None)

    assert answer.get("data") is None
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {
        "BAD_INPUT",
        "NOT_FOUND",
        "UNAUTHENTICATED",
    }
    assert not [word for word in INSIDE if word in str(answer)]


async def _raw(production: Production, request: bytes) -> bytes:
    """All that the server says to some bytes, until it closes the connection."""
    host, port = production.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    ("case", "headers"),
    [
        ("two lengths", b"Content-Length: 5\r\nContent-Length: 38\r\n"),
        ("a length and chunks", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ("chunks in disguise", b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n"),
        ("a length that is none", b"Content-Length: +5\r\n"),
        ("a folded header", b"X-A: b\r\n c: d\r\nContent-Length: 5\r\n"),
        ("a space before the colon", b"Content-Length : 5\r\n"),
    ],
)
async def test_no_second_request_is_smuggled_in(
    production: Production, case: str, headers: bytes
) -> None:
    request = (
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\n" + headers + b"\r\n0\r\n\r\n" + SMUGGLED
    )

    said = await _raw(production, request)

    assert said.count(b"HTTP/1.1 ") == 1, case
    assert said.startswith(b"HTTP/1.1 4")


async def test_a_foreign_host_and_forged_addresses_change_nothing(production: Production) -> None:
    forged = {
        "host": "evil.example",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": "evil.example",
        "forwarded": "for=127.0.0.1;host=evil.example",
        "x-http-method-override": "DELETE",
        "x-original-url": "/metrics",
    }
    async with httpx.AsyncClient(base_url=production.url) as client:
        answer = await client.post(
            "/graphql", json={"query": "{ __typename }"}, headers=forged, follow_redirects=False
        )

    assert answer.json() == {"data": {"__typename": "Query"}}
    assert "evil" not in str(answer.headers)


async def test_after_all_that_people_are_served(production: Production) -> None:
    for who, kind in (("employee", "EmployeeViewer"), ("resident", "ResidentViewer")):
        answer = await production.post("{ viewer { __typename } }", getattr(production.own, who))
        assert answer == {"data": {"viewer": {"__typename": kind}}}
