"""One operation for every root field of the schema, for tools that make clients from documents.

``python tests/conformance/operations.py SCHEMA DIRECTORY`` writes them twice: as
``operations.graphql``, and as ``source/Kvartal.ts`` in the tags that Relay reads.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    is_required_argument,
)

__all__ = ["operations"]

DEPTH = 4


def operations(schema: GraphQLSchema) -> Iterator[str]:
    """The operations, named as Relay wants them: ``KvartalMetersQuery`` in module Kvartal."""
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    for kind, root in zip(("query", "mutation", "subscription"), roots, strict=True):
        for name, field in root.fields.items() if root is not None else ():
            yield _operation(schema, kind, name, field)


def _operation(schema: GraphQLSchema, kind: str, name: str, field: GraphQLField) -> str:
    declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
    passed = ", ".join(f"{each}: ${each}" for each in field.args)
    title = f"Kvartal{_upper(name)}{kind.title()}"
    selection = _selection(schema, get_named_type(field.type), DEPTH)
    return (
        f"{kind} {title}{f'({declared})' if declared else ''} {{"
        f" {name}{f'({passed})' if passed else ''}{selection} }}"
    )


def _selection(schema: GraphQLSchema, kind: GraphQLNamedType, depth: int) -> str:
    if is_leaf_type(kind):
        return ""
    if is_abstract_type(kind):
        parts = [
            f"... on {each.name} {{ {_aliased(each)} }}" for each in schema.get_possible_types(kind)
        ]
        return f" {{ __typename {' '.join(parts)} }}"
    assert is_object_type(kind)
    chosen = [
        f"{name}{_selection(schema, get_named_type(field.type), depth - 1)}"
        for name, field in kind.fields.items()
        if not any(is_required_argument(argument) for argument in field.args.values())
        and (depth > 1 or is_leaf_type(get_named_type(field.type)))
        and not _leads_back(name, field, depth)
    ]
    return f" {{ {' '.join(chosen) or '__typename'} }}"


def _leads_back(name: str, field: GraphQLField, depth: int) -> bool:
    """Lists inside lists and the second copy of the rows would only repeat themselves."""
    return name == "nodes" or (depth < DEPTH - 1 and bool(field.args))


def _aliased(kind: GraphQLObjectType) -> str:
    # The members of a union may say different things under one name.
    own = kind.name[0].lower() + kind.name[1:]
    return " ".join(
        f"{own}{_upper(name)}: {name}"
        for name, field in kind.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not field.args
    )


def _upper(name: str) -> str:
    return name[0].upper() + name[1:]


def main() -> None:
    """Write the operations."""
    schema_file, directory = map(Path, sys.argv[1:])
    found = list(operations(build_schema(schema_file.read_text("utf-8"))))
    source = directory / "source"
    source.mkdir(parents=True, exist_ok=True)
    (directory / "operations.graphql").write_text("\n\n".join(found) + "\n", "utf-8")
    tags = "\n".join(f"graphql`{each}`;" for each in found)
    (source / "Kvartal.ts").write_text(
        f'import {{ graphql }} from "relay-runtime";\n\n{tags}\n', "utf-8"
    )


if __name__ == "__main__":
    main()
