"""An operation for every root field of a schema, with arguments about one tenant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    ast_from_value,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    print_ast,
)
from tests.access.values import MISSING, NOT_WALKED, id_kind, value_of
from tests.access.world import Tenant

from kvartal.graphql.fields import PUBLIC, SIGNED_IN, Access, access_of
from kvartal.graphql.schema import Schema

__all__ = [
    "Operation",
    "UnknownName",
    "mixed_operations",
    "node_operation",
    "operations",
    "public_fields",
    "selection",
]

DEPTH = 3
"""Objects nested in one another, that are selected."""
MANY = 4
"""More types than that behind one field are asked for their names alone."""


class UnknownName(Exception):
    """An argument that the walk has no value for: somebody has to think of who may name what."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One root field with its arguments; ``things``: those of them that are ids of a tenant's.

    ``foreign``: the only one of them that is not of the asker's own things.
    """

    kind: str
    field: str
    access: Access | None
    document: str
    variables: Mapping[str, Any]
    things: frozenset[str]
    foreign: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.field}{f' with a foreign {self.foreign}' * bool(self.foreign)}"


def operations(schema: Schema, tenant: Tenant, only: str | None = None) -> Iterator[Operation]:
    """Each root field with all its arguments; of queries, with the fewest ones besides.

    ``only``: that root field alone.
    """
    for kind, name, field in _root_fields(schema):
        if only not in {None, name}:
            continue
        full = _operation(schema, kind, name, field, _Synthesis(name, tenant))
        fewest = _operation(schema, kind, name, field, _Synthesis(name, tenant, full=False))
        yield full
        if kind == "query" and fewest.variables != full.variables:
            yield fewest


def mixed_operations(schema: Schema, own: Tenant, victim: Tenant) -> Iterator[Operation]:
    """The root fields that take several ids: one of them the victim's, the others one's own."""
    for kind, name, field in _root_fields(schema):
        things = _operation(schema, kind, name, field, _Synthesis(name, own)).things
        for foreign in sorted(things) if len(things) > 1 else ():
            synthesis = _Synthesis(name, own, foreign={foreign: victim})
            made = _operation(schema, kind, name, field, synthesis)
            yield replace(made, foreign=foreign)


def _root_fields(schema: Schema) -> Iterator[tuple[str, str, GraphQLField]]:
    graphql = schema._schema
    roots = (graphql.query_type, graphql.mutation_type, graphql.subscription_type)
    for kind, root in zip(("query", "mutation", "subscription"), roots, strict=True):
        for name, field in root.fields.items() if root is not None else ():
            if name not in NOT_WALKED:
                yield kind, name, field


def _operation(
    schema: Schema, kind: str, name: str, field: GraphQLField, synthesis: "_Synthesis"
) -> Operation:
    variables = synthesis.of(field.args)
    # A list without pages is dear: less of what it leads to is asked for.
    unpaged = frozenset({"[]"} if is_list_type(get_nullable_type(field.type)) else ())
    declared = ", ".join(f"${each}: {field.args[each].type}" for each in variables)
    given = ", ".join(f"{each}: ${each}" for each in variables)
    document = (
        f"{kind} Walk{f'({declared})' if declared else ''}"
        f" {{ {name}{f'({given})' if given else ''}"
        f" {selection(schema, get_named_type(field.type), synthesis.tenant, unpaged)} }}"
    )
    access = access_of(field.extensions["strawberry-definition"].metadata)
    return Operation(kind, name, access, document, variables, frozenset(synthesis.things))


class _Synthesis:
    """Values for the arguments of one root field."""

    def __init__(
        self,
        field: str,
        tenant: Tenant,
        *,
        full: bool = True,
        foreign: Mapping[str, Tenant] = MappingProxyType({}),
    ) -> None:
        self.tenant = tenant
        self.things: set[str] = set()
        self._field = field
        self._full = full
        self._foreign = foreign

    def of(self, places: Mapping[str, GraphQLArgument | GraphQLInputField]) -> dict[str, Any]:
        found = {
            name: self._value(name, place.type)
            for name, place in places.items()
            if self._full or is_non_null_type(place.type) or name == "first"
        }
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, name: str, kind: Any) -> Any:
        named = get_named_type(kind)
        if isinstance(named, GraphQLInputObjectType):
            inner = self.of(named.fields)
            return [inner] if is_list_type(get_nullable_type(kind)) else inner
        value = value_of(self._field, name, self._foreign.get(name, self.tenant))
        if value is MISSING:
            raise UnknownName(
                f"{self._field}: nobody has thought of who may use `{name}` for what:"
                " give it a value in tests/access/values.py"
            )
        if isinstance(named, GraphQLEnumType) and (value is not None or is_non_null_type(kind)):
            is_known = isinstance(value, list) or value in named.values
            return value if is_known else next(iter(named.values))
        is_thing = id_kind(self._field, name) is not None or name == "ids"
        if is_thing and value is not None:
            self.things.add(name)
        return value


@cache
def selection(
    schema: Schema, kind: Any, tenant: Tenant, above: frozenset[str] = frozenset()
) -> str:
    """All that a type tells, and what it leads to, each type once on the way."""
    if is_leaf_type(kind):
        return ""
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        possible = schema._schema.get_possible_types(kind)
        if len(possible) > MANY:
            return "{ __typename ... on Node { id } }"
        inner = [
            f"... on {each.name} {selection(schema, each, tenant, above)}" for each in possible
        ]
        return f"{{ __typename {' '.join(inner)} }}"
    assert isinstance(kind, GraphQLObjectType)
    fields = [
        _selected(schema, name, field, tenant, above | {kind.name})
        for name, field in kind.fields.items()
        if get_named_type(field.type).name not in above | {kind.name}
        and (len(above) < DEPTH or is_leaf_type(get_named_type(field.type)))
    ]
    return f"{{ __typename {' '.join(fields)} }}"


def _selected(
    schema: Schema, name: str, field: GraphQLField, tenant: Tenant, above: frozenset[str]
) -> str:
    arguments = []
    for argument, value in _Synthesis(name, tenant).of(field.args).items():
        literal = ast_from_value(value, field.args[argument].type)
        assert literal is not None
        arguments.append(f"{argument}: {print_ast(literal)}")
    given = f"({', '.join(arguments)})" if arguments else ""
    return f"{name}{given} {selection(schema, get_named_type(field.type), tenant, above)}".rstrip()


def node_operation(schema: Schema, kind: str, tenant: Tenant) -> Operation:
    """``node(id:)`` of the tenant's one thing of this kind, with all that it tells."""
    found = schema._schema.get_type(kind)
    document = (
        "query Walk($id: ID!) { node(id: $id)"
        f" {{ __typename ... on {kind} {selection(schema, found, tenant)} }} }}"
    )
    variables = {"id": tenant.id_of(kind)}
    return Operation("query", "node", SIGNED_IN, document, variables, frozenset(variables))


def public_fields(schema: Schema) -> set[str]:
    """The root fields that anybody may use."""
    return {
        name
        for _, name, field in _root_fields(schema)
        if access_of(field.extensions["strawberry-definition"].metadata) is PUBLIC
    }
