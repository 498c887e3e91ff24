"""What the processes count, and who may read it."""

import asyncio
import re
import socket
import urllib.request
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from kvartal import live
from kvartal.app import create_app
from kvartal.auth.actor import ANONYMOUS
from kvartal.context import Context
from kvartal.graphql.transports.watch import outcome_of, watched
from kvartal.host import Host
from kvartal.metrics import REGISTRY, MetricsError, serving_metrics
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import Committed, TestHost
from kvartal.testing.processes import free_port, running_process

TOKEN = "a-token-of-the-metrics"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def operations(kind: str, outcome: str, transport: str = "http") -> float:
    return value(
        "kvartal_graphql_operation_seconds_count", transport=transport, kind=kind, outcome=outcome
    )


def over(host: TestHost, **changed: object) -> httpx.AsyncClient:
    settings = host.host.settings.model_copy(update=changed)
    app = create_app(Host(settings, host.host.registry))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


async def test_without_a_token_set_nobody_reads_the_metrics_of_web(host: TestHost) -> None:
    async with over(host) as client:
        answer = await client.get("/metrics")

    assert answer.status_code == 404


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer a-guess-at-the-token", TOKEN])
async def test_who_does_not_bring_the_token_is_turned_away(
    host: TestHost, given: str | None
) -> None:
    async with over(host, metrics_token=SecretStr(TOKEN)) as client:
        headers = {} if given is None else {"authorization": given}
        answer = await client.get("/metrics", headers=headers)

    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_who_brings_the_token_reads_them(host: TestHost) -> None:
    async with over(host, metrics_token=SecretStr(TOKEN)) as client:
        answer = await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {
        "kvartal_graphql_operation_seconds",
        "kvartal_http_answers",
        "kvartal_sockets",
        "kvartal_subscriptions",
        "kvartal_documents",
        "kvartal_delivery_seconds",
        "kvartal_outbox_due",
        "kvartal_live_disconnects",
        "kvartal_database_connections_in_use",
        "process_resident_memory_bytes",
        "python_info",
    } <= found
    assert not [name for name in found if name.endswith("_created")]


async def test_an_operation_is_counted_by_kind_and_outcome(gql: GraphQLClient) -> None:
    well, refused = operations("query", "ok"), operations("unknown", "refused")

    await gql("query Who { __typename }")
    await gql("{ nothing }")

    assert operations("query", "ok") == well + 1
    assert operations("unknown", "refused") == refused + 1


async def test_no_label_says_what_a_client_said(gql: GraphQLClient) -> None:
    await gql("query PeterIvanov($phone: String) { __typename @skip(if: false) }")
    await gql("query PeterIvanov { __typename }", headers={"X-Request-Id": "request-of-peter"})

    told = "\n".join(str(family.samples) for family in REGISTRY.collect())
    assert "PeterIvanov" not in told
    assert "request-of-peter" not in told


async def test_a_document_is_missed_once_and_then_hit(gql: GraphQLClient) -> None:
    missed, hit = (
        value("kvartal_documents_total", cache="miss"),
        value("kvartal_documents_total", cache="hit"),
    )
    document = "query SeenNeverBefore { __typename }"

    await gql(document)
    await gql(document)

    assert value("kvartal_documents_total", cache="miss") == missed + 1
    assert value("kvartal_documents_total", cache="hit") == hit + 1


async def test_an_answer_is_counted_by_its_status(gql: GraphQLClient) -> None:
    before = value("kvartal_http_answers_total", status="401")

    await gql("{ __typename }", token="nobody's")

    assert value("kvartal_http_answers_total", status="401") == before + 1


@pytest.mark.parametrize(
    ("case", "answer", "refused", "outcome"),
    [
        ("well", {"data": {"a": 1}}, False, "ok"),
        ("a mutation's own refusal", {"data": {"a": None}}, True, "refused"),
        ("not executed", {"errors": [{"extensions": {"code": "FORBIDDEN"}}]}, False, "refused"),
        (
            "a field without value",
            {"data": {"a": None}, "errors": [{"extensions": {"code": "NOT_FOUND"}}]},
            False,
            "partial",
        ),
        (
            "our own fault",
            {"data": None, "errors": [{"extensions": {"code": "INTERNAL"}}]},
            False,
            "failed",
        ),
    ],
)
def test_an_answer_amounts_to_an_outcome(
    case: str, answer: dict[str, object], refused: bool, outcome: str
) -> None:
    assert outcome_of(answer, Context(refused=refused)) == outcome


async def test_an_operation_that_the_client_gives_up_is_told_apart() -> None:
    before = operations("unknown", "cancelled", "websocket")

    with pytest.raises(asyncio.CancelledError), watched("websocket", Context(actor=ANONYMOUS)):
        raise asyncio.CancelledError

    assert operations("unknown", "cancelled", "websocket") == before + 1


async def test_the_pool_is_read_when_asked(host: TestHost) -> None:
    from kvartal.db.connection import current

    name = "kvartal_database_connections_in_use"
    idle = value(name)
    async with current().acquire_connection():
        assert value(name) == idle + 1

    assert value(name) == idle
    assert value("kvartal_database_connections_max") == host.host.settings.database_pool_size


async def test_a_hub_that_is_cut_off_is_counted() -> None:
    before = value("kvartal_live_disconnects_total")
    hub = live.Hub(f"redis://127.0.0.1:{free_port()}", "nowhere")

    async with hub.running():
        async with asyncio.timeout(10):
            while value("kvartal_live_disconnects_total") == before:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.02)

    assert value("kvartal_live_connected") == 0


def test_on_a_port_of_their_own_the_metrics_ask_for_nothing() -> None:
    port = free_port()

    with (
        serving_metrics("127.0.0.1", port),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer,
    ):
        told = answer.read().decode()

    assert "kvartal_graphql_operation_seconds" in told
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)


def test_without_a_port_nothing_listens() -> None:
    with serving_metrics("127.0.0.1", None):
        pass


def test_a_busy_port_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with (
            pytest.raises(
                MetricsError,
                match=re.escape(
                    f"Metrics cannot be served on 127.0.0.1:{port} (Address already in use): every"
                    " process of a machine needs a KVARTAL_METRICS_PORT of its own"
                ),
            ),
            serving_metrics("127.0.0.1", port),
        ):
            pass


@pytest.mark.committed
@pytest.mark.parametrize(
    ("command", "saying"),
    [("worker", "worker.started"), ("scheduler", "scheduler.started"), ("serve", "running on")],
)
async def test_every_process_serves_its_own(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
    tmp_path: Path,
    command: str,
    saying: str,
) -> None:
    port = free_port()
    async with committed() as own:
        environment = own.environment | {"KVARTAL_METRICS_PORT": str(port)}
        async with running_process(command, environment, tmp_path / "log", saying) as process:
            async with httpx.AsyncClient() as client:
                told = (await client.get(f"http://127.0.0.1:{port}/metrics")).text

            await process.stop()

    assert re.search(r"^kvartal_database_connections_open [1-9]", told, re.MULTILINE)
