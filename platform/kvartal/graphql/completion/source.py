"""Generated functions that complete a selection of basic fields.

A field is basic if its value is an attribute of its object: no resolver, argument, permission or
extension. What a selection collects is graphql-core's to say; this only writes down the result.
"""

from collections.abc import Callable
from keyword import iskeyword
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    TypeNameMetaFieldDef,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, GroupedFieldSet
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

from kvartal.graphql.completion.leaves import Odd, leaf_expression, refuse_odd

__all__ = ["Collect", "Complete", "Impure", "Source"]

Collect = Callable[[GraphQLObjectType, FieldDetailsList], CollectedFields]
Complete = Callable[[Any], Any]

_MAX_DEPTH = 30  # graphql-core runs out of stack sooner than a plan does
_UNDERSTOOD = frozenset({"skip", "include"})


class Impure(Exception):
    """The selection holds more than basic fields, or too much."""


class Source:
    """The text of one plan and the objects that it names."""

    def __init__(self, schema: GraphQLSchema, collect: Collect, max_fields: int) -> None:
        self._schema = schema
        self._collect = collect
        self._max_fields = max_fields
        self._depth = 0
        self._lines: list[str] = []
        self._names: dict[int, str] = {}
        self._bound: dict[str, object] = {
            "__builtins__": {each.__name__: each for each in (bool, getattr, int, str, type)},
            "sequence": _sequence,
        }
        self.fields = 0

    def of_value(self, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete:
        """The function from a field's value to its completed value; Impure if there is none."""
        _refuse_directives(details)
        expression = self._value(kind, details, "value")
        return self._function(f"def plan(value):\n    return {expression}")

    def of_fields(
        self, parent: GraphQLObjectType, grouped: GroupedFieldSet
    ) -> tuple[Complete, list[str]]:
        """The function from an object to its completed basic fields, and the keys of the others.

        For those it leaves a place, so that the keys keep their order.
        """
        entries, others = [], []
        for key, details in grouped.items():
            written, counted = len(self._lines), self.fields
            try:
                entries.append(f"{key!r}: {self._field(parent, details)}")
            except Impure:
                del self._lines[written:]
                self.fields = counted
                entries.append(f"{key!r}: None")
                others.append(key)
        return self._function(f"def plan(o):\n    return {{{', '.join(entries)}}}"), others

    def _function(self, text: str) -> Complete:
        code = compile("\n".join([*self._lines, text]), "<completion>", "exec")
        exec(code, self._bound)  # noqa: S102 -- of the schema's own names; response keys by repr
        plan: Complete = self._bound["plan"]  # type: ignore[assignment] # just defined
        return plan

    def _bind(self, value: object) -> str:
        # By identity: what is bound lives as long as its name.
        name = self._names.get(id(value))
        if name is None:
            name = self._names[id(value)] = f"k{len(self._names)}"
            self._bound[name] = value
        return name

    def _value(self, kind: GraphQLOutputType, details: FieldDetailsList, given: str) -> str:
        """The expression that completes the value of ``given``, evaluating it once."""
        if is_non_null_type(kind):
            return self._present(kind.of_type, details, given)
        first, again = _named(given)
        return f"(None if {first} is None else {self._present(kind, details, again)})"

    def _present(self, kind: GraphQLOutputType, details: FieldDetailsList, given: str) -> str:
        """The same where None is an error."""
        if is_leaf_type(kind):
            return leaf_expression(kind, *_named(given), self._bind)
        if is_list_type(kind):
            self._depth += 1
            item = f"i{self._depth}"
            completed = self._value(kind.of_type, details, item)
            self._depth -= 1
            return f"[{completed} for {item} in sequence({given})]"
        if is_object_type(kind):
            return f"{self._object(kind, details)}({given})"
        raise Impure

    def _object(self, kind: GraphQLObjectType, details: FieldDetailsList) -> str:
        """The name of the function that completes an object of this type."""
        collected = self._collect(kind, details)
        if collected.new_defer_usages or self._depth >= _MAX_DEPTH:
            raise Impure
        self._depth += 1
        entries = [
            f"{key!r}: {self._field(kind, each)}"
            for key, each in collected.grouped_field_set.items()
        ]
        self._depth -= 1
        name = f"o{len(self._lines)}"
        exact, check = _checks_of(kind)
        self._lines.append(
            f"def {name}(o):\n"
            f"    if type(o) is not {self._bind(exact)}"
            f" or getattr(o, {TYPE_CAST_ATTRIBUTE!r}, None) is not None:\n"
            f"        {self._bind(check)}(o)\n"
            f"    return {{{', '.join(entries)}}}"
        )
        return name

    def _field(self, parent: GraphQLObjectType, details: FieldDetailsList) -> str:
        """The expression that completes a field of the object ``o``."""
        self.fields += 1
        if self.fields > self._max_fields:
            raise Impure
        _refuse_directives(details)
        node = details[0].node
        definition = self._schema.get_field(parent, node.name.value)
        if definition is TypeNameMetaFieldDef:
            return repr(parent.name)
        if definition is None or definition.args or node.arguments:
            raise Impure
        return self._value(definition.type, details, f"o.{_attribute_of(definition)}")


def _named(given: str) -> tuple[str, str]:
    """How to evaluate an expression the first time, and its value's name from then on."""
    return (given, given) if given.isidentifier() else (f"(v := {given})", "v")


def _refuse_directives(details: FieldDetailsList) -> None:
    """Impure if the field is deferred, streamed, in a fragment with arguments, or the like."""
    for each in details:
        if each.defer_usage is not None or each.fragment_variable_values is not None:
            raise Impure
        if any(directive.name.value not in _UNDERSTOOD for directive in each.node.directives or ()):
            raise Impure


def _attribute_of(definition: GraphQLField) -> str:
    """The attribute that a basic field returns; Impure if its resolver does anything else."""
    field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if (
        isinstance(field, StrawberryField)
        and field.is_basic_field
        and field.default_resolver is getattr
        and type(field).get_result is StrawberryField.get_result
        and getattr(definition.resolve, "_is_default", False)
        and field.python_name.isidentifier()
        and not iskeyword(field.python_name)
    ):
        return field.python_name
    raise Impure


def _checks_of(kind: GraphQLObjectType) -> tuple[type, Complete]:
    """The class whose objects are surely of the type, and the check of all others."""
    definition = kind.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    # A check of the type's own may ask who is asking, which a plan does not know.
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of:
        raise Impure
    origin = definition.origin
    if issubclass(origin, Exception) or _is_dynamic(origin):
        raise Impure
    is_type_of = kind.is_type_of

    def check(value: object) -> None:
        refuse_odd(value)
        if is_type_of is not None and is_type_of(value, None) is not True:  # type: ignore[arg-type] # Strawberry's asks for no info
            raise Odd

    return origin, check


def _is_dynamic(origin: type) -> bool:
    """Whether its objects may turn out to be awaitable."""
    return (
        hasattr(origin, "__await__")
        or hasattr(origin, "__getattr__")
        or getattr(origin, "__getattribute__", None) is not object.__getattribute__
    )


def _sequence(value: object) -> object:
    """A list or a tuple; what else can be walked may be walked only once."""
    if type(value) is list or type(value) is tuple:
        return value
    raise Odd
