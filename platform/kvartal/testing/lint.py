"""House rules that ruff cannot know: ``python -m kvartal.testing.lint platform plugins``.

A line that must break one says so: ``# lint-skip: query-in-loop -- why``.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RULES", "Finding", "lint", "main"]

Found = Iterator[tuple[ast.AST, str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a rule."""

    path: Path
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


@dataclass(frozen=True, slots=True)
class Source:
    """A module to be read."""

    path: Path
    tree: ast.Module
    lines: Sequence[str]

    @property
    def name(self) -> str:
        """Its dotted name, as far as the path tells."""
        parts = self.path.with_suffix("").parts
        starts = [n for n, part in enumerate(parts) if part.startswith("kvartal")]
        return ".".join(parts[starts[0] :]) if starts else parts[-1]

    def skips(self, node: ast.AST, rule: str) -> bool:
        """Whether a line of the node, or that above it, asks to be left alone."""
        first, last = node.lineno, node.end_lineno or node.lineno  # type: ignore[attr-defined] # statements and expressions have them
        return any(f"lint-skip: {rule}" in line for line in self.lines[max(first - 2, 0) : last])


def clock(source: Source) -> Found:
    """Time comes from kvartal.clock: a frozen test and the demo's other day depend on it.

    In SQL too: a statement takes its time as a parameter.
    """
    if source.name == "kvartal.clock":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _dotted(node.func) in _OTHER_CLOCKS:
            yield node, f"{_dotted(node.func)}() is not kvartal.clock"
        if _SQL_CLOCK.search(_text(node) or ""):
            yield node, "SQL's own clock: pass the time as a parameter"


def tenant_filter(source: Source) -> Found:
    """Who sees what is decided by visible_to(actor) alone: a second filter is a second truth."""
    if source.name.startswith(("kvartal.auth", "kvartal.testing")):
        return
    is_sql = not {"queries", "loaders", "sources"}.isdisjoint(source.name.split("."))
    for node in ast.walk(source.tree):
        if is_sql and isinstance(node, ast.Attribute) and node.attr == "memberships":
            yield node, "SQL knows no memberships: use visible_to(actor)"
        if "kvartal_building_access" in (_text(node) or ""):
            yield node, "the table of access is kvartal.auth's: use visible_to(actor)"


def query_in_loop(source: Source) -> Found:
    """A query for each of many is the N+1 that loaders and set-based SQL are there for."""
    modules = _query_modules(source.tree)
    for loop in ast.walk(source.tree):
        for part in _repeated(loop):
            for node in ast.walk(part):
                if isinstance(node, ast.Await) and _is_query(node.value, modules):
                    yield node, "awaits a query in a loop: ask once for all"


def log_event(source: Source) -> Found:
    """A log line is an event's name and facts: what is sewn into the name cannot be counted."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or _dotted(node.func) not in _LOG_CALLS:
            continue
        event = _text(node.args[0]) if node.args else None
        if event is None or not _EVENT.fullmatch(event):
            yield node, 'the first argument is the event\'s name, like "readings.imported"'


def own_error(source: Source) -> Found:
    """An error says by its class what went wrong, or nobody can catch it."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Raise):
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if raised is not None and _dotted(raised) in {"Exception", "BaseException"}:
                yield node, "raises a bare exception: give it a class of its own"


RULES: dict[str, Callable[[Source], Found]] = {
    "clock": clock,
    "log-event": log_event,
    "own-error": own_error,
    "query-in-loop": query_in_loop,
    "tenant-filter": tenant_filter,
}

_OTHER_CLOCKS = {
    "date.today",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.time",
}
_SQL_CLOCK = re.compile(r"\b(now|clock_timestamp|statement_timestamp)\(\)|\bCURRENT_(DATE|TIME)")
_LOG_CALLS = {f"log.{level}" for level in ("debug", "info", "warning", "error", "exception")}
_EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_STATEMENTS = {"execute", "fetch", "fetch_one"}


def lint(paths: Iterable[Path]) -> list[Finding]:
    """The breaches in these files and folders; migrations are generated and left out."""
    files = [
        file
        for path in paths
        for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])
        if "migrations" not in file.parts
    ]
    return [finding for file in files for finding in _lint_file(file)]


def main(arguments: Sequence[str]) -> int:
    """Print the breaches; 1 if there are any."""
    found = lint(Path(each) for each in arguments)
    for finding in found:
        print(finding)  # noqa: T201 -- the command line speaks
    return 1 if found else 0


def _lint_file(path: Path) -> Iterator[Finding]:
    text = path.read_text(encoding="utf-8")
    source = Source(path, ast.parse(text, str(path)), text.splitlines())
    for name, rule in RULES.items():
        for node, message in rule(source):
            if not source.skips(node, name):
                yield Finding(path, node.lineno, name, message)  # type: ignore[attr-defined] # see above


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _repeated(loop: ast.AST) -> list[ast.AST]:
    """What a loop does again and again; what it goes over is asked for once."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        return [*loop.body]
    if isinstance(loop, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        return [loop.elt, *(each for part in loop.generators for each in part.ifs)]
    if isinstance(loop, ast.DictComp):
        return [loop.key, loop.value, *(each for part in loop.generators for each in part.ifs)]
    return []


def _query_modules(tree: ast.Module) -> set[str]:
    """The names that stand for modules and functions of queries in this module."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = "queries" in node.module.split(".")
            names |= {
                each.asname or each.name for each in node.names if inside or each.name == "queries"
            }
    return names


def _is_query(node: ast.AST, modules: set[str]) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = _dotted(node.func)
    return name in _STATEMENTS or name.partition(".")[0] in modules


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
