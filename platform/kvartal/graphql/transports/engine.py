"""The engine: from a request and its context to the answer, whatever the transport.

It drives graphql-core directly: Strawberry's own entry points parse and validate each time, run one
of several unnamed operations, and log every refusal with a traceback.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import strawberry
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    MiddlewareManager,
    OperationType,
    TypeMetaFieldDef,
    create_source_event_stream,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter

from kvartal.context import Context
from kvartal.errors import BadInput, RequestError, Unauthenticated
from kvartal.graphql.completion import (
    CompiledExecutor,
    kept_answers_of,
)
from kvartal.graphql.documents import Document, Documents, InvalidDocument, Operation
from kvartal.graphql.fields import PUBLIC
from kvartal.graphql.idempotency import Attempt, Ending, answered_once, body_hash_of
from kvartal.graphql.limits import Limits, refuse_above
from kvartal.graphql.rate import RateLimiter, Rates, credential_of
from kvartal.graphql.transports.answers import (
    AtOnce,
    answered,
    events,
    refused,
    settled,
    tell,
)
from kvartal.graphql.transports.watch import Transport, Watched, outcome_of, watched
from kvartal.graphql.transports.wire import OperationRequest, WireDict, refuse_nul
from kvartal.graphql.trusted import TrustedDocuments

__all__ = ["Engine"]


class _NoTypes(MiddlewareManager):
    """For strangers no type exists: ``__type`` is null, whatever its name."""

    def get_field_resolver(self, field_resolver: Any) -> Any:
        """The field's own resolver, save that of ``__type``."""
        return _nothing if field_resolver is TypeMetaFieldDef.resolve else field_resolver


def _nothing(*_: Any, **__: Any) -> None:
    return None


_NO_TYPES = _NoTypes()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request whose operation may be executed."""

    text: str
    document: Document
    operation: Operation


class Engine:
    """Executes operations over one schema."""

    def __init__(
        self,
        schema: strawberry.Schema,
        limits: Limits | None = None,
        *,
        documents: Documents | None = None,
        trusted: TrustedDocuments | None = None,
        rate: RateLimiter | None = None,
        open_introspection: bool = False,
        compiled: bool = True,
    ) -> None:
        if schema.extensions or schema.directives:
            raise ValueError("schema extensions and operation directives would be ignored")
        self._schema = schema._schema
        self._executor_class: type[Executor[Any]] = schema.execution_context_class
        self._is_compiled = compiled and issubclass(self._executor_class, CompiledExecutor)
        self._limits = limits or Limits()
        self._trusted = trusted or TrustedDocuments()
        self._rate = rate or RateLimiter(Rates())
        self._open_introspection = open_introspection
        # An empty cache is false.
        self.documents = Documents(self._schema, self._limits) if documents is None else documents

    def kind_of(self, request: OperationRequest) -> OperationType | None:
        """Query, mutation or subscription; None if the request is refused anyway."""
        try:
            text = self._trusted.text_of(request.query, request.sha256)
            return self.documents.get(text).operation(request.operation_name).kind
        except (InvalidDocument, RequestError):
            return None

    async def execute(self, request: OperationRequest, context: Context) -> WireDict:
        """The answer to a query or a mutation; without ``data`` if it was not executed at all."""
        with watched("http", context) as seen:
            try:
                prepared = await self._prepare(request, context, seen)
                if prepared.operation.kind is OperationType.SUBSCRIPTION:
                    raise BadInput("SUBSCRIPTION_NEEDS_STREAM")
                answer = await self._run_once(prepared, request, context)
            except Exception as error:
                answer = self.refusal(error, context, request)
            seen.end(outcome_of(answer, context))
            return answer

    async def subscribe(
        self,
        request: OperationRequest,
        context: Context,
        over: Transport = "websocket",
        *,
        at_once: AtOnce | None = None,
    ) -> AsyncGenerator[WireDict, None] | WireDict:
        """The answers to a subscription; the one answer to anything else, or a refusal.

        What ``at_once`` takes while the next answer is waited for is not yielded.
        """
        with watched(over, context) as seen:
            answers = await self._subscribe(request, context, seen, at_once)
            seen.end(outcome_of(answers, context) if isinstance(answers, dict) else "ok")
            return answers

    async def _subscribe(
        self, request: OperationRequest, context: Context, seen: Watched, at_once: AtOnce | None
    ) -> AsyncGenerator[WireDict, None] | WireDict:
        try:
            prepared = await self._prepare(request, context, seen)
            if prepared.operation.kind is not OperationType.SUBSCRIPTION:
                return await self._run_once(prepared, request, context)
            executor = self._build(prepared.document, request, context)
            if isinstance(executor, list):
                return refused(executor, context, request)
            source = await settled(create_source_event_stream(executor))
            if isinstance(source, ExecutionResult):
                return refused(source.errors or [], context, request)
            field = prepared.operation.root_fields[0]  # the only one, however often it is written
            kept = kept_answers_of(executor, field)
            if kept is not None and at_once is not None:
                context.tell_at_once = partial(tell, executor, kept, at_once)
            return events(executor, kept, source, request, context)
        except Exception as error:
            return self.refusal(error, context, request)

    def refusal(
        self, error: Exception, context: Context, request: OperationRequest | None = None
    ) -> WireDict:
        """The answer to a request that was not executed because of this error."""
        return refused([error], context, request)

    async def _prepare(
        self, request: OperationRequest, context: Context, seen: Watched
    ) -> _Prepared:
        text = self._trusted.text_of(request.query, request.sha256)
        document = self.documents.get(text)
        self._trusted.remember(text, request.sha256)
        operation = document.operation(request.operation_name)
        seen.know(operation)
        if document.reads_schema and not self._shows_schema_to(context):
            raise Unauthenticated("INTROSPECTION_NEEDS_SIGN_IN")
        cost = operation.measure.cost(request.variables)
        refuse_above("COST", self._limits.cost, cost)
        await self._rate.admit_cost(context.actor, context.remote_address, cost)
        refuse_nul(request.variables)
        return _Prepared(text, document, operation)

    async def _run_once(
        self, prepared: _Prepared, request: OperationRequest, context: Context
    ) -> WireDict:
        attempt = self._attempt(prepared, request, context)
        if attempt is None:
            return await self._run(prepared.document, request, context)

        async def run() -> tuple[WireDict, Ending]:
            answer = await self._run(prepared.document, request, context)
            data = answer.get("data")
            if "errors" in answer and (data is None or None in data.values()):
                return answer, Ending.FAILED
            return answer, Ending.REFUSED if context.refused else Ending.DONE

        return await answered_once(attempt, run)

    def _attempt(
        self, prepared: _Prepared, request: OperationRequest, context: Context
    ) -> Attempt | None:
        """The attempt at a mutation under a key; a public mutation and a stranger have none."""
        operation, key = prepared.operation, context.idempotency_key
        if key is None or operation.kind is not OperationType.MUTATION:
            return None
        if len(operation.root_fields) != 1:
            raise BadInput("IDEMPOTENCY_ONE_MUTATION")
        metadata = self._metadata_of(operation.root_fields[0])
        # Signing in counts guesses outside any transaction, and its answer must not be kept.
        if metadata.get("access") is PUBLIC or context.actor.is_anonymous:
            return None
        if metadata.get("repeatable"):
            return None
        return Attempt(
            actor=credential_of(context.actor, context.remote_address),
            key=key,
            body_hash=body_hash_of(prepared.text, request.operation_name, request.variables),
            is_secret=bool(metadata.get("secret")),
        )

    def _metadata_of(self, mutation: str) -> Mapping[Any, Any]:
        root = self._schema.mutation_type
        field = root.fields.get(mutation) if root is not None else None
        if field is None:  # __typename
            return {}
        definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        return definition.metadata if definition is not None else {}

    def _shows_schema_to(self, context: Context) -> bool:
        return self._open_introspection or not context.actor.is_anonymous

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
            middleware=_NO_TYPES
            if document.introspects and not self._shows_schema_to(context)
            else None,
            operation_extensions=request.extensions,
            **self._custom(document),
        )

    def _custom(self, document: Document) -> dict[str, Any]:
        """What the executor is given beyond what every executor takes."""
        return {"plans": document.plans} if self._is_compiled else {}

    async def _run(
        self, document: Document, request: OperationRequest, context: Context
    ) -> WireDict:
        executor = self._build(document, request, context)
        if isinstance(executor, list):
            return refused(executor, context, request)
        return answered(await settled(executor.execute_operation()), request, context)
