"""Spans of operations and deliveries by OTLP, where an endpoint is set: names and ids, no values.

OpenTelemetry is imported only then.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from kvartal.errors import KvartalError

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

__all__ = ["Process", "Span", "TracingError", "exporting_spans", "span"]

EXPORT_SECONDS = 5.0
Value = str | int
Process = Literal["web", "worker", "scheduler"]

_tracer: "Tracer | None" = None


class TracingError(KvartalError):
    """Spans cannot be exported; the text says what to install."""


class Span:
    """What becomes known of a piece of work while it runs."""

    __slots__ = ("facts", "failed", "name")

    def __init__(self, name: str, facts: dict[str, Value]) -> None:
        self.name = name
        self.facts = facts
        self.failed = False


@contextmanager
def span(name: str, **facts: Value) -> Iterator[Span]:
    """Trace the block, if spans are exported; facts become ``kvartal.<fact>``."""
    found = Span(name, facts)
    if _tracer is None:
        yield found
        return
    # What an exception says may hold what a request said: it is for the log, whose readers are few.
    with _tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    ) as traced:
        try:
            yield found
        except Exception:
            found.failed = True
            raise
        finally:
            traced.update_name(found.name)
            traced.set_attributes({f"kvartal.{key}": value for key, value in found.facts.items()})
            if found.failed:
                from opentelemetry.trace import StatusCode

                traced.set_status(StatusCode.ERROR)


@contextmanager
def exporting_spans(process: Process, endpoint: str | None, ratio: float) -> Iterator[None]:
    """Export the spans of this process while the block runs, if there is an endpoint."""
    global _tracer  # one tracer a process
    if endpoint is None:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError:
        raise TracingError(
            "KVARTAL_TRACING_ENDPOINT needs OpenTelemetry: pip install 'kvartal[tracing]'"
        ) from None
    provider = TracerProvider(
        resource=Resource.create(
            {"service.name": f"kvartal-{process}", "service.version": version("kvartal")}
        ),
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    previous, _tracer = _tracer, provider.get_tracer("kvartal")
    try:
        yield
    finally:
        _tracer = previous
        provider.shutdown()
