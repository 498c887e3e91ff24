"""Whether an answer is what the schema promises for its document."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import graphql

__all__ = ["SCHEMA", "faults_of"]

SCHEMA = graphql.build_schema(Path("schema.graphql").read_text("utf-8"))
SHAPES = {
    "Date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "DateTime": re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{2}:\d{2}|Z)"),
    "Decimal": re.compile(r"-?\d+(\.\d+)?"),
    "UUID": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "YearMonth": re.compile(r"\d{4}-\d{2}"),
}
PRIMITIVES: dict[str, type | tuple[type, ...]] = {
    "Boolean": bool,
    "Float": (int, float),
    "ID": str,
    "Int": int,
    "String": str,
}


def faults_of(query: str, data: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the data of an answer, a sentence each."""
    [operation] = [
        each
        for each in graphql.parse(query).definitions
        if isinstance(each, graphql.OperationDefinitionNode)
    ]
    root = SCHEMA.get_root_type(operation.operation)
    yield from _of_object(root, [operation.selection_set], data, "")


def _of_object(kind: Any, selections: list[Any], value: dict[str, Any], path: str) -> Iterator[str]:
    collected: dict[str, list[Any]] = {}
    for selection in selections:
        for field in _fields(kind, selection):
            key = field.alias.value if field.alias else field.name.value
            collected.setdefault(key, []).append(field)
    if collected.keys() != value.keys():
        yield f"{path}: {sorted(value)} instead of {sorted(collected)}"
        return
    for key, fields in collected.items():
        name = fields[0].name.value
        below = [each.selection_set for each in fields if each.selection_set]
        if name == "__typename":
            if value[key] != kind.name:
                yield f"{path}: {value[key]} instead of {kind.name}"
        else:
            yield from _of_value(kind.fields[name].type, below, value[key], f"{path}.{key}")


def _fields(kind: Any, selections: Any) -> Iterator[Any]:
    for each in selections.selections:
        if isinstance(each, graphql.FieldNode):
            yield each
        else:
            assert isinstance(each, graphql.InlineFragmentNode)
            wanted = (
                SCHEMA.get_type(each.type_condition.name.value) if each.type_condition else kind
            )
            if wanted is kind or (
                graphql.is_abstract_type(wanted) and SCHEMA.is_sub_type(wanted, kind)
            ):
                yield from _fields(kind, each.selection_set)


def _of_value(kind: Any, selections: list[Any], value: Any, path: str) -> Iterator[str]:
    if graphql.is_non_null_type(kind):
        if value is None:
            yield f"{path}: null"
            return
        kind = kind.of_type
    if value is None:
        return
    if graphql.is_leaf_type(kind):
        if not _fits(kind, value):
            yield f"{path}: {value!r} is no {kind}"
    else:
        yield from _of_many(kind, selections, value, path)


def _of_many(kind: Any, selections: list[Any], value: Any, path: str) -> Iterator[str]:
    if graphql.is_list_type(kind):
        for each in value if isinstance(value, list) else [object()]:
            yield from _of_value(kind.of_type, selections, each, f"{path}[]")
    elif graphql.is_object_type(kind):
        yield from _of_object(kind, selections, value, path)
    elif "__typename" in value:
        yield from _of_object(SCHEMA.get_type(value["__typename"]), selections, value, path)


def _fits(kind: Any, value: Any) -> bool:
    if graphql.is_enum_type(kind):
        return value in kind.values
    if kind.name in SHAPES:
        return isinstance(value, str) and SHAPES[kind.name].fullmatch(value) is not None
    is_boolean = isinstance(value, bool)
    return isinstance(value, PRIMITIVES[kind.name]) and is_boolean == (kind.name == "Boolean")
