"""The engine: from a request and its context to the answer, whatever the transport.

It drives graphql-core directly: Strawberry's own entry points parse and validate each time, run one
of several unnamed operations, and log every refusal with a traceback.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import aclosing
from typing import Any

import strawberry
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    OperationType,
    create_source_event_stream,
    execute_subscription_event,
    map_source_to_response_event,
)
from strawberry.execution import optimized_is_awaitable

from kvartal.context import Context
from kvartal.errors import BadInput, RequestError, Unauthenticated
from kvartal.graphql.documents import Document, Documents, InvalidDocument, Operation
from kvartal.graphql.errors import wire_errors
from kvartal.graphql.limits import Limits, refuse_above
from kvartal.graphql.transports.wire import OperationRequest, WireDict

__all__ = ["Engine"]


class Engine:
    """Executes operations over one schema."""

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: Limits | None = None,
        *,
        documents: Documents | None = None,
    ) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("schema extensions and operation directives would be ignored")
        self._schema = schema._schema
        self._executor_class: type[Executor[Any]] = schema.execution_context_class
        self._limits = limits or Limits()
        self.documents = documents or Documents(self._schema, self._limits)

    def kind_of(self, request: OperationRequest) -> OperationType | None:
        """Query, mutation or subscription; None if the request is refused anyway."""
        try:
            return self.documents.get(request.query).operation(request.operation_name).kind
        except (InvalidDocument, RequestError):
            return None

    async def execute(self, request: OperationRequest, context: Context) -> WireDict:
        """The answer to a query or a mutation; without ``data`` if it was not executed at all."""
        try:
            document, operation = self._prepare(request, context)
            if operation.kind is OperationType.SUBSCRIPTION:
                raise BadInput("SUBSCRIPTION_NEEDS_STREAM")
            return await self._run(document, request, context)
        except Exception as error:
            return self.refusal(error, context, request)

    async def subscribe(
        self, request: OperationRequest, context: Context
    ) -> AsyncGenerator[WireDict, None] | WireDict:
        """The answers to a subscription; the one answer to anything else, or a refusal."""
        try:
            document, operation = self._prepare(request, context)
            if operation.kind is not OperationType.SUBSCRIPTION:
                return await self._run(document, request, context)
            executor = self._build(document, request, context)
            if isinstance(executor, list):
                return self._refused(executor, context, request)
            source = await _settled(create_source_event_stream(executor))
            if isinstance(source, ExecutionResult):
                return self._refused(source.errors or [], context, request)
            return self._events(executor, source, request, context)
        except Exception as error:
            return self.refusal(error, context, request)

    def refusal(
        self, error: Exception, context: Context, request: OperationRequest | None = None
    ) -> WireDict:
        """The answer to a request that was not executed because of this error."""
        return self._refused([error], context, request)

    def _prepare(self, request: OperationRequest, context: Context) -> tuple[Document, Operation]:
        document = self.documents.get(request.query)
        operation = document.operation(request.operation_name)
        if document.introspects and context.actor.is_anonymous:
            raise Unauthenticated("INTROSPECTION_NEEDS_SIGN_IN")
        refuse_above("COST", self._limits.cost, operation.measure.cost(request.variables))
        if (
            operation.kind is OperationType.MUTATION
            and context.idempotency_key is not None
            and operation.measure.root_fields > 1
        ):
            raise BadInput("IDEMPOTENCY_ONE_MUTATION")
        return document, operation

    def _build(
        self, document: Document, request: OperationRequest, context: Context
    ) -> Executor[Any] | list[GraphQLError]:
        return self._executor_class.build(
            self._schema,
            document.ast,
            context_value=context,
            raw_variable_values=dict(request.variables),
            operation_name=request.operation_name,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # Strawberry says bool
            hide_suggestions=True,
            operation_extensions=request.extensions,
        )

    async def _run(
        self, document: Document, request: OperationRequest, context: Context
    ) -> WireDict:
        executor = self._build(document, request, context)
        if isinstance(executor, list):
            return self._refused(executor, context, request)
        return self._answer(await _settled(executor.execute_operation()), request, context)

    async def _events(
        self,
        executor: Executor[Any],
        source: AsyncIterable[Any],
        request: OperationRequest,
        context: Context,
    ) -> AsyncGenerator[WireDict, None]:
        def run(per_event: Executor[Any]) -> Any:
            # What a loader knew of the last event is stale for this one.
            context.loaders.clear()
            return execute_subscription_event(per_event)

        try:
            async with aclosing(map_source_to_response_event(executor, source, run)) as results:
                async for result in results:
                    yield self._answer(result, request, context)
        except Exception as error:
            yield self.refusal(error, context, request)

    def _answer(
        self, result: ExecutionResult, request: OperationRequest, context: Context
    ) -> WireDict:
        answer: WireDict = {"data": result.data}
        if result.errors:
            answer |= self._refused(result.errors, context, request)
        return answer

    def _refused(
        self, errors: Sequence[Exception], context: Context, request: OperationRequest | None
    ) -> WireDict:
        name = request.operation_name if request else None
        return {
            "errors": wire_errors(
                errors, locale=context.locale, request_id=context.request_id, operation=name
            )
        }


async def _settled(value: Any) -> Any:
    """The value, awaited if the executor met an asynchronous resolver."""
    return await value if optimized_is_awaitable(value) else value
