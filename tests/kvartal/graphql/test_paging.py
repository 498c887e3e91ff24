"""Relay connections over keyset pages."""

import base64

import orjson
import pytest
from hypothesis import given, strategies

from kvartal.db.connection import Record
from kvartal.db.sql import Keyset
from kvartal.errors import BadInput
from kvartal.graphql.paging import (
    DEFAULT_PAGE,
    MAX_PAGE,
    Connection,
    Page,
    PageInfo,
    connected,
    decode_cursor,
    encode_cursor,
    page_of,
)

ORDER = Keyset({"m.name": str, "m.id": str})
CURSOR = encode_cursor("b", "2")


def code_of(*arguments: object) -> str:
    with pytest.raises(BadInput) as refused:
        page_of(*arguments)  # type: ignore[arg-type]
    return refused.value.message_code


@pytest.mark.parametrize(
    ("case", "arguments", "page"),
    [
        ("nothing said", (None, None, None, None), Page(DEFAULT_PAGE, None, backward=False)),
        ("first", (7, None, None, None), Page(7, None, backward=False)),
        ("first after", (7, CURSOR, None, None), Page(7, CURSOR, backward=False)),
        ("after alone", (None, CURSOR, None, None), Page(DEFAULT_PAGE, CURSOR, backward=False)),
        ("last", (None, None, 7, None), Page(7, None, backward=True)),
        ("last before", (None, None, 7, CURSOR), Page(7, CURSOR, backward=True)),
        ("none at all", (0, None, None, None), Page(0, None, backward=False)),
        ("as many as may be", (MAX_PAGE, None, None, None), Page(MAX_PAGE, None, backward=False)),
    ],
)
def test_what_a_client_asks_for(case: str, arguments: tuple[object, ...], page: Page) -> None:
    assert page_of(*arguments) == page  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "arguments", "code"),
    [
        ("both ways", (1, None, 1, None), "PAGE_BOTH_WAYS"),
        ("after with last", (None, CURSOR, 1, None), "PAGE_CURSOR_WRONG_WAY"),
        ("before with first", (1, None, None, CURSOR), "PAGE_CURSOR_WRONG_WAY"),
        ("before alone", (None, None, None, CURSOR), "PAGE_CURSOR_WRONG_WAY"),
        ("too many", (MAX_PAGE + 1, None, None, None), "PAGE_SIZE"),
        ("too many from the end", (None, None, MAX_PAGE + 1, None), "PAGE_SIZE"),
        ("fewer than none", (-1, None, None, None), "PAGE_SIZE"),
    ],
)
def test_what_a_client_may_not_ask_for(case: str, arguments: tuple[object, ...], code: str) -> None:
    assert code_of(*arguments) == code


def test_the_limit_that_was_passed_over_is_told() -> None:
    with pytest.raises(BadInput) as refused:
        page_of(501, None, None, None)

    assert refused.value.facts == {"limit": 500, "value": 501}


@pytest.mark.parametrize(
    ("size", "limit"),
    [(0, 1), (1, 2), (2, 11), (10, 11), (11, 51), (50, 51), (51, 101), (500, 501)],
)
def test_one_row_more_is_fetched_in_one_of_a_few_sizes(size: int, limit: int) -> None:
    assert Page(size, None, backward=False).limit == limit


@given(strategies.lists(strategies.one_of(strategies.text(), strategies.none()), max_size=4))
def test_a_cursor_is_read_as_it_was_written(key: list[str | None]) -> None:
    key = [each.encode("utf-8", "ignore").decode() if each else each for each in key]

    assert decode_cursor(encode_cursor(*key)) == key
    assert Page(1, encode_cursor(*key), backward=False).key == key


def test_without_a_cursor_there_is_no_key() -> None:
    assert Page(1, None, backward=False).key is None


def coded(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode()


@pytest.mark.parametrize(
    "cursor", ["", "§", "AAAA", coded({"a": 1}), coded("a"), coded([["a"]]), coded([1.5])]
)
def test_what_is_no_cursor_is_bad_input(cursor: str) -> None:
    with pytest.raises(BadInput) as refused:
        decode_cursor(cursor)

    assert refused.value.message_code == "BAD_CURSOR"


def records(*names: str) -> list[Record]:
    return [{"key_0": name, "key_1": str(place)} for place, name in enumerate(names)]


def info(found: Connection[str]) -> tuple[bool, bool]:
    return found.page_info.has_previous_page, found.page_info.has_next_page


def shown(page: Page, *names: str) -> Connection[str]:
    return connected(page, records(*names), lambda row: str(row["key_0"]), ORDER)


@pytest.mark.parametrize(
    ("case", "page", "fetched", "nodes", "previous_and_next"),
    [
        ("first, more", Page(2, None, backward=False), "abc", "ab", (False, True)),
        ("first, no more", Page(2, None, backward=False), "ab", "ab", (False, False)),
        ("after, more", Page(2, CURSOR, backward=False), "cde", "cd", (True, True)),
        ("after, no more", Page(2, CURSOR, backward=False), "c", "c", (True, False)),
        ("last, more", Page(2, None, backward=True), "zyx", "yz", (True, False)),
        ("last, no more", Page(2, None, backward=True), "zy", "yz", (False, False)),
        ("before, more", Page(2, CURSOR, backward=True), "yxw", "xy", (True, True)),
        ("before, no more", Page(2, CURSOR, backward=True), "y", "y", (False, True)),
        ("none asked for", Page(0, None, backward=False), "a", "", (False, True)),
    ],
)
def test_a_page_stands_in_its_list(
    case: str, page: Page, fetched: str, nodes: str, previous_and_next: tuple[bool, bool]
) -> None:
    found = shown(page, *fetched)

    assert "".join(found.nodes) == nodes
    assert [edge.node for edge in found.edges] == found.nodes
    assert info(found) == previous_and_next


def test_its_cursors_are_the_keys_of_its_rows() -> None:
    found = shown(Page(2, None, backward=False), "a", "b", "c")

    assert [decode_cursor(edge.cursor) for edge in found.edges] == [["a", "0"], ["b", "1"]]
    assert found.page_info.start_cursor == found.edges[0].cursor
    assert found.page_info.end_cursor == found.edges[1].cursor


def test_an_empty_page_has_no_cursors() -> None:
    assert shown(Page(2, None, backward=False)).page_info == PageInfo(
        has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None
    )
