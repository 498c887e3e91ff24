"""Answers as they are sent: to one execution, and to each event of a subscription."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from graphql import ExecutionResult, Executor, execute_subscription_event
from strawberry.execution import optimized_is_awaitable

from kvartal.context import Context
from kvartal.graphql.completion import CodedAnswer, KeptAnswers, was_made_by_plans
from kvartal.graphql.errors import wire_errors
from kvartal.graphql.transports.wire import OperationRequest, WireDict
from kvartal.metrics import SUBSCRIPTIONS

__all__ = ["AtOnce", "answered", "events", "refused", "settled", "tell"]

AtOnce = Callable[[CodedAnswer], bool]
"""Sends an answer at once if nothing is in its way; whether it has."""


def answered(result: ExecutionResult, request: OperationRequest, context: Context) -> WireDict:
    """The answer to an operation that was executed."""
    answer: WireDict = {"data": result.data}
    if result.errors:
        answer |= refused(result.errors, context, request)
    return answer


def refused(
    errors: Sequence[Exception], context: Context, request: OperationRequest | None
) -> WireDict:
    """The answer to an operation that was not, because of these errors."""
    name = request.operation_name if request else None
    return {
        "errors": wire_errors(
            errors, locale=context.locale, request_id=context.request_id, operation=name
        )
    }


async def events(
    executor: Executor[Any],
    kept: KeptAnswers | None,
    source: AsyncGenerator[Any, None],
    request: OperationRequest,
    context: Context,
) -> AsyncGenerator[WireDict, None]:
    """The answer to each event; ``kept`` has those that others were given."""
    try:
        with SUBSCRIPTIONS.track_inprogress():
            async with aclosing(source):
                async for event in source:
                    known = kept.get(event) if kept is not None else None
                    yield known or await _answer_to(event, executor, kept, request, context)
    except Exception as error:
        yield refused([error], context, request)


def tell(executor: Executor[Any], kept: KeptAnswers, at_once: AtOnce, event: object) -> bool:
    """Tell an event whose answer is known, or is made of the event alone; whether that was done."""
    answer = kept.get(event)
    if answer is None and kept.has_kind_of(event):
        own = executor.build_per_event_executor(event)
        result = execute_subscription_event(own)
        # Whatever is odd about this one is the executor's, on the long way.
        if isinstance(result, ExecutionResult) and not result.errors and was_made_by_plans(own):
            answer = kept.keep(event, {"data": result.data})
    return answer is not None and at_once(answer)


async def settled(value: Any) -> Any:
    """The value, awaited if the executor met an asynchronous resolver."""
    return await value if optimized_is_awaitable(value) else value


async def _answer_to(
    event: object,
    executor: Executor[Any],
    kept: KeptAnswers | None,
    request: OperationRequest,
    context: Context,
) -> WireDict:
    # What a loader knew of the last event is stale for this one.
    context.loaders.clear()
    own = executor.build_per_event_executor(event)
    result = await settled(execute_subscription_event(own))
    answer = answered(result, request, context)
    if kept is not None and not result.errors and was_made_by_plans(own):
        return kept.keep(event, answer)
    return answer
