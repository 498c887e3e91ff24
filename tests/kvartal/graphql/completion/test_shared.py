"""An event that many are told of is answered once, unless the answer depends on who is told."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
import strawberry

from kvartal.context import Context, Info
from kvartal.graphql.completion import CodedAnswer, CompiledExecutor, kept_answers_of
from kvartal.graphql.completion import kept as kept_module
from kvartal.graphql.completion.kept import KeptAnswers
from kvartal.graphql.fields import PUBLIC, subscription
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.wire import OperationRequest, encode


@strawberry.interface
class Sign:
    """What is shown."""

    word: str
    size: int = 1


@strawberry.type
class Board(Sign):
    """A sign with more on it."""

    more: str = "more"

    @strawberry.field
    async def later(self) -> str:
        """What takes a while."""
        return self.word

    @strawberry.field
    def reader(self, info: Info) -> str:
        """Who looks at it."""
        return info.context.request_id


@strawberry.type
class Mirror:
    """It is what it is to those who look."""

    word: str = "mirror"
    size: int = 2

    @classmethod
    def is_type_of(cls, obj: Any, info: Info) -> bool:  # noqa: ARG003 -- Strawberry gives it
        """Whoever looks."""
        return isinstance(obj, cls)


SHOWN: list[Any] = []


@strawberry.type
class Query:
    """The root."""

    ping: str = "pong"


@strawberry.type
class Subscription:
    """Everybody is told the same objects."""

    @subscription(access=PUBLIC, description="Signs.", shared=True)
    async def signs(self, info: Info, of: int = 0) -> AsyncIterator[Sign]:
        """All that are shown."""
        for each in SHOWN:
            yield each

    @subscription(access=PUBLIC, description="Signs, each for its own.")
    async def own_signs(self, info: Info) -> AsyncIterator[Sign]:
        """All that are shown."""
        for each in SHOWN:
            yield each

    @subscription(access=PUBLIC, description="Signs, told at once if they may.", shared=True)
    async def quick_signs(self, info: Info) -> AsyncIterator[Sign]:
        """All that are shown."""
        for each in SHOWN:
            if not info.context.tell_at_once(each):
                yield each

    @subscription(access=PUBLIC, description="Mirrors.", shared=True)
    async def mirrors(self, info: Info) -> AsyncIterator[Mirror]:
        """All that are shown."""
        for each in SHOWN:
            yield each


SCHEMA = strawberry.Schema(
    query=Query, subscription=Subscription, types=[Board], execution_context_class=CompiledExecutor
)
SIGNS = "subscription { signs { word size __typename ... on Board { more } } }"


@pytest.fixture
def engine() -> Engine:
    return Engine(SCHEMA)


async def told(engine: Engine, text: str, reader: str = "me", **variables: Any) -> list[Any]:
    answers = await engine.subscribe(OperationRequest(text, variables), Context(request_id=reader))
    assert isinstance(answers, AsyncGenerator)
    return [each async for each in answers]


async def test_one_event_has_one_answer_for_all_who_select_the_same(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a"), Board(word="b")]

    first, second = [await told(engine, SIGNS) for _ in range(2)]

    assert [orjson.loads(each.coded) for each in first] == [
        {"data": {"signs": {"word": word, "size": 1, "__typename": "Board", "more": "more"}}}
        for word in "ab"
    ]
    assert first == [orjson.loads(each.coded) for each in first]
    assert all(one is other for one, other in zip(first, second, strict=True))


async def test_arguments_make_no_difference_and_selections_do(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a")]
    text = (
        "subscription ($of: Int, $all: Boolean!)"
        " { signs(of: $of) { word size ... on Board @include(if: $all) { more } } }"
    )

    few, again = [await told(engine, text, of=each, all=False) for each in (1, 2)]
    everything = await told(engine, text, all=True)
    other = await told(engine, "subscription { sign: signs { size word } }")

    assert few[0] is again[0]
    assert few == [{"data": {"signs": {"word": "a", "size": 1}}}]
    assert everything == [{"data": {"signs": {"word": "a", "size": 1, "more": "more"}}}]
    assert other == [{"data": {"sign": {"size": 1, "word": "a"}}}]


async def test_equal_events_are_not_the_same(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a"), Board(word="a")]

    one, other = await told(engine, SIGNS)

    assert one == other
    assert one is not other


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("not shared", "subscription { ownSigns { word size } }"),
        ("its type asks", "subscription { mirrors { word size } }"),
    ],
)
async def test_others_answer_each_for_itself(engine: Engine, case: str, text: str) -> None:
    SHOWN[:] = [Mirror()] if case == "its type asks" else [Board(word="a")]

    first, second = [await told(engine, text) for _ in range(2)]

    assert first == second
    assert not isinstance(first[0], CodedAnswer)


async def test_a_resolver_below_is_asked_for_each_who_is_told(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a")]
    text = "subscription { signs { word size ... on Board { reader } } }"

    answers = [(await told(engine, text, reader))[0] for reader in ("me", "you")]

    assert [each["data"]["signs"]["reader"] for each in answers] == ["me", "you"]


async def test_errors_are_each_ones_own(engine: Engine) -> None:
    SHOWN[:] = [Board(word=None)]  # type: ignore[arg-type] # a mistake

    answers = [(await told(engine, SIGNS, reader))[0] for reader in ("me", "you")]

    assert [each["errors"][0]["extensions"]["requestId"] for each in answers] == ["me", "you"]


async def test_without_plans_nothing_is_shared() -> None:
    SHOWN[:] = [Board(word="a")]

    [answer] = await told(Engine(SCHEMA, compiled=False), SIGNS)

    assert answer["data"]["signs"]["word"] == "a"
    assert not isinstance(answer, CodedAnswer)


async def test_what_is_no_subscription_keeps_nothing() -> None:
    schema = strawberry.Schema(query=Query, execution_context_class=CompiledExecutor)
    document = Engine(schema).documents.get("{ ping }")
    executor = CompiledExecutor.build(schema._schema, document.ast, plans=document.plans)

    assert isinstance(executor, CompiledExecutor)
    assert kept_answers_of(executor, "ping") is None


def test_the_oldest_answer_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_module, "MAX_KEPT", 2)
    kept = KeptAnswers()
    events = [object() for _ in range(3)]

    answers = [kept.keep(event, {"data": number}) for number, event in enumerate(events)]

    assert len(kept) == 2
    assert [kept.get(event) for event in events] == [None, *answers[1:]]


def test_a_coded_answer_is_sent_as_it_is() -> None:
    answer = CodedAnswer({"data": {"x": "ж"}})

    assert encode(answer, locale="ru", request_id="r") is answer.coded
    assert orjson.loads(answer.coded) == answer == {"data": {"x": "ж"}}


def _words(answers: Sequence[Any]) -> list[str]:
    return [each["data"]["quickSigns"]["word"] for each in answers]


async def told_quickly(engine: Engine, fields: str) -> tuple[list[str], list[str]]:
    """The words that were yielded, and those that were told at once."""
    at_once: list[CodedAnswer] = []

    def take(answer: CodedAnswer) -> bool:
        at_once.append(answer)
        return bool(answer["data"]["quickSigns"]["word"] != "refused")

    text = f"subscription {{ quickSigns {{ word {fields} }} }}"
    answers = await engine.subscribe(OperationRequest(text), Context(), at_once=take)
    assert isinstance(answers, AsyncGenerator)
    yielded = [each async for each in answers]
    return _words(yielded), _words(at_once)


async def test_an_event_of_a_known_kind_is_told_at_once(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a"), Board(word="b"), Board(word="c")]
    SHOWN.append(SHOWN[0])

    assert await told_quickly(engine, "size") == (["a"], ["b", "c", "a"])


async def test_what_is_not_taken_at_once_is_yielded(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a"), Board(word="refused"), Board(word="b")]

    assert await told_quickly(engine, "size") == (["a", "refused"], ["refused", "b"])


@pytest.mark.parametrize("field", ["reader", "later"])
async def test_what_asks_something_is_never_told_at_once(engine: Engine, field: str) -> None:
    SHOWN[:] = [Board(word="a"), Board(word="b")]

    yielded, at_once = await told_quickly(engine, f"... on Board {{ {field} }}")

    assert (yielded, at_once) == (["a", "b"], [])


async def test_who_takes_nothing_at_once_is_yielded_everything(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a"), Board(word="b")]

    assert len(await told(engine, "subscription { quickSigns { word } }")) == 2


async def test_an_odd_event_is_left_to_the_long_way(engine: Engine) -> None:
    SHOWN[:] = [Board(word="a"), Board(word=None)]  # type: ignore[arg-type] # odd

    taken: list[CodedAnswer] = []

    def take(answer: CodedAnswer) -> bool:
        taken.append(answer)
        return True

    request = OperationRequest("subscription { quickSigns { word } }")
    answers = await engine.subscribe(request, Context(), at_once=take)
    assert isinstance(answers, AsyncGenerator)
    found = [each async for each in answers]

    assert [each.get("data") for each in found] == [{"quickSigns": {"word": "a"}}, None]
    assert taken == []
