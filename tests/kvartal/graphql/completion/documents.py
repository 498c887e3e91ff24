"""Documents that mostly fit a schema: fields, aliases, fragments of all forms, directives."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

__all__ = ["MadeDocument", "made_document"]

LITERALS = {
    "Boolean": "true",
    "Date": '"2026-11-23"',
    "DateTime": '"2026-11-23T09:30:00+03:00"',
    "Decimal": '"12.5"',
    "Float": "1.5",
    "ID": '"x"',
    "Int": "7",
    "String": '"text"',
    "UUID": '"00000000-0000-0000-0000-000000000001"',
    "YearMonth": '"2026-11"',
}
DECLARED = ("Boolean!", "Boolean! = true", "Boolean = false", "Boolean = true")

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass(slots=True)
class MadeDocument:
    """A document's text, its operations' names, and the declarations of its variables."""

    text: str
    operations: Sequence[str]
    variables: dict[str, str] = field(default_factory=dict)

    def values(self, rng: random.Random) -> dict[str, object]:
        """Values for the variables: mostly there, sometimes left out, rarely null."""
        found: dict[str, object] = {}
        for name, declared in self.variables.items():
            is_needed = declared == "Boolean!"
            if rng.random() < (0.01 if is_needed else 0.3):
                continue
            found[name] = None if rng.random() < 0.02 else rng.random() < 0.5
        return found


def made_document(
    schema: GraphQLSchema, rng: random.Random, overlaps: dict[Composite, list[Composite]]
) -> MadeDocument:
    """A document of one operation or two; ``overlaps`` remembers the types of the schema."""
    return _Writer(schema, rng, overlaps).document()


class _Writer:
    def __init__(
        self,
        schema: GraphQLSchema,
        rng: random.Random,
        overlaps: dict[Composite, list[Composite]],
    ) -> None:
        self._schema = schema
        self._rng = rng
        self._overlaps = overlaps
        self._variables: dict[str, str] = {}
        self._fragments: list[tuple[GraphQLNamedType, str]] = []

    def document(self) -> MadeDocument:
        is_mutation = self._schema.mutation_type is not None and self._rng.random() < 0.1
        root = self._schema.mutation_type if is_mutation else self._schema.query_type
        assert root is not None
        kind = "mutation" if is_mutation else "query"
        body = self._selection(root, self._rng.randint(2, 5))
        names = ["A", "B"] if self._rng.random() < 0.1 else ["A"]
        declared = ", ".join(f"${name}: {kind}" for name, kind in self._variables.items())
        variables = f"({declared})" if declared else ""
        texts = [f"{kind} {name}{variables} {body}" for name in names]
        texts += [text for _, text in self._fragments]
        self._rng.shuffle(texts)
        return MadeDocument("\n".join(texts), names, self._variables)

    def _selection(self, parent: Composite, depth: int) -> str:
        chosen = [self._selected(parent, depth) for _ in range(self._rng.choice((1, 2, 2, 3, 4)))]
        if self._rng.random() < 0.1:
            chosen.append(self._rng.choice(chosen))
        return "{ " + " ".join(chosen) + " }"

    def _selected(self, parent: Composite, depth: int) -> str:
        draw = self._rng.random()
        if draw < 0.06:
            return f"{self._alias('__typename')}__typename{self._directives()}"
        if depth > 1 and draw < 0.16:
            return self._inline(parent, depth - 1)
        if depth > 1 and draw < 0.26:
            return self._spread(parent, depth - 1)
        if isinstance(parent, GraphQLUnionType):
            return self._inline(parent, depth) if depth > 0 else "__typename"
        return self._field(parent, depth)

    def _field(self, parent: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        fields = parent.fields
        if depth <= 1:
            leaves = {n: f for n, f in fields.items() if is_leaf_type(get_named_type(f.type))}
            fields = leaves or fields
        name = self._rng.choice(sorted(fields))
        definition = fields[name]
        text = f"{self._alias(name)}{name}{self._arguments(definition)}{self._directives()}"
        inner = get_named_type(definition.type)
        if is_leaf_type(inner):
            return text
        assert isinstance(inner, Composite)
        return f"{text} {self._selection(inner, depth - 1) if depth > 0 else '{ __typename }'}"

    def _alias(self, name: str) -> str:
        # An alias stands for one field only, or most documents would be in conflict.
        return f"a{self._rng.randint(0, 1)}_{name}: " if self._rng.random() < 0.15 else ""

    def _arguments(self, definition: GraphQLField) -> str:
        given = [
            f"{name}: {self._literal(argument.type)}"
            for name, argument in definition.args.items()
            if is_required_argument(argument)
        ]
        return f"({', '.join(given)})" if given else ""

    def _literal(self, kind: GraphQLInputType) -> str:
        match kind:
            case GraphQLNonNull():
                return self._literal(kind.of_type)
            case GraphQLList():
                return f"[{self._literal(kind.of_type)}]"
            case GraphQLEnumType():
                return str(next(iter(kind.values)))
            case GraphQLInputObjectType():
                given = [
                    f"{name}: {self._literal(each.type)}"
                    for name, each in kind.fields.items()
                    if is_required_input_field(each)
                ]
                return f"{{ {', '.join(given)} }}"
        return LITERALS.get(kind.name, "null")

    def _directives(self) -> str:
        if self._rng.random() > 0.12:
            return ""
        names = self._rng.choice((("skip",), ("include",), ("skip", "include")))
        return "".join(f" @{name}(if: {self._condition(name)})" for name in names)

    def _condition(self, directive: str) -> str:
        if self._rng.random() < 0.3:
            return str((directive == "include") == (self._rng.random() < 0.7)).lower()
        name = f"v{self._rng.randint(0, 3)}"
        self._variables.setdefault(name, self._rng.choice(DECLARED))
        return f"${name}"

    def _inline(self, parent: Composite, depth: int) -> str:
        if not isinstance(parent, GraphQLUnionType) and self._rng.random() < 0.3:
            return f"...{self._directives()} {self._selection(parent, depth)}"
        condition = self._rng.choice(self._overlapping(parent))
        return f"... on {condition}{self._directives()} {self._selection(condition, depth)}"

    def _spread(self, parent: Composite, depth: int) -> str:
        overlapping = self._overlapping(parent)
        known = [n for n, (kind, _) in enumerate(self._fragments) if kind in overlapping]
        if known and self._rng.random() < 0.6:
            return f"...F{self._rng.choice(known)}{self._directives()}"
        condition = self._rng.choice(overlapping)
        body = self._selection(condition, depth)
        number = len(self._fragments)
        self._fragments.append((condition, f"fragment F{number} on {condition} {body}"))
        return f"...F{number}{self._directives()}"

    def _overlapping(self, parent: Composite) -> list[Composite]:
        known = self._overlaps.get(parent)
        if known is None:
            schema = self._schema
            possible = _possible(schema, parent)
            known = self._overlaps[parent] = [
                each
                for each in schema.type_map.values()
                if isinstance(each, Composite) and not each.name.startswith("__")
                if not possible.isdisjoint(_possible(schema, each))
            ]
        return known


def _possible(schema: GraphQLSchema, kind: Composite) -> set[GraphQLObjectType]:
    return {kind} if isinstance(kind, GraphQLObjectType) else set(schema.get_possible_types(kind))
