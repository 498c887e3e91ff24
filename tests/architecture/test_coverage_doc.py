"""docs/coverage.md: each sentence of the description has operations that are and tests that are."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from kvartal.host import load_registry
from kvartal.settings import FIRST_PARTY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
SECTIONS = {"CRM-система": 11, "Приложение сотрудника": 3, "Приложение жителя": 6}
ROOTS = ("Query", "Mutation", "Subscription")
REASON = re.compile(r"— \S.{9,}", re.DOTALL)
_NAME = re.compile(r"([A-Za-z_][\w.]*)(?:\(([^()]*)\))?")


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence by its part and phrase, with the cells that answer and prove it."""

    part: tuple[str, int]
    phrase: str
    operations: str
    tests: str

    @property
    def names(self) -> list[str]:
        """What the schema and the rights must have."""
        return re.findall(r"`([^`]+)`", self.operations)

    @property
    def proofs(self) -> list[str]:
        """Tests, by file and name."""
        return re.findall(r"`([^`]+)`", self.tests)


@cache
def parts() -> list[tuple[tuple[str, int], list[str]]]:
    """The parts of the description, each with its lines."""
    found: list[tuple[tuple[str, int], list[str]]] = []
    section = ""
    for line in PAGE.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif part := re.match(r"### (\d+)\. ", line):
            found.append(((section, int(part.group(1))), []))
        elif found:
            found[-1][1].append(line)
    return found


@cache
def rows() -> list[Row]:
    return [
        Row(part, *(cell.strip() for cell in line.split("|")[1:-1]))
        for part, lines in parts()
        for line in lines
        if line.startswith("| «")
    ]


@cache
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))


@cache
def permissions() -> frozenset[str]:
    return frozenset(load_registry(FIRST_PARTY).permissions)


@cache
def codes() -> frozenset[str]:
    kinds = (each for name, each in schema().type_map.items() if name.endswith("ErrorCode"))
    return frozenset(
        code for kind in kinds if isinstance(kind, GraphQLEnumType) for code in kind.values
    )


@cache
def functions(file: Path) -> frozenset[str]:
    if not file.is_file():
        return frozenset()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(each.name for each in tree.body if isinstance(each, kinds))


def exists(name: str) -> bool:
    """Whether a name is a root field, a type or its member, a code of a refusal, or a right."""
    match = _NAME.fullmatch(name)
    if match is None:
        return False
    path, arguments = match.groups()
    if path in codes() or path in permissions():
        return arguments is None
    found = _member(*path.split("."))
    if arguments is None:
        return found is not None
    return isinstance(found, GraphQLField) and all(
        _has_argument(found, each.strip().split(".")) for each in arguments.split(",")
    )


def _member(first: str, *rest: str) -> object:
    kinds = [schema().type_map.get(root) for root in ROOTS]
    if first[:1].isupper():
        kind = schema().type_map.get(first)
        if not rest:
            return kind
        kinds, [first] = [kind], [*rest][:1]
        rest = rest[1:]
    if rest:
        return None
    members = (_members(kind).get(first) for kind in kinds)
    return next((each for each in members if each is not None), None)


def _members(kind: object) -> dict[str, object]:
    if isinstance(kind, GraphQLEnumType):
        return dict(kind.values)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return dict(kind.fields)
    return {}


def _has_argument(field: GraphQLField, path: list[str]) -> bool:
    given = field.args.get(path[0])
    kind = get_named_type(given.type) if given else None
    for name in path[1:]:
        member = kind.fields.get(name) if isinstance(kind, GraphQLInputObjectType) else None
        kind = get_named_type(member.type) if member else None
    return kind is not None


def is_test(proof: str) -> bool:
    """Whether ``path::name``, below tests/, is a test."""
    file, _, name = proof.partition("::")
    return name.startswith("test_") and name in functions(ROOT / "tests" / file)


def test_every_part_of_the_description_is_there_in_its_order() -> None:
    assert [part for part, _ in parts()] == [
        (section, part) for section, count in SECTIONS.items() for part in range(1, count + 1)
    ]


def test_each_sentence_stands_once_in_its_part() -> None:
    phrases = [(row.part, row.phrase) for row in rows()]

    assert len(phrases) > 180
    assert [each for each in set(phrases) if phrases.count(each) > 1] == []
    assert [phrase for _, phrase in phrases if not re.fullmatch(r"«.+»", phrase)] == []


def test_no_part_is_empty() -> None:
    assert [part for part, _ in parts() if part not in {row.part for row in rows()}] == []


def test_each_sentence_has_an_operation_or_the_reason_why_not() -> None:
    assert [
        row.phrase for row in rows() if not (row.names or REASON.fullmatch(row.operations))
    ] == []


def test_each_sentence_has_a_test_or_the_reason_why_not() -> None:
    assert [row.phrase for row in rows() if not (row.proofs or REASON.fullmatch(row.tests))] == []


def test_only_what_no_operation_answers_has_no_test() -> None:
    """What can be called can be proved."""
    answered = [row for row in rows() if not row.operations.startswith("—")]

    assert [row.phrase for row in answered if not row.proofs] == []


def test_every_operation_named_is_in_the_schema() -> None:
    named = [(row.phrase, name) for row in rows() for name in row.names]

    assert [each for each in named if not exists(each[1])] == []


def test_every_test_named_is_a_test() -> None:
    named = [(row.phrase, proof) for row in rows() for proof in row.proofs]

    assert [each for each in named if not is_test(each[1])] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("submitReadings", True),
        ("submitReadings(input.readings.values)", True),
        ("homeWidgetChanged(premiseId)", True),
        ("Meter", True),
        ("Meter.readings(first)", True),
        ("WidgetState.SUBMIT", True),
        ("SubmitReadingsInput.takenOn", True),
        ("PERIOD_CLOSED", True),
        ("meters.reading.submit", True),
        ("submitReading", False),
        ("submitReadings(input.readings.value)", False),
        ("submitReadings(values)", False),
        ("submitReadings()", False),
        ("Meters", False),
        ("Meter.reading", False),
        ("Meter.readings.nodes", False),
        ("WidgetState.SEND", False),
        ("PERIOD_CLOSED(input)", False),
        ("PERIOD_SHUT", False),
        ("meters.reading.sing", False),
        ("two words", False),
    ],
)
def test_a_name_is_known_or_not(name: str, expected: bool) -> None:
    assert exists(name) is expected


@pytest.mark.parametrize(
    "proof",
    [
        "architecture/test_coverage_doc.py",
        "architecture/test_coverage_doc.py::rows",
        "architecture/test_coverage_doc.py::test_nothing_of_the_kind",
        "architecture/test_nothing.py::test_nothing_of_the_kind",
    ],
)
def test_what_is_no_test_is_told(proof: str) -> None:
    assert not is_test(proof)
    assert is_test("architecture/test_coverage_doc.py::test_what_is_no_test_is_told")
