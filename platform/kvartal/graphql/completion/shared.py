"""Events that many subscriptions are told of: each selection of them is answered once for all.

That is allowed where the field says ``shared``: its events are given to many and never change.
"""

from typing import Any

from graphql import GraphQLField, GraphQLSchema, get_named_type, is_abstract_type
from graphql.execution import Executor
from strawberry.schema.schema_converter import GraphQLCoreConverter

from kvartal.graphql.completion.executor import CompiledExecutor
from kvartal.graphql.completion.kept import KeptAnswers

__all__ = ["kept_answers_of", "was_made_by_plans"]


def kept_answers_of(executor: Executor[Any], field: str) -> KeptAnswers | None:
    """The answers kept of the operation, which subscribes to that field; None if it keeps none."""
    root = executor.schema.subscription_type
    definition = root.fields.get(field) if root is not None else None
    if (
        definition is None
        or not isinstance(executor, CompiledExecutor)
        or executor.variant is None
        or not _is_shared(definition)
        or _asks_who_looks(executor.schema, definition)
    ):
        return None
    return executor.variant.kept


def was_made_by_plans(executor: Executor[Any]) -> bool:
    """Whether the executor made its answer of the event alone, so that it is everybody's."""
    return isinstance(executor, CompiledExecutor) and executor.is_by_plans


def _is_shared(field: GraphQLField) -> bool:
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return definition is not None and bool(definition.metadata.get("shared"))


def _asks_who_looks(schema: GraphQLSchema, field: GraphQLField) -> bool:
    """Whether code of their own tells of which type the values are: it is given the context."""
    named = get_named_type(field.type)
    kinds = [named, *(schema.get_possible_types(named) if is_abstract_type(named) else ())]
    definitions = [each.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) for each in kinds]
    return any(
        getattr(each, "is_type_of", None) or getattr(each, "resolve_type", None)
        for each in definitions
    )
