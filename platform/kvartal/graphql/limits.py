"""One linear measure of a document: size, tokens, depth, aliases, directives and cost.

Taken once per document, before validation. A fragment is walked once however often it is spread:
walking each spread would let 1 KB of nested fragments hang the process.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from kvartal.errors import TooComplex
from kvartal.graphql.cost import Cost, FieldKind, Page, Program, variable_defaults
from kvartal.graphql.overlaps import comparisons

__all__ = ["Limits", "Measure", "OperationMeasure", "measure", "refuse_above"]

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})
_LARGEST_FACT = 2**53 - 1  # a nested bomb costs more than JSON's numbers can say


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a document may ask for; each is a setting, exceeding one names it with both numbers."""

    document_bytes: int = field(default=32_768, metadata={"doc": "bytes of the document's text"})
    tokens: int = field(default=3_000, metadata={"doc": "lexical tokens; as many comments"})
    operations: int = field(default=10, metadata={"doc": "operations in one document"})
    depth: int = field(default=20, metadata={"doc": "nested fields, through fragments"})
    aliases: int = field(default=50, metadata={"doc": "aliases in the document"})
    directives: int = field(default=50, metadata={"doc": "directives in the document"})
    comparisons: int = field(default=4_000, metadata={"doc": "pairs of fields to be compared"})
    root_fields: int = field(default=20, metadata={"doc": "root fields of an operation"})
    cost: int = field(default=75_000, metadata={"doc": "fields × page sizes, nested"})
    page: int = field(default=50, metadata={"doc": "page size where none is asked"})
    list_items: int = field(default=10, metadata={"doc": "assumed length of a list without pages"})


def refuse_above(kind: str, limit: int, value: int) -> None:
    """Raise TooComplex, with the limit and the value, if the value is above the limit."""
    if value > limit:
        raise TooComplex(f"TOO_COMPLEX_{kind}", limit=limit, value=min(value, _LARGEST_FACT))


@dataclass(frozen=True, slots=True)
class OperationMeasure:
    """How wide and how dear one operation is; the cost may depend on its variables."""

    depth: int
    root_fields: int
    program: Program

    def cost(self, variables: Mapping[str, Any]) -> int:
        """The number of fields the operation may resolve with these variables."""
        return self.program.cost(variables)


@dataclass(frozen=True, slots=True)
class Measure:
    """What the limiter learned of a document that is within the limits.

    Of one whose fragments spread themselves it learned no more than that.
    """

    introspects: bool = False
    reads_schema: bool = False
    is_cyclic: bool = False
    operations: Mapping[str | None, OperationMeasure] = field(default_factory=dict)


def measure(document: DocumentNode, schema: GraphQLSchema, limits: Limits) -> Measure:
    """Measure a parsed document; TooComplex if it exceeds a limit whatever its variables are."""
    walk = _Walk(document, schema, limits)
    if walk.is_cyclic:
        return Measure(is_cyclic=True)
    refuse_above("OPERATIONS", limits.operations, len(walk.operations))
    refuse_above("ALIASES", limits.aliases, walk.aliases)
    refuse_above("DIRECTIVES", limits.directives, walk.directives)
    definitions = (*walk.operations, *walk.fragments.values())
    compared = comparisons(definitions, walk.fragments, limits.comparisons)
    refuse_above("COMPARISONS", limits.comparisons, compared)
    operations = {}
    for node in walk.operations:
        measured = walk.operation(node)
        refuse_above("DEPTH", limits.depth, measured.depth)
        refuse_above("ROOT_FIELDS", limits.root_fields, measured.root_fields)
        if measured.program.is_constant:
            refuse_above("COST", limits.cost, measured.cost({}))
        operations[node.name.value if node.name else None] = measured
    return Measure(walk.introspects, walk.reads_schema, operations=operations)


@dataclass(slots=True)
class _Shape:
    """A selection set: cost apart from its lists, cost of its lists per item, depth, fields."""

    here: Cost = field(default_factory=Cost)
    listed: Cost = field(default_factory=Cost)
    depth: int = 0
    fields: int = 0

    def merge(self, other: "_Shape") -> None:
        self.here.add(other.here)
        self.listed.add(other.listed)
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields


class _Walk:
    """The walk over one document: first everything countable, then shapes, fragments first."""

    def __init__(self, document: DocumentNode, schema: GraphQLSchema, limits: Limits) -> None:
        self.schema = schema
        self.limits = limits
        self.aliases = 0
        self.directives = 0
        self.introspects = False
        self.reads_schema = False
        self.is_cyclic = False
        self.operations: list[OperationDefinitionNode] = []
        self.fragments: dict[str, FragmentDefinitionNode] = {}
        self.shapes: dict[str, _Shape] = {}
        self.nodes: list[Cost] = []
        spreads: dict[str, list[str]] = {}
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self.operations.append(definition)
                self._count(definition)
            elif isinstance(definition, FragmentDefinitionNode):
                self.fragments[definition.name.value] = definition
                spreads[definition.name.value] = self._count(definition)
        for name in _innermost_first(spreads):
            # What it spreads has come before, unless the way there leads back here.
            self.is_cyclic |= any(
                spread in self.fragments and spread not in self.shapes for spread in spreads[name]
            )
            self.shapes[name] = self._fragment(self.fragments[name])

    def operation(self, node: OperationDefinitionNode) -> OperationMeasure:
        """The measure of one operation, its fragments being known."""
        shape = self._shape(node.selection_set, self.schema.get_root_type(node.operation))
        cost = shape.here
        cost.add(shape.listed.times(Page(self.limits.list_items), self.nodes))
        program = Program.of(cost, self.nodes, variable_defaults(node), self.limits.page)
        return OperationMeasure(shape.depth, shape.fields, program)

    def _count(self, definition: OperationDefinitionNode | FragmentDefinitionNode) -> list[str]:
        """Count what is countable in a definition; the fragments that it spreads."""
        spreads: list[str] = []
        self.directives += len(definition.directives or ())
        for variable in definition.variable_definitions or ():
            self.directives += len(variable.directives or ())
        pending: list[SelectionSetNode] = [definition.selection_set]
        while pending:
            for selection in pending.pop().selections:
                self.directives += len(selection.directives or ())
                if isinstance(selection, FragmentSpreadNode):
                    spreads.append(selection.name.value)
                    continue
                if isinstance(selection, FieldNode):
                    self.aliases += selection.alias is not None
                    self.introspects |= selection.name.value in INTROSPECTION_FIELDS
                    self.reads_schema |= selection.name.value == "__schema"
                nested: SelectionSetNode | None = selection.selection_set  # type: ignore[attr-defined]  # spreads are gone
                if nested is not None:
                    pending.append(nested)
        return spreads

    def _fragment(self, node: FragmentDefinitionNode) -> _Shape:
        shape = self._shape(node.selection_set, self._type(node.type_condition.name.value))
        shape.here = shape.here.shared(self.nodes)
        shape.listed = shape.listed.shared(self.nodes)
        return shape

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self.schema.get_type(name)

    # Recursion is bounded: the parser refuses selections nested deeper than 200.
    def _shape(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> _Shape:
        shape = _Shape()
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                shape.merge(self._field(selection, parent))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = self._type(condition.name.value) if condition else parent
                shape.merge(self._shape(selection.selection_set, inner))
            elif isinstance(selection, FragmentSpreadNode):
                # A cycle or an unknown fragment has no shape; validation names either.
                shape.merge(self.shapes.get(selection.name.value, _Shape()))
        return shape

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> _Shape:
        shape = _Shape(here=Cost(1), depth=1, fields=1)
        kind = FieldKind.of(self.schema, parent, node.name.value)
        page = kind.page(node, self.limits.page)
        items = Page(1 if kind.introspects else self.limits.list_items)
        if node.selection_set is None:
            return shape
        inner = self._shape(node.selection_set, kind.type)
        shape.depth += inner.depth
        cost = inner.here
        if kind.is_list:
            cost.add(inner.listed.times(items, self.nodes))
            if page is None and not kind.introspects:
                shape.listed.add(cost)
                return shape
            cost = cost.times(page or items, self.nodes)
        else:
            cost.add(inner.listed.times(page or items, self.nodes))
        shape.here.add(cost)
        return shape


def _innermost_first(spreads: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Fragments in an order in which each comes after those it spreads; cycles are cut."""
    seen: set[str] = set()
    for root in spreads:
        if root in seen:
            continue
        seen.add(root)
        path = [(root, iter(spreads[root]))]
        while path:
            name, rest = path[-1]
            following = next((each for each in rest if each in spreads and each not in seen), None)
            if following is None:
                path.pop()
                yield name
            else:
                seen.add(following)
                path.append((following, iter(spreads[following])))
