"""The limiter counts what a document asks for, in time linear to its size."""

from time import perf_counter
from typing import Any

import pytest
from graphql import build_schema, get_introspection_query, parse

from kvartal.errors import TooComplex
from kvartal.graphql.limits import Limits, Measure, measure

SCHEMA = build_schema(
    """
    type Query {
      x: Int
      a: Query
      plain: [Query!]!
      words: [String!]!
      any: Any
      page(first: Int, last: Int, after: String): Page!
      nodes(ids: [ID!]!): [Query]!
    }
    union Any = Query | Page
    type Page { edges: [Edge!]!, total: Int }
    type Edge { node: Query! }
    type Mutation { bump: Int }
    """
)
WIDE = Limits(
    depth=10_000,
    aliases=10_000,
    directives=10_000,
    root_fields=10_000,
    operations=10_000,
    comparisons=10_000_000,
    cost=10**40,
)


def _measure(text: str, limits: Limits = WIDE) -> Measure:
    return measure(parse(text), SCHEMA, limits)


def _cost(text: str, **variables: Any) -> int:
    (operation,) = _measure(text).operations.values()
    return operation.cost(variables)


@pytest.mark.parametrize(
    ("case", "text", "cost"),
    [
        ("a leaf", "{ x }", 1),
        ("an object", "{ a { x } }", 2),
        ("a list of leaves", "{ words }", 1),
        ("a list is taken for ten", "{ plain { x } }", 1 + 10 * 1),
        ("lists multiply", "{ plain { plain { x } } }", 1 + 10 * (1 + 10 * 1)),
        ("a page", "{ page(first: 3) { edges { node { x } } total } }", 1 + 1 + 3 * 2 + 1),
        ("a page by default", "{ page { edges { node { x } } } }", 1 + 1 + 50 * 2),
        ("null asks for the default", "{ page(first: null) { edges { node { x } } } }", 102),
        ("a negative page", "{ page(first: -5) { edges { node { x } } } }", 2),
        (
            "first and last together",
            "{ page(first: 3, last: 4) { edges { node { x } } } }",
            2 + 7 * 2,
        ),
        (
            "nested pages",
            "{ page(first: 2) { edges { node { page(first: 3) { edges { node { x } } } } } } }",
            2 + 2 * (1 + 1 + 1 + 3 * 2),
        ),
        ("ids", '{ nodes(ids: ["a", "b", "c"]) { x } }', 1 + 3 * 1),
        ("one id", '{ nodes(ids: "a") { x } }', 1 + 50 * 1),
        (
            "a page within a fragment",
            "{ page(first: 3) { ...f } } fragment f on Page { edges { node { x } } }",
            2 + 3 * 2,
        ),
        (
            "inline fragments",
            "{ any { ... on Query { x } ... on Page { total } ... { __typename } } }",
            4,
        ),
        ("a fragment counts each time", "{ ...f a { ...f } } fragment f on Query { x }", 3),
        ("an unknown field", "{ nothing { at { all } } }", 3),
        ("an unknown fragment", "{ x ...nothing }", 1),
        ("an unknown type", "{ ... on Nothing { x } }", 1),
        ("a selection on a leaf", "{ x { y } }", 2),
        ("introspection has no pages", "{ __schema { types { fields { name } } } }", 4),
    ],
)
def test_the_cost_is_fields_times_lists(case: str, text: str, cost: int) -> None:
    assert _cost(text) == cost, case


PAGE = "query ($n: Int%s) { page(first: $n) { edges { node { x } } } }"


@pytest.mark.parametrize(
    ("case", "text", "variables", "cost"),
    [
        ("the value", PAGE % "", {"n": 7}, 2 + 7 * 2),
        ("no value", PAGE % "", {}, 2 + 50 * 2),
        ("the declared default", PAGE % " = 4", {}, 2 + 4 * 2),
        ("null over the default", PAGE % " = 4", {"n": None}, 2 + 50 * 2),
        ("nonsense", PAGE % "", {"n": "many"}, 2 + 50 * 2),
        ("negative", PAGE % "", {"n": -3}, 2 + 50 * 2),
        ("huge", PAGE % "", {"n": 10**9}, 2 + 2 * 10**9),
        (
            "a list of ids",
            "query ($n: [ID!]!) { nodes(ids: $n) { x } }",
            {"n": ["a", "b"]},
            1 + 2,
        ),
        (
            "a number and a variable",
            "query ($n: Int) { page(first: 3, last: $n) { edges { node { x } } } }",
            {"n": 4},
            2 + 7 * 2,
        ),
        (
            "a page of pages in a fragment spread twice",
            "query ($n: Int) { page(first: $n) { edges { node { ...f a { ...f } } } } }"
            " fragment f on Query { page(first: $n) { edges { node { x } } } }",
            {"n": 3},
            2 + 3 * (1 + 1 + 2 * (2 + 3 * 2)),
        ),
    ],
)
def test_a_page_size_may_be_a_variable(
    case: str, text: str, variables: dict[str, Any], cost: int
) -> None:
    assert _cost(text, **variables) == cost, case


def test_each_operation_has_its_own_defaults() -> None:
    text = "query A { ...f } query B($n: Int = 2) { ...f } query C($n: Int = 9) { ...f }"
    measured = _measure(text + " fragment f on Query { page(first: $n) { edges { node { x } } } }")

    costs = {name: operation.cost({}) for name, operation in measured.operations.items()}

    assert costs == {"A": 2 + 50 * 2, "B": 2 + 2 * 2, "C": 2 + 9 * 2}


def test_depth_and_root_fields_reach_through_fragments() -> None:
    measured = _measure(
        "{ a { ...f } ...g } fragment f on Query { a { x } ...g }"
        " fragment g on Query { a { a { a { x } } } x }"
    )

    (operation,) = measured.operations.values()

    assert operation.depth == 5
    assert operation.root_fields == 3


@pytest.mark.parametrize(
    ("text", "introspects"),
    [
        ("{ __schema { queryType { name } } }", True),
        ('{ ...f } fragment f on Query { s: __type(name: "X") { name } }', True),
        ("{ __typename x }", False),
    ],
)
def test_introspection_is_noticed(text: str, introspects: bool) -> None:
    assert _measure(text).introspects is introspects


def test_the_usual_introspection_query_is_within_the_limits() -> None:
    measured = _measure(get_introspection_query(), Limits())

    assert measured.introspects


@pytest.mark.parametrize(
    ("kind", "limits", "text", "value"),
    [
        ("DEPTH", Limits(depth=3), "{ a { a { a { x } } } }", 4),
        ("ALIASES", Limits(aliases=1), "{ p: x q: x }", 2),
        ("ALIASES", Limits(aliases=0), "{ x } fragment f on Query { p: x }", 1),
        (
            "DIRECTIVES",
            Limits(directives=5),
            "query ($v: Int @d) @d { x @d ... @d { ...f @d } } fragment f on Query @d { x }",
            6,
        ),
        (
            "ROOT_FIELDS",
            Limits(root_fields=1),
            "mutation { bump ...f } fragment f on Mutation { bump }",
            2,
        ),
        ("OPERATIONS", Limits(operations=1), "query A { x } query B { x }", 2),
        ("COST", Limits(cost=10), "{ plain { x } }", 11),
        (
            "COST",
            Limits(),
            "{ page(first: 999999999) { edges { node { x } } } }",
            2 + 2 * 999_999_999,
        ),
        ("COMPARISONS", Limits(comparisons=3), "{ x x x }", 6),
    ],
)
def test_a_limit_is_named_with_both_numbers(
    kind: str, limits: Limits, text: str, value: int
) -> None:
    with pytest.raises(TooComplex) as refused:
        _measure(text, limits)

    assert refused.value.message_code == f"TOO_COMPLEX_{kind}"
    assert refused.value.facts["value"] == value


def test_a_cost_by_variables_is_not_refused_before_they_are_known() -> None:
    measured = _measure(PAGE % "", Limits(cost=10))

    (operation,) = measured.operations.values()

    assert operation.cost({"n": 1}) == 4


def _nested(levels: int, body: str) -> str:
    fragments = "".join(f"fragment f{i} on Query{{{body % (i + 1, i + 1)}}}" for i in range(levels))
    return "{...f0}" + fragments + f"fragment f{levels} on Query{{x}}"


def _repeated(piece: str, times: int) -> str:
    return "{" + piece * times + "}"


def _chain(length: int) -> str:
    links = "".join(f"fragment f{i} on Query{{x ...f{i + 1}}}" for i in range(length))
    return "{...f0}" + links + f"fragment f{length} on Query{{x}}"


HOSTILE = {
    "spreads doubled 28 times in 1.1 KB": _nested(28, "a{...f%d ...f%d}"),
    "spreads doubled under two names": _nested(18, "a{...f%d} b:a{...f%d}"),
    "pages of pages": _nested(18, "page(first:500){edges{node{...f%d ...f%d}}}"),
    "one field 700 times": _repeated("a{x}", 700),
    "many fragments of one shape": "{"
    + "".join(f"...f{i} " for i in range(200))
    + "}"
    + "".join(f"fragment f{i} on Query{{a{{x}}}}" for i in range(200)),
    "a chain of fragments": _chain(190),
    "an unused fragment": "{x}fragment f on Query" + _repeated("a{x}", 700),
    "many aliases": _repeated("a%d:x " * 700 % tuple(range(700)), 1),
    "many directives": "{x " + "@d " * 700 + "}",
    "deep selections": "{" + "a{" * 150 + "x" + "}" * 150 + "}",
    "many operations": "".join(f"query q{i}{{x}}" for i in range(300)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_refused_within_milliseconds(text: str) -> None:
    document = parse(text)

    started = perf_counter()
    with pytest.raises(TooComplex) as refused:
        measure(document, SCHEMA, Limits())
    elapsed = perf_counter() - started

    assert elapsed < 0.1
    assert refused.value.facts["limit"] < refused.value.facts["value"] <= 2**53 - 1


def test_a_bomb_with_variables_is_evaluated_within_milliseconds() -> None:
    text = _nested(200, "page(first:$n){edges{node{...f%d ...f%d}}}")
    measured = _measure("query($n:Int)" + text)
    (operation,) = measured.operations.values()

    started = perf_counter()
    cost = operation.cost({"n": 500})
    elapsed = perf_counter() - started

    assert elapsed < 0.1
    assert cost > 10**400


@pytest.mark.parametrize(
    "text",
    [
        "{ ...a } fragment a on Query { ...a }",
        "{ ...a } fragment a on Query { a { ...b } } fragment b on Query { a { ...a } }",
        "{ x } fragment a on Query { ...b } fragment b on Query { ...c }"
        " fragment c on Query { ...a }",
        "{ ...a } fragment a on Query { ...b ...c } fragment b on Query { x }"
        " fragment c on Query { ...a }",
    ],
)
def test_a_cycle_is_noticed_and_nothing_else_is_measured(text: str) -> None:
    assert _measure(text) == Measure(is_cyclic=True)


def test_fragments_shared_by_several_paths_are_no_cycle() -> None:
    measured = _measure(
        "{ ...a ...b } fragment a on Query { ...c } fragment b on Query { ...c ...a }"
        " fragment c on Query { x }"
    )

    assert not measured.is_cyclic


def test_type_definitions_are_left_to_validation() -> None:
    measured = _measure("{ x } type Foreign { x: Int }")

    assert list(measured.operations) == [None]


def test_a_mutation_without_a_root_type_is_left_to_validation() -> None:
    measured = measure(parse("subscription { ticks { x } }"), SCHEMA, Limits())

    assert measured.operations[None].cost({}) == 2
