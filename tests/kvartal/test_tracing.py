"""Spans, as a collector gets them."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kvartal.testing.client import GraphQLClient
from kvartal.tracing import TracingError, exporting_spans, span

SECRET = "the-flat-of-peter"


class Collector:
    """An OTLP collector that keeps what it gets."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.raw = b""
        keep = self._keep

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                keep(gzip.decompress(body) if self.headers["content-encoding"] else body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    def _keep(self, body: bytes) -> None:
        self.raw += body
        self.requests.append(ExportTraceServiceRequest.FromString(body))

    @property
    def spans(self) -> list[tuple[str, dict[str, Any], int]]:
        """Name, facts, and status of each: 0 unset, 2 error."""
        return [
            (
                each.name,
                {
                    fact.key: fact.value.int_value or fact.value.string_value
                    for fact in each.attributes
                },
                each.status.code,
            )
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for each in scope.spans
        ]

    @property
    def services(self) -> set[str]:
        return {
            fact.value.string_value
            for request in self.requests
            for resource in request.resource_spans
            for fact in resource.resource.attributes
            if fact.key == "service.name"
        }


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that listens."""
    made = Collector()
    thread = Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


async def test_an_operation_is_a_span_with_its_name_kind_and_request_id(
    gql: GraphQLClient, collector: Collector
) -> None:
    with exporting_spans("web", collector.endpoint, 1.0):
        await gql(
            "query Look($secret: Boolean!) { __typename @include(if: $secret) }",
            {"secret": True},
            headers={"X-Request-Id": "request-1"},
        )
        await gql("{ nothing }", headers={"X-Request-Id": "request-2"})

    facts = {"kvartal.request_id": "request-1", "kvartal.transport": "http"}
    assert collector.spans == [
        (
            "graphql query",
            facts | {"kvartal.kind": "query", "kvartal.operation": "Look", "kvartal.outcome": "ok"},
            0,
        ),
        (
            "graphql",
            facts | {"kvartal.request_id": "request-2", "kvartal.outcome": "refused"},
            0,
        ),
    ]
    assert collector.services == {"kvartal-web"}


async def test_no_span_holds_what_was_asked_for(gql: GraphQLClient, collector: Collector) -> None:
    with exporting_spans("web", collector.endpoint, 1.0):
        await gql("query Q($id: ID!) { node(id: $id) { id } }", {"id": SECRET})

    assert [name for name, _, _ in collector.spans] == ["graphql query"]
    assert SECRET.encode() not in collector.raw


def test_what_an_exception_says_stays_in_the_log(collector: Collector) -> None:
    with exporting_spans("worker", collector.endpoint, 1.0):
        with pytest.raises(ValueError, match=SECRET), span("deliver tests.work", attempts=1):
            raise ValueError(SECRET)
        with pytest.raises(KeyboardInterrupt), span("stopped"):
            raise KeyboardInterrupt

    assert collector.spans == [
        ("deliver tests.work", {"kvartal.attempts": 1}, 2),
        ("stopped", {}, 0),
    ]
    assert SECRET.encode() not in collector.raw


def test_a_ratio_of_none_exports_none(collector: Collector) -> None:
    with exporting_spans("worker", collector.endpoint, 0.0), span("unseen"):
        pass

    assert collector.spans == []


def test_without_an_endpoint_a_span_is_nothing() -> None:
    with exporting_spans("worker", None, 1.0), span("unseen", fact=1) as traced:
        traced.failed = True

    assert (traced.name, traced.facts) == ("unseen", {"fact": 1})


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with (
        pytest.raises(TracingError, match=r"pip install 'kvartal\[tracing\]'$"),
        exporting_spans("web", "http://127.0.0.1:1/v1/traces", 1.0),
    ):
        pass


def test_without_an_endpoint_no_exporter_is_imported() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, kvartal.asgi, kvartal.worker, kvartal.scheduler;"
            # What the client of Redis imports by itself is its own affair.
            "print([n for n in sys.modules if n.startswith(('opentelemetry.exporter',"
            " 'opentelemetry.sdk.trace'))])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
