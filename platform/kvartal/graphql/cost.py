"""The cost of an operation as a sum whose page sizes may be variables.

It is built once per document; with the variables of a request it is evaluated in time linear to the
number of fragments and variable pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

__all__ = ["Cost", "FieldKind", "Page", "Program", "variable_defaults"]

_PAGE_ARGUMENTS = ("first", "last", "ids")
_Term = tuple[str | None, int]  # a variable and the node that it multiplies


@dataclass(frozen=True, slots=True)
class Page:
    """How many items a list may have: a number plus the values of variables."""

    fixed: int
    variables: tuple[str, ...] = ()


@dataclass(slots=True)
class Cost:
    """``fixed`` + Σ count × variable × node, the nodes being shared sums."""

    fixed: int = 0
    terms: dict[_Term, int] = field(default_factory=dict)

    def add(self, other: "Cost") -> None:
        """Add another cost to this one."""
        self.fixed += other.fixed
        for term, count in other.terms.items():
            self.terms[term] = self.terms.get(term, 0) + count

    def times(self, page: Page, nodes: "list[Cost]") -> "Cost":
        """This cost once for each item of the page."""
        if self.fixed == 0 and not self.terms:
            return Cost()
        product = Cost(
            self.fixed * page.fixed,
            {term: count * page.fixed for term, count in self.terms.items()} if page.fixed else {},
        )
        if page.variables:
            node = self._into(nodes)
            for variable in page.variables:
                product.add(Cost(0, {(variable, node): 1}))
        return product

    def shared(self, nodes: "list[Cost]") -> "Cost":
        """The same cost in a form that stays small however often it is added to others."""
        return Cost(0, {(None, self._into(nodes)): 1}) if self.terms else self

    def _into(self, nodes: "list[Cost]") -> int:
        nodes.append(Cost(self.fixed, dict(self.terms)))
        return len(nodes) - 1


@dataclass(frozen=True, slots=True)
class Program:
    """An operation's cost, ready to be evaluated with the variables of a request."""

    root: Cost
    nodes: tuple[Cost, ...]
    defaults: Mapping[str, Any]
    page: int

    @classmethod
    def of(
        cls, root: Cost, nodes: Sequence[Cost], defaults: Mapping[str, Any], page: int
    ) -> "Program":
        """The program of a finished cost; without variables it needs no nodes."""
        return cls(root, tuple(nodes) if root.terms else (), defaults, page)

    @property
    def is_constant(self) -> bool:
        """No variable has a say in it."""
        return not self.root.terms

    def cost(self, variables: Mapping[str, Any]) -> int:
        """The cost with these variables, as the client sent them."""
        if not self.root.terms:
            return self.root.fixed
        sizes: dict[str | None, int] = {None: 1}
        values: list[int] = []
        for node in (*self.nodes, self.root):
            total = node.fixed
            for (variable, index), count in node.terms.items():
                size = sizes.get(variable)
                if size is None:
                    size = sizes[variable] = self._size(variable, variables)
                total += count * size * values[index]
            values.append(total)
        return values[-1]

    def _size(self, variable: str | None, variables: Mapping[str, Any]) -> int:
        assert variable is not None
        value = variables.get(variable, self.defaults.get(variable))
        if isinstance(value, list):
            return len(value)
        # What is no size will be refused when it is coerced; until then a page is a fair guess.
        return value if isinstance(value, int) and value >= 0 else self.page


def variable_defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The default values that an operation declares for its variables."""
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What the schema says of a field, as far as its cost is concerned."""

    type: GraphQLNamedType | None
    is_list: bool
    pages: bool
    introspects: bool

    @classmethod
    def of(cls, schema: GraphQLSchema, parent: GraphQLNamedType | None, name: str) -> "FieldKind":
        """The kind of a field; one that does not exist is left to validation."""
        definition: GraphQLField | None = None
        if parent is not None and (hasattr(parent, "fields") or name == "__typename"):
            definition = schema.get_field(parent, name)  # type: ignore[arg-type]  # by the guard
        if definition is None:
            return cls(None, is_list=False, pages=False, introspects=False)
        named = get_named_type(definition.type)
        return cls(
            named,
            is_list=is_list_type(get_nullable_type(definition.type)),
            pages=any(argument in definition.args for argument in _PAGE_ARGUMENTS),
            introspects=named.name.startswith("__"),
        )

    def page(self, node: FieldNode, default: int) -> Page | None:
        """How many items the field's arguments ask for; None if it has no such argument."""
        if not self.pages:
            return None
        asked = [
            page
            for argument in node.arguments or ()
            if argument.name.value in _PAGE_ARGUMENTS
            and (page := _page_of(argument.value)) is not None
        ]
        return _together(asked) if asked else Page(default)


def _page_of(value: object) -> Page | None:
    match value:
        case IntValueNode():
            return Page(max(int(value.value[:18]), 0))
        case ListValueNode():
            return Page(len(value.values))
        case VariableNode():
            return Page(0, (value.name.value,))
    return None


def _together(pages: Iterable[Page]) -> Page:
    fixed = 0
    variables: list[str] = []
    for page in pages:
        fixed += page.fixed
        variables += page.variables
    return Page(fixed, tuple(variables))
