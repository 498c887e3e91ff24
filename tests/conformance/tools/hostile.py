"""What Schemathesis must know of the API: its scalars, its ids, and which errors may be answered.

``servers/ids.json`` has ids of things by their kinds: half of them are another tenant's.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import graphql
import schemathesis  # type: ignore[import-not-found] # lives in an environment of its own
from answers import SCHEMA, faults_of  # type: ignore[import-not-found] # beside this file
from hypothesis import strategies as st
from schemathesis.graphql import nodes  # type: ignore[import-not-found]

CODES = {
    "BAD_INPUT",
    "CONFLICT",
    "FORBIDDEN",
    "NOT_FOUND",
    "RATE_LIMITED",
    "TOO_COMPLEX",
    "UNAUTHENTICATED",
}
INSIDE = re.compile(r"Traceback|File \"|asyncpg|tortoise|SELECT |INSERT |UPDATE |kvartal_[a-z]+")
IDS: dict[str, list[str]] = json.loads(Path("servers/ids.json").read_text("utf-8"))
ALL = [each for some in IDS.values() for each in some]
KINDS = {kind.lower(): kind for kind in IDS} | {"group": "BuildingGroup"}


def _texts(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[graphql.ValueNode]:
    return strategy.map(nodes.String)


schemathesis.graphql.scalar("ID", _texts(st.sampled_from(ALL) | st.text(max_size=9)))
schemathesis.graphql.scalar("Decimal", _texts(st.decimals(-1, 10**9, places=4).map(str)))
schemathesis.graphql.scalar("DateTime", _texts(st.datetimes().map(lambda at: f"{at.isoformat()}Z")))
schemathesis.graphql.scalar(
    "YearMonth", _texts(st.dates().map(lambda day: day.isoformat()[:7]) | st.just("2026-13"))
)
schemathesis.graphql.scalar("Upload", _texts(st.text(max_size=9)))


@schemathesis.hook
def map_body(context: object, body: graphql.DocumentNode) -> Any:
    """Most ids name a thing of the kind that the argument asks for."""
    [operation] = [d for d in body.definitions if isinstance(d, graphql.OperationDefinitionNode)]
    [field] = operation.selection_set.selections
    assert isinstance(field, graphql.FieldNode)
    info = graphql.TypeInfo(SCHEMA)
    return graphql.visit(body, graphql.TypeInfoVisitor(info, _Fitting(info, field.name.value)))


class _Fitting(graphql.Visitor):
    """Puts ids of the right kind in the place of others."""

    def __init__(self, info: graphql.TypeInfo, root: str) -> None:
        super().__init__()
        self._info = info
        self._root = root
        self._names: list[str] = []

    def enter(self, node: graphql.Node, *_: object) -> Any:
        """Remember the argument, and look at the text in it."""
        if isinstance(node, graphql.ArgumentNode | graphql.ObjectFieldNode):
            self._names.append(node.name.value)
        if not isinstance(node, graphql.StringValueNode) or node.value not in ALL:
            return None
        if str(graphql.get_named_type(self._info.get_input_type())) != "ID":
            return None
        fitting = IDS.get(_kind_of(self._root, self._names[-1]) or "", ALL)
        return nodes.String(fitting[crc32(node.value.encode()) % len(fitting)])

    def leave(self, node: graphql.Node, *_: object) -> None:
        """Forget the argument."""
        if isinstance(node, graphql.ArgumentNode | graphql.ObjectFieldNode):
            self._names.pop()


def _kind_of(root: str, name: str) -> str | None:
    """The kind of thing that an argument of a root field names, as far as names tell it."""
    if name != "id":
        return KINDS.get(name.removesuffix("s").removesuffix("Id").lower())
    fits = [kind for lower, kind in KINDS.items() if root.lower().endswith(lower)]
    return max(fits, key=len, default=None)


@schemathesis.check
def answer_is_ours(context: object, response: Any, case: Any) -> None:
    """Every answer has the shape that the schema promises, and no error is our fault."""
    answer = json.loads(response.content)
    faults = list(_of_errors(response, answer))
    if answer.get("data"):
        query = case.body["query"] if isinstance(case.body, dict) else case.body
        faults += faults_of(query, answer["data"])
    if faults:
        raise AssertionError("; ".join(faults[:5]))


def _of_errors(response: Any, answer: dict[str, Any]) -> Iterator[str]:
    if response.status_code >= 500:
        yield f"status {response.status_code}"
    if not {"data", "errors"} & answer.keys() or answer.keys() - {"data", "errors"}:
        yield f"keys {sorted(answer)}"
    for error in answer.get("errors", ()):
        code = error.get("extensions", {}).get("code")
        if code not in CODES:
            yield f"code {code}"
        if code == "UNAUTHENTICATED" and "Authorization" in response.request.headers:
            yield "nobody is signed in any more: the rest would prove nothing"
        if INSIDE.search(error["message"]):
            yield f"tells of the inside: {error['message']}"
