"""When an answer is completed by a plan, when by graphql-core, and that nobody can tell."""

import gc
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry
from graphql import (
    AbortController,
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    MiddlewareManager,
    execute_subscription_event,
    map_source_to_response_event,
    parse,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from kvartal.context import Context
from kvartal.graphql.completion import CompiledExecutor, Plans
from kvartal.graphql.completion import plans as module
from kvartal.graphql.completion import source as source_module
from kvartal.graphql.documents import Documents
from kvartal.graphql.limits import Limits
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.wire import OperationRequest


@strawberry.type
class Leaf:
    """A leaf."""

    number: int
    text: str | None = "leaf"
    inner: "Leaf | None" = None

    @strawberry.field
    async def later(self) -> int:
        """What takes a while."""
        CALLS.append(self.number)
        return -self.number

    @strawberry.field
    def echo(self, value: int) -> int:
        """What is asked."""
        return value


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def leaves(self) -> list[Leaf]:
        """Three of them."""
        return GIVEN

    @strawberry.field
    def leaf(self) -> Leaf | None:
        """The first."""
        return GIVEN[0]

    @strawberry.field
    def maybe(self) -> list[Leaf | None] | None:
        """Those that are there."""
        return list(GIVEN)


@strawberry.type
class Subscription:
    """The other root."""

    @strawberry.subscription
    async def grown(self) -> AsyncIterator[Leaf]:
        """One after the other."""
        for each in GIVEN:
            yield each


GIVEN: list[Leaf] = []
CALLS: list[int] = []
SCHEMA = strawberry.Schema(
    query=Query, subscription=Subscription, execution_context_class=CompiledExecutor
)


@pytest.fixture(autouse=True)
def _given() -> None:
    GIVEN[:] = [Leaf(number=1), Leaf(number=2, text=None, inner=Leaf(number=4)), Leaf(number=3)]
    CALLS.clear()


def build(
    text: str | DocumentNode,
    plans: Plans | None = None,
    schema: strawberry.Schema = SCHEMA,
    **given: Any,
) -> CompiledExecutor:
    executor = CompiledExecutor.build(
        schema._schema,
        parse(text) if isinstance(text, str) else text,
        plans=Plans() if plans is None else plans,
        **{"is_awaitable": optimized_is_awaitable, **given},
    )
    assert isinstance(executor, CompiledExecutor)
    return executor


class Watched(CompiledExecutor):
    """Tells which fields graphql-core completed."""

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, details: Any, path: Any, context: Any
    ) -> Any:
        self.executed: list[Any]
        self.__dict__.setdefault("executed", []).append(".".join(map(str, path.as_list())))
        return super().execute_field(parent_type, source, details, path, context)


async def executed(text: str, plans: Plans | None = None, **given: Any) -> tuple[Any, list[str]]:
    """The result, and the fields that were left to graphql-core."""
    executor = Watched.build(
        SCHEMA._schema,
        parse(text),
        plans=Plans() if plans is None else plans,
        **{"is_awaitable": optimized_is_awaitable, **given},
    )
    assert isinstance(executor, Watched)
    result = executor.execute_operation()
    if optimized_is_awaitable(result):
        result = await result  # type: ignore[misc]
    return result, executor.executed


async def test_a_list_of_basic_fields_is_completed_by_its_plan() -> None:
    result, left = await executed("{ leaves { number a: text inner { number __typename } } }")

    assert left == ["leaves"]
    assert result.errors is None
    assert result.data == {
        "leaves": [
            {"number": 1, "a": "leaf", "inner": None},
            {"number": 2, "a": None, "inner": {"number": 4, "__typename": "Leaf"}},
            {"number": 3, "a": "leaf", "inner": None},
        ]
    }


async def test_of_an_object_only_the_fields_with_resolvers_are_left() -> None:
    result, left = await executed("{ leaf { later number a: echo(value: 7) text } }")

    assert left == ["leaf", "leaf.later", "leaf.a"]
    assert list(result.data["leaf"].items()) == [
        ("later", -1),
        ("number", 1),
        ("a", 7),
        ("text", "leaf"),
    ]


async def test_one_basic_field_among_others_is_not_worth_a_plan() -> None:
    _, left = await executed("{ leaf { later number } }")

    assert left == ["leaf", "leaf.later", "leaf.number"]


async def test_anything_odd_is_graphql_cores_to_report_and_all_that_follows() -> None:
    GIVEN[1].number = "x"  # type: ignore[assignment]

    result, left = await executed("{ maybe { number } leaves { number text } }")

    assert result.data is None
    assert [(each.message, each.path) for each in result.errors] == [
        ("Int cannot represent non-integer value: 'x'", ["maybe", 1, "number"]),
        ("Int cannot represent non-integer value: 'x'", ["leaves", 1, "number"]),
    ]
    assert left == [
        *("maybe", "maybe.0.number", "maybe.1.number", "maybe.2.number"),
        *("leaves", "leaves.0.number", "leaves.0.text", "leaves.1.number"),
    ]


async def test_a_resolver_runs_once_although_its_object_is_odd() -> None:
    GIVEN[0].number = None  # type: ignore[assignment]

    result, _ = await executed("{ leaf { later number text } }")

    assert result.data == {"leaf": None}
    assert [each.path for each in result.errors] == [["leaf", "number"]]
    assert CALLS in ([], [None])


@pytest.mark.parametrize(
    "given",
    [
        {"middleware": MiddlewareManager()},
        {"abort_signal": AbortController().signal},
        {"is_awaitable": lambda value: optimized_is_awaitable(value)},
    ],
    ids=["a resolver may be wrapped", "it may be aborted", "another sense of awaitable"],
)
async def test_it_is_off_where_execution_is_not_plain(given: dict[str, Any]) -> None:
    result, left = await executed("{ leaves { number } }", **given)

    assert left == ["leaves", "leaves.0.number", "leaves.1.number", "leaves.2.number"]
    assert result.data == {"leaves": [{"number": 1}, {"number": 2}, {"number": 3}]}


async def test_without_plans_it_is_strawberrys_executor() -> None:
    result = await SCHEMA.execute("{ leaves { number } }")

    assert result.data == {"leaves": [{"number": 1}, {"number": 2}, {"number": 3}]}


@pytest.mark.parametrize("key", ["class", "None", "__builtins__", "o", "v", "sequence", "k0"])
async def test_a_response_key_is_never_code(key: str) -> None:
    result, left = await executed(f"{{ leaves {{ {key}: number }} }}")

    assert left == ["leaves"]
    assert result.data == {"leaves": [{key: 1}, {key: 2}, {key: 3}]}


async def test_each_choice_of_the_variables_has_its_plan() -> None:
    text = """
    query ($text: Boolean!, $number: Boolean = false) {
      leaves { ...F text @include(if: $text) }
    }
    fragment F on Leaf { number @skip(if: $number) inner @skip(if: $number) { number } ...F2 }
    fragment F2 on Leaf { t: text @skip(if: true) }
    """
    document, plans = parse(text), Plans()
    found = []

    for variables in ({"text": True}, {"text": False}, {"text": True, "number": True}):
        executor = build(document, plans, raw_variable_values=variables)
        result: Any = executor.execute_operation()
        found.append(list(result.data["leaves"][0]))

    assert found == [["number", "inner", "text"], ["number", "inner"], ["text"]]
    assert len(plans) == 3


def test_the_plans_of_a_document_are_bounded_whatever_its_variables() -> None:
    names = [f"v{n}" for n in range(6)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: number @skip(if: ${name})" for name in names)
    document, plans = parse(f"query ({declared}) {{ leaves {{ text {fields} }} }}"), Plans()

    for choice in range(2 ** len(names)):
        variables = {name: bool(choice >> n & 1) for n, name in enumerate(names)}
        result: Any = build(document, plans, raw_variable_values=variables).execute_operation()
        assert list(result.data["leaves"][0]) == ["text", *(n for n in names if not variables[n])]

    assert len(plans) == module.MAX_VARIANTS


async def test_what_fragments_multiply_has_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FIELDS", 3)

    _, few = await executed("{ leaves { number text inner { number } } }")
    _, many = await executed("{ leaves { number text inner { number text } } }")

    # A field more than the document has room for: it is completed in parts, or not by plans at all.
    assert few == ["leaves", *(f"leaves.{n}.inner" for n in range(3))]
    assert many == [*few[:3], "leaves.1.inner.number", "leaves.1.inner.text", few[3]]


async def test_what_is_nested_deeply_is_completed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "_MAX_DEPTH", 2)

    result, left = await executed("{ leaves { inner { inner { number } number } } }")

    assert result.data["leaves"][1] == {"inner": {"inner": None, "number": 4}}
    assert left == ["leaves", *(f"leaves.{n}.inner" for n in range(3))]


async def test_two_operations_of_one_document_have_plans_of_their_own() -> None:
    document = parse(
        "query A($x: Boolean = true) { leaf { number text @skip(if: $x) } }"
        " query B($x: Boolean = false) { leaf { number text @skip(if: $x) } }"
    )
    plans = Plans()

    for name, keys in (("A", ["number"]), ("B", ["number", "text"])):
        result: Any = build(document, plans, operation_name=name).execute_operation()
        assert list(result.data["leaf"]) == keys


def test_one_selection_under_two_types_has_two_plans() -> None:
    @strawberry.interface
    class Thing:
        """A thing with a leaf."""

        leaf: Leaf | None

    @strawberry.type
    class Tree(Thing):
        """One kind of it."""

    @strawberry.type
    class Bush(Thing):
        """Another."""

    @strawberry.type
    class Things:
        """The root."""

        @strawberry.field
        def things(self) -> list[Thing]:
            return [Tree(leaf=GIVEN[0]), Bush(leaf=GIVEN[0])]

    schema = strawberry.Schema(
        query=Things, types=[Tree, Bush], execution_context_class=CompiledExecutor
    )
    document = "{ things { leaf { number } ... on Tree { leaf { text } } } }"

    result: Any = build(document, schema=schema).execute_operation()

    assert result.data["things"] == [
        {"leaf": {"number": 1, "text": "leaf"}},
        {"leaf": {"number": 1}},
    ]


def test_a_directive_that_is_given_null_is_graphql_cores_to_refuse() -> None:
    document = "query ($x: Boolean = true) { leaf { number text @skip(if: $x) inner { number } } }"

    result: Any = build(document, raw_variable_values={"x": None}).execute_operation()

    assert result.data == {"leaf": None}
    assert [each.path for each in result.errors] == [["leaf"]]


def test_an_object_whose_directive_is_given_null_is_graphql_cores_to_refuse() -> None:
    document = "query ($x: Boolean = true) { leaf { inner { later text @skip(if: $x) } number } }"
    GIVEN[0].inner = GIVEN[2]

    result: Any = build(document, raw_variable_values={"x": None}).execute_operation()

    assert result.data == {"leaf": {"inner": None, "number": 1}}
    assert [each.path for each in result.errors] == [["leaf", "inner"]]


def test_an_unknown_directive_is_left_alone() -> None:
    executor = build("{ leaves { number @custom text } }")

    result: Any = executor.execute_operation()

    assert result.data["leaves"][0] == {"number": 1, "text": "leaf"}
    assert executor._variant is not None
    assert not executor._variant.has_any


def test_fragments_with_arguments_are_left_alone() -> None:
    document = parse(
        "{ leaves { ...F(x: true) } }"
        " fragment F($x: Boolean!) on Leaf { number text @skip(if: $x) }",
        experimental_fragment_arguments=True,
    )
    executor = build(document)

    result: Any = executor.execute_operation()

    assert result.data["leaves"][0] == {"number": 1}
    assert executor._variant is not None
    assert not executor._variant.has_any


class Loud(StrawberryField):
    """A field that does more than return an attribute."""

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        return str(super().get_result(source, info, args, kwargs)).upper()


class Dynamic:
    """What answers to any name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return name


@strawberry.type
class Shout:
    """An object with a field of another class."""

    word: str = Loud(default="hey")  # type: ignore[assignment]


@strawberry.type
class Mirror(Dynamic):
    """An object that may have any attribute."""

    word: str = "hi"


@strawberry.type
class Failure(ValueError):
    """An object that is an exception."""

    word: str = "no"


@strawberry.type
class Checked:
    """An object with a check of its own."""

    word: str = "yes"

    @classmethod
    def is_type_of(cls, _: Any, info: Any) -> bool:
        return str(info.field_name) == "checked"


def odd_schema(**config: Any) -> strawberry.Schema:
    @strawberry.type
    class Query:
        """The root."""

        @strawberry.field
        def shout(self) -> list[Shout]:
            return [Shout()]

        @strawberry.field
        def failure(self) -> list[Failure | None]:
            return [Failure()]

        @strawberry.field
        def checked(self) -> list[Checked]:
            return [Checked()]

        @strawberry.field
        def mirror(self) -> list[Mirror]:
            return [Mirror()]

    return strawberry.Schema(
        query=Query,
        execution_context_class=CompiledExecutor,
        config=StrawberryConfig(**config),
    )


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("shout", {"shout": [{"word": "HEY"}]}),
        ("failure", {"failure": [None]}),
        ("checked", {"checked": [{"word": "yes"}]}),
        ("mirror", {"mirror": [{"word": "hi"}]}),
    ],
)
def test_what_is_more_than_an_attribute_has_no_plan(field: str, expected: Any) -> None:
    executor = build(f"{{ {field} {{ word }} }}", schema=odd_schema())

    result: Any = executor.execute_operation()

    assert result.data == expected
    assert executor._variant is not None
    assert not executor._variant.has_any


def test_another_default_resolver_is_none_of_ours() -> None:
    schema = odd_schema(default_resolver=lambda _, name: name)
    executor = build("{ shout { word } }", schema=schema)

    result: Any = executor.execute_operation()

    assert result.data == {"shout": [{"word": "WORD"}]}
    assert executor._variant is not None
    assert not executor._variant.has_any


async def test_an_event_of_a_subscription_leaves_nothing_behind() -> None:
    executor = build("subscription { grown { number inner { number } later } }")
    before = len(executor._relevant_sub_fields)

    async def events() -> AsyncIterator[Any]:
        for _ in range(20):
            for each in GIVEN:
                yield each

    results = map_source_to_response_event(executor, events(), execute_subscription_event)
    found = [each.data async for each in results]

    assert found[0] == {"grown": {"number": 1, "inner": None, "later": -1}}
    assert len(found) == 60
    assert len(executor._relevant_sub_fields) == before
    assert executor._splits == {}


async def test_plans_die_with_their_document() -> None:
    documents = Documents(SCHEMA._schema, Limits(), max_documents=1)
    engine = Engine(SCHEMA, documents=documents)
    text = "{ leaves { number } }"
    await engine.execute(OperationRequest(text), Context())
    plans = documents.get(text).plans
    assert plans.has_any
    dead, node = weakref.ref(plans), weakref.ref(_field(documents.get(text).ast))
    del plans

    await engine.execute(OperationRequest("{ leaf { text } }"), Context())
    gc.collect()

    assert dead() is None
    assert node() is None


async def test_an_operator_may_turn_it_off() -> None:
    engine = Engine(SCHEMA, compiled=False)

    answer = await engine.execute(OperationRequest("{ leaves { number } }"), Context())

    assert answer == {"data": {"leaves": [{"number": 1}, {"number": 2}, {"number": 3}]}}
    assert not engine.documents.get("{ leaves { number } }").plans.has_any


def _field(ast: DocumentNode) -> FieldNode:
    node: Any = ast.definitions[0]
    field: FieldNode = node.selection_set.selections[0]
    return field
