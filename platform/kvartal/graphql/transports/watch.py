"""What is counted and traced of every operation, whatever its transport."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from kvartal.context import Context
from kvartal.graphql.documents import Operation
from kvartal.graphql.transports.wire import WireDict
from kvartal.metrics import OPERATIONS
from kvartal.tracing import Span, span

__all__ = ["Outcome", "Transport", "Watched", "outcome_of", "watched"]

Transport = Literal["http", "sse", "websocket"]
Outcome = Literal["ok", "partial", "refused", "failed", "cancelled"]

MAX_NAME = 100


class Watched:
    """An operation while it runs."""

    __slots__ = ("_span", "kind", "outcome")

    def __init__(self, traced: Span) -> None:
        self._span = traced
        self.kind = "unknown"
        self.outcome: Outcome = "cancelled"

    def know(self, operation: Operation) -> None:
        """Which operation of the document it is; until then it may be refused."""
        self.kind = operation.kind.value
        self._span.name = f"graphql {self.kind}"
        self._span.facts["kind"] = self.kind
        if operation.name is not None:
            self._span.facts["operation"] = operation.name[:MAX_NAME]

    def end(self, outcome: Outcome) -> None:
        """How it ended."""
        self.outcome = outcome
        self._span.facts["outcome"] = outcome
        self._span.failed = outcome == "failed"


@contextmanager
def watched(transport: Transport, context: Context) -> Iterator[Watched]:
    """Count, time and trace the block as one operation."""
    started = perf_counter()
    with span("graphql", request_id=context.request_id, transport=transport) as traced:
        seen = Watched(traced)
        try:
            yield seen
        finally:
            seconds = perf_counter() - started
            OPERATIONS.labels(transport, seen.kind, seen.outcome).observe(seconds)


def outcome_of(answer: WireDict, context: Context) -> Outcome:
    """What an answer amounts to: our fault, a refusal, some fields without value, or all well."""
    errors = answer.get("errors")
    if not errors:
        return "refused" if context.refused else "ok"
    if any(each["extensions"]["code"] == "INTERNAL" for each in errors):
        return "failed"
    return "partial" if "data" in answer else "refused"
