"""What is counted while it lasts."""

from collections.abc import AsyncGenerator

from kvartal.context import Context
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.sockets import Sockets
from kvartal.graphql.transports.wire import OperationRequest
from kvartal.metrics import REGISTRY


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Silent:
    async def close(self, code: int, reason: str) -> None:
        """Nothing is there to be closed."""


async def test_a_subscription_is_counted_while_it_runs(engine: Engine) -> None:
    labels = {"transport": "sse", "kind": "subscription", "outcome": "ok"}
    running = value("kvartal_subscriptions")
    begun = value("kvartal_graphql_operation_seconds_count", **labels)

    answers = await engine.subscribe(OperationRequest("subscription { forever }"), Context(), "sse")
    assert isinstance(answers, AsyncGenerator)
    await anext(answers)
    during = value("kvartal_subscriptions")
    await answers.aclose()

    assert (during, value("kvartal_subscriptions")) == (running + 1, running)
    assert value("kvartal_graphql_operation_seconds_count", **labels) == begun + 1


def test_a_socket_is_counted_while_it_is_open() -> None:
    before = value("kvartal_sockets")

    sockets, socket = Sockets(), Silent()
    sockets.add(socket)
    assert value("kvartal_sockets") == before + 1
    sockets.remove(socket)

    assert value("kvartal_sockets") == before
