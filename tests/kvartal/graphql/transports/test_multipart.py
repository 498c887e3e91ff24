"""Requests with files, over HTTP on a schema that tells what it has got."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from kvartal.context import Context
from kvartal.errors import BadInput, TooComplex
from kvartal.files.uploads import UploadedFile
from kvartal.graphql.scalars import SCALAR_MAP
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.http import HttpEndpoint
from kvartal.graphql.transports.multipart import MultipartLimits, boundary_of, read_multipart
from kvartal.graphql.transports.wire import ConnectionRequest

ONE = "mutation ($file: Upload!) { keep(file: $file) }"
SEVERAL = "mutation ($input: Several!) { keepSeveral(input: $input) }"
HEADERS = {"GraphQL-Require-Preflight": "1", "Authorization": "Bearer x"}

received: list[UploadedFile] = []


@strawberry.input
class Several:
    files: list[UploadedFile]
    title: str


@strawberry.type
class Query:
    hello: str = "world"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def keep(self, file: UploadedFile) -> str:
        received.append(file)
        file.content.seek(0)
        return f"{file.name}: {file.content.read().decode()}"

    @strawberry.mutation
    def keep_several(self, input: Several) -> list[str]:
        received.extend(input.files)
        return [f"{input.title} {file.name} {file.size}" for file in input.files]


@pytest.fixture
def limits() -> MultipartLimits:
    return MultipartLimits(field_bytes=2_000, file_bytes=600_000, files=2, all_bytes=700_000)


@pytest.fixture
async def client(limits: MultipartLimits) -> AsyncIterator[httpx.AsyncClient]:
    async def context_for(request: ConnectionRequest) -> Context:
        return Context(request_id=request.request_id)

    schema = strawberry.Schema(Query, Mutation, config=StrawberryConfig(scalar_map=SCALAR_MAP))
    endpoint = HttpEndpoint(Engine(schema), context_for, uploads=limits)
    app = Starlette(routes=[Route("/graphql", endpoint)])
    received.clear()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as found:
        yield found


Parts = list[tuple[str, tuple[str | None, str | bytes]]]


def form(
    query: str, variables: dict[str, Any], paths: dict[str, list[str]], *files: bytes
) -> Parts:
    operations = json.dumps({"query": query, "variables": variables})
    return [
        ("operations", (None, operations)),
        ("map", (None, json.dumps(paths))),
        *((str(place), (f"f{place}.txt", content)) for place, content in enumerate(files)),
    ]


def single(content: bytes = b"abc") -> Parts:
    return form(ONE, {"file": None}, {"0": ["variables.file"]}, content)


async def post(client: httpx.AsyncClient, parts: Parts, **headers: str) -> httpx.Response:
    return await client.post("/graphql", files=parts, headers={**HEADERS, **headers})


def reason(answer: httpx.Response) -> tuple[int, str, Any]:
    [error] = answer.json()["errors"]
    facts = error["extensions"]
    return answer.status_code, facts.get("reason", facts["code"]), facts.get("parameter")


async def test_a_file_comes_with_its_name_size_and_hash(client: httpx.AsyncClient) -> None:
    answer = await post(client, single("абв".encode()))

    assert answer.json() == {"data": {"keep": "f0.txt: абв"}}
    [file] = received
    assert (file.size, file.sha256) == (6, hashlib.sha256("абв".encode()).hexdigest())
    assert file.content.closed
    assert "content" not in repr(file)


async def test_several_files_come_in_a_list_inside_the_input(client: httpx.AsyncClient) -> None:
    variables = {"input": {"title": "акт", "files": [None, None]}}
    paths = {"0": ["variables.input.files.0"], "1": ["variables.input.files.1"]}

    answer = await post(client, form(SEVERAL, variables, paths, b"a", b"bb"))

    assert answer.json() == {"data": {"keepSeveral": ["акт f0.txt 1", "акт f1.txt 2"]}}
    assert all(file.content.closed for file in received)


async def test_one_file_may_stand_in_several_places(client: httpx.AsyncClient) -> None:
    variables = {"input": {"title": "", "files": [None, None]}}
    paths = {"0": ["variables.input.files.0", "variables.input.files.1"]}

    answer = await post(client, form(SEVERAL, variables, paths, b"a"))

    assert answer.json() == {"data": {"keepSeveral": [" f0.txt 1", " f0.txt 1"]}}


async def test_a_large_file_goes_to_the_disk(client: httpx.AsyncClient) -> None:
    content = b"x" * 600_000

    answer = await post(client, single(content))

    assert answer.json()["data"]["keep"].endswith("xxx")
    assert received[0].sha256 == hashlib.sha256(content).hexdigest()


async def test_a_page_cannot_post_a_form_behind_the_users_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", files=single(), headers={"Authorization": "Bearer x"})
    by_apollo = await client.post(
        "/graphql",
        files=single(),
        headers={"Authorization": "Bearer x", "Apollo-Require-Preflight": "true"},
    )

    assert reason(answer) == (415, "PREFLIGHT_REQUIRED", None)
    assert by_apollo.status_code == 200


async def test_who_has_not_said_who_they_are_uploads_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql", files=single(), headers={"GraphQL-Require-Preflight": "1"}
    )

    assert answer.status_code == 401
    assert received == []


@pytest.mark.parametrize(
    ("case", "parts", "expected"),
    [
        ("no operations", single()[1:], (400, "REQUEST_MALFORMED", "operations")),
        ("no map", [single()[0], single()[2]], (400, "REQUEST_MALFORMED", "map")),
        ("no map and no file", single()[:1], (400, "REQUEST_MALFORMED", "map")),
        ("no file", single()[:2], (400, "REQUEST_MALFORMED", "map")),
        (
            "a file that is not mapped",
            [*single(), ("1", ("f", b"x"))],
            (400, "REQUEST_MALFORMED", "map"),
        ),
        ("a part twice", [*single(), single()[2]], (400, "REQUEST_MALFORMED", "0")),
        (
            "another field",
            [("x", (None, "y")), *single()],
            (400, "REQUEST_MALFORMED", "x"),
        ),
        (
            "a field after a file",
            [single()[1], single()[2], single()[0]],
            (400, "REQUEST_MALFORMED", "operations"),
        ),
        (
            "a map that is no object",
            [single()[0], ("map", (None, "[]")), single()[2]],
            (400, "REQUEST_MALFORMED", "map"),
        ),
        (
            "operations that are not JSON",
            [("operations", (None, "{")), *single()[1:]],
            (400, "JSON_MALFORMED", None),
        ),
        (
            "a batch",
            [
                ("operations", (None, '[{"query": "{hello}", "variables": {"file": null}}]')),
                ("map", (None, '{"0": ["0.variables.file"]}')),
                single()[2],
            ],
            (400, "BATCH_UNSUPPORTED", None),
        ),
        ("too many files", form(ONE, {}, {}, b"", b"", b""), (413, "TOO_COMPLEX_FILES", None)),
        ("a file too large", single(b"x" * 600_001), (413, "TOO_COMPLEX_FILE", None)),
        (
            "files too large together",
            form(ONE, {}, {}, b"x" * 400_000, b"x" * 300_001),
            (413, "TOO_COMPLEX_UPLOAD", None),
        ),
        (
            "fields too large",
            [("operations", (None, "x" * 2_001)), *single()[1:]],
            (413, "TOO_COMPLEX_BODY", None),
        ),
    ],
)
async def test_a_request_out_of_order_is_refused(
    client: httpx.AsyncClient, case: str, parts: Parts, expected: tuple[int, str, Any]
) -> None:
    answer = await post(client, parts)

    assert reason(answer) == expected
    assert received == []


@pytest.mark.parametrize(
    "places",
    [
        [],
        "variables.file",
        [1],
        ["variables.other"],
        ["variables.file.x"],
        ["variables.list.9"],
        ["variables.list.x"],
        ["variables.list.-1"],
        ["variables.text"],
        ["query"],
        [""],
    ],
)
async def test_a_file_goes_where_the_operations_have_null(
    client: httpx.AsyncClient, places: Any
) -> None:
    variables = {"file": None, "list": [None], "text": "x"}

    answer = await post(client, form(ONE, variables, {"0": places}, b"x"))

    assert reason(answer) == (400, "REQUEST_MALFORMED", "map")


@pytest.mark.parametrize(
    ("query", "variables"),
    [(ONE, {"file": "C:/file.pdf"}), ('mutation { keep(file: "x") }', {}), (ONE, {"file": None})],
)
async def test_a_file_cannot_be_sent_as_text(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any]
) -> None:
    answer = await client.post(
        "/graphql", json={"query": query, "variables": variables}, headers=HEADERS
    )

    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert received == []


async def test_an_upload_is_never_sent_back() -> None:
    write: Callable[[object], object] = SCALAR_MAP[UploadedFile].serialize  # type: ignore[assignment] # it has one

    with pytest.raises(ValueError, match="never sent"):
        write("x")


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; Boundary="a b;c"', b"a b;c"),
        ("application/json", None),
        ("multipart/mixed; boundary=abc", None),
    ],
)
def test_the_boundary_is_told_by_the_content_type(
    content_type: str, boundary: bytes | None
) -> None:
    assert boundary_of(content_type, {b"graphql-require-preflight": b"1"}) == boundary


def test_a_form_without_a_boundary_is_refused() -> None:
    with pytest.raises(BadInput):
        boundary_of("multipart/form-data", {b"graphql-require-preflight": b"1"})


async def test_files_are_closed_when_their_request_breaks_off(limits: MultipartLimits) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{}\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="map"\r\n\r\n{}\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="0"; filename="f"\r\n\r\nabc'

    with ExitStack() as files, pytest.raises(BadInput):
        await read_multipart(chunks(), b"b", limits, files)


async def test_a_limit_stops_the_reading_at_once(limits: MultipartLimits) -> None:
    taken = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b'--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
        while True:
            taken += 1
            yield b" " * 1_000

    with ExitStack() as files, pytest.raises(TooComplex):
        await read_multipart(chunks(), b"b", limits, files)

    assert taken < 5
