"""The plans of one document: made when first needed, kept as long as the document."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    is_object_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from kvartal.graphql.completion.kept import KeptAnswers
from kvartal.graphql.completion.source import Complete, Impure, Source

__all__ = ["Plans", "Split", "Variant"]

MAX_FIELDS = 500
"""Fields in the plans of one document: it bounds their memory, whatever its fragments multiply."""
MAX_VARIANTS = 8

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """An object's selection: its basic fields as a plan, and the keys of the others."""

    basic: Complete
    others: tuple[str, ...]


class Variant:
    """The plans of one operation with one choice of what ``@skip`` and ``@include`` leave.

    Nodes are known by their identity: the document that they belong to outlives its plans.
    """

    def __init__(self) -> None:
        self._room = MAX_FIELDS
        self._values: dict[GraphQLOutputType, dict[Key, Complete | None] | None] = {}
        self._splits: dict[Key, Split | None] = {}
        self.kept = KeptAnswers()

    @property
    def has_any(self) -> bool:
        """Whether a plan has been made."""
        return self._room < MAX_FIELDS

    def of_value(
        self, executor: Executor[Any], kind: GraphQLOutputType, details: FieldDetailsList
    ) -> Complete | None:
        """The plan for the values of a field; None if it is not of basic fields alone."""
        try:
            known = self._values[kind]
        except KeyError:
            is_object = is_object_type(get_named_type(kind))
            known = self._values[kind] = {} if is_object else None
        if known is None:
            return None
        key = tuple([id(each.node) for each in details])
        if key not in known:
            known[key] = self._value(executor, kind, details)
        return known[key]

    def of_fields(
        self, executor: Executor[Any], parent: GraphQLObjectType, grouped: GroupedFieldSet
    ) -> Split | None:
        """The split of an object's selection; None if hardly any of its fields is basic."""
        nodes = [id(each.node) for details in grouped.values() for each in details]
        key = (parent, *nodes)
        if key not in self._splits:
            self._splits[key] = self._split(executor, parent, grouped)
        return self._splits[key]

    def _value(
        self, executor: Executor[Any], kind: GraphQLOutputType, details: FieldDetailsList
    ) -> Complete | None:
        source = Source(executor.schema, executor.collect_subfields, self._room)
        try:
            plan = source.of_value(kind, details)
        except (Impure, GraphQLError):  # what cannot be collected is the executor's to report
            return None
        self._room -= source.fields
        return plan

    def _split(
        self, executor: Executor[Any], parent: GraphQLObjectType, grouped: GroupedFieldSet
    ) -> Split | None:
        source = Source(executor.schema, executor.collect_subfields, self._room)
        try:
            basic, others = source.of_fields(parent, grouped)
        except GraphQLError:
            return None
        if len(grouped) - len(others) < 2:
            return None
        self._room -= source.fields
        return Split(basic, tuple(others))


class Plans:
    """The plans of a document, for each choice of the variables that its directives ask."""

    def __init__(self) -> None:
        self._variants: dict[Key, Variant] = {}
        self._choices: dict[int, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._variants)

    @property
    def has_any(self) -> bool:
        """Whether any operation of the document is completed by plans, if only in part."""
        return any(variant.has_any for variant in self._variants.values())

    def of(self, executor: Executor[Any]) -> Variant:
        """The plans of the executor's operation with its variables."""
        operation = id(executor.operation)
        names = self._choices.get(operation)
        if names is None:
            names = self._choices[operation] = tuple(sorted(_asked(executor)))
        coerced = executor.variable_values.coerced
        key = (operation, *(coerced.get(name, Undefined) for name in names))
        variant = self._variants.get(key)
        if variant is None:
            if len(self._variants) >= MAX_VARIANTS:
                del self._variants[next(iter(self._variants))]
            variant = self._variants[key] = Variant()
        return variant


def _asked(executor: Executor[Any]) -> set[str]:
    """The variables that the directives of an operation and of its fragments ask."""
    fragments = executor.fragment_definitions
    pending: list[SelectionSetNode] = [executor.operation.selection_set]
    seen: set[str] = set()
    asked: set[str] = set()
    while pending:
        for selection in pending.pop().selections:
            asked.update(_variables_of(selection.directives or ()))
            nested = getattr(selection, "selection_set", None)
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in seen:
                    continue
                seen.add(name)
                nested = fragments[name].selection_set
            if nested is not None:
                pending.append(nested)
    return asked


def _variables_of(directives: Iterable[DirectiveNode]) -> Iterator[str]:
    for directive in directives:
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                yield argument.value.name.value
