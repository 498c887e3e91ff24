"""What the processes count and measure, in Prometheus' form: names and bounded labels alone."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    Summary,
    disable_created_metrics,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from kvartal.db.connection import pool_use
from kvartal.errors import KvartalError

__all__ = [
    "DELIVERIES",
    "DOCUMENTS",
    "HTTP_ANSWERS",
    "LIVE_CONNECTED",
    "LIVE_DISCONNECTS",
    "OPERATIONS",
    "OUTBOX_DUE",
    "OUTBOX_FAILED",
    "OUTBOX_OLDEST_DUE",
    "OUTBOX_OLDEST_UNTRIED",
    "OUTBOX_OPEN",
    "REGISTRY",
    "RELAYED",
    "SOCKETS",
    "SUBSCRIPTIONS",
    "SWEPT",
    "MetricsError",
    "metrics_for",
    "serving_metrics",
]


class MetricsError(KvartalError):
    """The metrics cannot be served where the settings say."""


disable_created_metrics()  # type: ignore[no-untyped-call] # when a series began: told by nobody else
REGISTRY = CollectorRegistry()

OPERATIONS = Histogram(
    "kvartal_graphql_operation_seconds",
    "Time from a read request to its answer; of a subscription, until it runs.",
    ("transport", "kind", "outcome"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=REGISTRY,
)
HTTP_ANSWERS = Counter(
    "kvartal_http_answers", "Answers of /graphql by status.", ("status",), registry=REGISTRY
)
SOCKETS = Gauge("kvartal_sockets", "Open WebSockets.", registry=REGISTRY)
SUBSCRIPTIONS = Gauge("kvartal_subscriptions", "Running subscriptions.", registry=REGISTRY)
DOCUMENTS = Counter(
    "kvartal_documents",
    "GraphQL documents asked for, by whether they were known: hit, miss.",
    ("cache",),
    registry=REGISTRY,
)
DELIVERIES = Summary(
    "kvartal_delivery_seconds",
    "Time of an attempt at a delivery: done, failed (tried again) or given_up.",
    ("target", "outcome"),
    registry=REGISTRY,
)
SWEPT = Counter(
    "kvartal_swept_rows",
    "Rows deleted because their time was over.",
    ("kind",),
    registry=REGISTRY,
)
RELAYED = Counter("kvartal_relayed", "Deliveries sent to the workers.", registry=REGISTRY)
OUTBOX_OPEN = Gauge("kvartal_outbox_open", "Deliveries not done yet.", registry=REGISTRY)
OUTBOX_DUE = Gauge("kvartal_outbox_due", "Deliveries that wait for the relay.", registry=REGISTRY)
OUTBOX_OLDEST_DUE = Gauge(
    "kvartal_outbox_oldest_due_seconds",
    "How long the oldest of them has waited for the relay.",
    registry=REGISTRY,
)
OUTBOX_OLDEST_UNTRIED = Gauge(
    "kvartal_outbox_oldest_untried_seconds",
    "Age of the oldest delivery that no worker has tried.",
    registry=REGISTRY,
)
OUTBOX_FAILED = Gauge("kvartal_outbox_failed", "Deliveries given up.", registry=REGISTRY)
LIVE_CONNECTED = Gauge(
    "kvartal_live_connected", "Whether live changes are heard: 1 or 0.", registry=REGISTRY
)
LIVE_DISCONNECTS = Counter(
    "kvartal_live_disconnects",
    "Lost connections of the live hub, failed attempts at a new one included.",
    registry=REGISTRY,
)


class _Pool(Collector):
    """The pool of connections to PostgreSQL, read when somebody asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges, if the database is open in this process."""
        use = pool_use()
        if use is None:
            return
        yield GaugeMetricFamily(
            "kvartal_database_connections_in_use", "Connections at work.", value=use.in_use
        )
        yield GaugeMetricFamily(
            "kvartal_database_connections_open", "Connections open.", value=use.open
        )
        yield GaugeMetricFamily(
            "kvartal_database_connections_max", "Connections that there may be.", value=use.most
        )


REGISTRY.register(_Pool())
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


def metrics_for(request: Request, token: str) -> Response:
    """The metrics, for who brings the token."""
    given = request.headers.get("authorization", "").encode()
    if not secrets.compare_digest(given, f"Bearer {token}".encode()):
        return Response(status_code=401, headers={"www-authenticate": "Bearer"})
    return Response(generate_latest(REGISTRY), headers={"content-type": CONTENT_TYPE_LATEST})


@contextmanager
def serving_metrics(host: str, port: int | None) -> Iterator[None]:
    """Serve the metrics on an address of their own while the block runs, if there is a port."""
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, host, registry=REGISTRY)
    except OSError as error:
        raise MetricsError(
            f"Metrics cannot be served on {host}:{port} ({error.strerror}): every process of a"
            " machine needs a KVARTAL_METRICS_PORT of its own"
        ) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
