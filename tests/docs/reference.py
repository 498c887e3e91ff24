"""docs/plugin-reference.md made from the code: ``.venv/bin/python -m tests.docs.reference``."""

import ast
import copy
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.docs.page import rows

from kvartal.db.sql import RowShape
from kvartal.errors import DomainError, RequestError
from kvartal.events import Event
from kvartal.housing.api import Source
from kvartal.testing import pytest_plugin

__all__ = ["REFERENCE", "reference"]

REFERENCE = Path(__file__).parents[2] / "docs" / "plugin-reference.md"
HEAD = """# What a plugin may import, name by name

Made from the code by `python -m tests.docs.reference`; [the contract](plugin-contract.md) tells how
it all fits together. Signatures are Python's; `async` functions are awaited.
"""
FIXTURES = (
    "gql",
    "db",
    "events",
    "enqueued",
    "queries",
    "frozen_clock",
    "committed",
    "host",
    "postgres_url",
)
_CONTEXTS = {"contextmanager", "asynccontextmanager"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def reference() -> str:
    """The whole page."""
    parts = [HEAD]
    for module_name, ours, _ in rows("The public surface"):
        module = importlib.import_module(module_name.strip("`"))
        lines = [
            f"## {module.__name__}",
            "",
            _text((module.__doc__ or "").partition("\n\n")[0]),
            "",
        ]
        for name in re.findall(r"`(\w+)`", ours):
            lines += _entry(name, module)
        parts.append("\n".join(lines) + "\n")
    parts.append("\n".join(["## Fixtures of pytest", "", *map(_fixture, FIXTURES)]) + "\n")
    return "\n".join(parts)


def _entry(name: str, module: ModuleType) -> Iterator[str]:
    value = getattr(module, name)
    if isinstance(value, type):
        yield from _class(name, value)
    elif inspect.isroutine(value):
        yield f"- `{_signature(_tree(value))}`: {_sentence(value)}"
    elif isinstance(value, ModuleType):
        yield f"- `{name}`: {_sentence(value)}"
    else:
        yield f"- `{name}`{_constant(name, module)}"


def _class(name: str, kind: type) -> Iterator[str]:
    tree = _tree(kind)
    # What Strawberry's fields are set to describes them.
    optional = not hasattr(kind, "__strawberry_definition__")
    fields = [
        f"{ast.unparse(each.target)}: {_plain(each.annotation)}"
        + (" = …" if each.value and optional else "")
        for each in tree.body
        if isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation)
    ]
    if issubclass(kind, Enum):
        told = f"`{name}`, one of {', '.join(f'`{each.name}`' for each in kind)}"
    else:
        told = f"`{name}({', '.join(fields)})`" if fields else f"`{name}`"
    yield f"- {_word(kind)}{told}: {_sentence(kind)}"
    for each in tree.body:
        if not isinstance(each, Function):
            continue
        if each.name == "__init__" and len(each.args.args + each.args.kwonlyargs) > 1:
            yield f"  - `{name}({_arguments(each)})`"
        elif each.name[0] != "_" or each.name == "__call__":
            yield f"  - `{_signature(each)}`: {_text(ast.get_docstring(each) or '')}"


def _word(kind: type) -> str:
    if issubclass(kind, Event) and kind is not Event:
        return f"event `{kind.name}`, "
    if issubclass(kind, DomainError) and "code" in vars(kind):
        return f"refusal `{kind.code}`, "
    if issubclass(kind, RequestError) and "code" in vars(kind):
        return f"error `{kind.code}`, "
    # Whether an enum is GraphQL's depends on what else has been imported.
    is_type = hasattr(kind, "__strawberry_definition__") and not issubclass(kind, Enum)
    return "GraphQL, " if is_type else ""


def _constant(name: str, module: ModuleType) -> str:
    value = getattr(module, name)
    if isinstance(value, RowShape):
        columns = ", ".join(f"`{each}`" for each in value.names)
        related = ", ".join(f"`{each}_id`" for each in value.relations)
        links = f"; its links: {related}" if related else ""
        return f": the table `{value.table}` with the columns {columns}{links}"
    if isinstance(value, Source):
        return f": the rows of `{value.shape.table}` under the alias `{value.alias}`"
    told, doc = _assigned(name, module)
    return f" = `{told}`{': ' if doc else ''}{_text(doc)}"


def _assigned(name: str, module: ModuleType) -> tuple[str, str]:
    """What the name is set to, wherever that is done, and the string that stands below."""
    body = ast.parse(inspect.getsource(module)).body
    for each, below in pairwise([*body, ast.Pass()]):
        match each:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return ast.unparse(value), _string(below)
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value):
                if found == name:
                    return ast.unparse(value), _string(below)
            case ast.ImportFrom(module=str(source), names=names):
                for alias in names:
                    if (alias.asname or alias.name) == name:
                        return _assigned(alias.name, importlib.import_module(source))
    raise LookupError(name)


def _string(tree: ast.stmt) -> str:
    match tree:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return ""


def _fixture(name: str) -> str:
    tree = ast.parse(Path(pytest_plugin.__file__).read_text(encoding="utf-8"))
    [found] = [each for each in tree.body if isinstance(each, Function) and each.name == name]
    return f"- `{name}`: {_text(ast.get_docstring(found) or '')}"


def _tree(value: Any) -> Any:
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(value)))
    return ast.parse(source).body[0]


def _signature(tree: Function) -> str:
    decorators = {ast.unparse(each) for each in tree.decorator_list}
    if "property" in decorators:
        return tree.name
    kept = _arguments(tree)
    if decorators & _CONTEXTS:
        awaited = "async with" if isinstance(tree, ast.AsyncFunctionDef) else "with"
        return f"{awaited} {tree.name}({kept})"
    returned = f" -> {_plain(tree.returns)}" if tree.returns else ""
    awaited = "async " if isinstance(tree, ast.AsyncFunctionDef) else ""
    return f"{awaited}{tree.name}({kept}){returned}"


def _arguments(tree: Function) -> str:
    arguments = copy.deepcopy(tree.args)
    for each in ast.walk(arguments):
        if isinstance(each, ast.arg) and each.annotation:
            each.annotation = _Unquoted().visit(each.annotation)
    arguments.args = [each for each in arguments.args if each.arg not in {"self", "cls"}]
    return ast.unparse(arguments)


def _plain(annotation: ast.expr) -> str:
    return ast.unparse(_Unquoted().visit(copy.deepcopy(annotation)))


class _Unquoted(ast.NodeTransformer):
    """An annotation without the quotes that only Python needs."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        is_quoted = isinstance(node.value, str)
        return ast.parse(str(node.value), mode="eval").body if is_quoted else node


def _sentence(value: object) -> str:
    return _text(inspect.getdoc(value) or "")


def _text(doc: str) -> str:
    return " ".join(doc.split()).replace("``", "`")


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
