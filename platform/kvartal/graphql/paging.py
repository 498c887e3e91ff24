"""Relay connections over keyset pages: a cursor holds the sort key, never an offset."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import orjson
import strawberry

from kvartal.db.connection import Record
from kvartal.db.sql import Keyset
from kvartal.errors import BadInput
from kvartal.graphql.rows import read_lazily, row_over

__all__ = [
    "COUNT_LIMIT",
    "DEFAULT_PAGE",
    "MAX_PAGE",
    "After",
    "Before",
    "Connection",
    "Edge",
    "First",
    "Last",
    "Page",
    "PageInfo",
    "TotalCount",
    "connected",
    "decode_cursor",
    "encode_cursor",
    "page_of",
]

DEFAULT_PAGE = 50
MAX_PAGE = 500
COUNT_LIMIT = 1001
"""Where counting stops: one more than is told."""
_SIZES = (1, 2, 11, 51, 101, 201, 501)

T = TypeVar("T")

Counter = Callable[[], Awaitable[int]]

First = Annotated[
    int | None,
    strawberry.argument(description="Rows after the cursor; 50 by default, 500 at most."),
]
After = Annotated[str | None, strawberry.argument(description="Cursor to go on from.")]
Last = Annotated[
    int | None, strawberry.argument(description="Rows before the cursor, counted from the end.")
]
Before = Annotated[str | None, strawberry.argument(description="Cursor to go back from.")]


@strawberry.type(description="Where a page stands in its list (Relay).")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows precede this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the page's first row.")
    end_cursor: str | None = strawberry.field(description="Cursor of the page's last row.")


@strawberry.type(description="A row and its cursor (Relay).")
class Edge(Generic[T]):
    """One row of a connection."""

    cursor: str = strawberry.field(description="Opaque position of the row in its order.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="How many rows a list has; counting stops where it gets dear.")
class TotalCount:
    """A count that is exact up to a limit."""

    count: int = strawberry.field(description="Rows found, 1000 at most.")
    is_exact: bool = strawberry.field(description="False where there are more than 1000.")

    @classmethod
    def of(cls, found: int) -> "TotalCount":
        """The count of rows that were counted up to ``COUNT_LIMIT``."""
        return cls(count=min(found, COUNT_LIMIT - 1), is_exact=found < COUNT_LIMIT)


@dataclass(frozen=True, slots=True)
class _Slice(Generic[T]):
    """What a page's connection is made of, by and by: few clients ask for each row's cursor."""

    page: "Page"
    more: bool
    records: Sequence[Record]
    nodes: list[T]
    order: Keyset
    counter: Counter | None

    def edges(self) -> list[Edge[T]]:
        """The rows with their cursors."""
        return [
            Edge(cursor=self.cursor(record), node=node)
            for record, node in zip(self.records, self.nodes, strict=True)
        ]

    def info(self) -> PageInfo:
        """Where the page stands."""
        goes_on = self.page.cursor is not None
        return PageInfo(
            has_next_page=goes_on if self.page.backward else self.more,
            has_previous_page=self.more if self.page.backward else goes_on,
            start_cursor=self.cursor(self.records[0]) if self.records else None,
            end_cursor=self.cursor(self.records[-1]) if self.records else None,
        )

    def cursor(self, record: Record) -> str:
        """The position of a row."""
        return encode_cursor(*self.order.key_of(record))


@read_lazily(
    counter=lambda _, source: source.counter,
    edges=lambda _, source: source.edges(),
    nodes=lambda _, source: source.nodes,
    page_info=lambda _, source: source.info(),
)
@strawberry.type(description="A page of a list (Relay).")
class Connection(Generic[T]):
    """Relay's connection; ``nodes`` spares the edges to those who need no cursors."""

    counter: strawberry.Private[Counter | None] = None

    edges: list[Edge[T]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows alone.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(
        description="How many rows the whole list has, counted only when selected; null of a list"
        " that is not counted."
    )
    async def total_count(self) -> TotalCount | None:
        """The count of the whole list."""
        return TotalCount.of(await self.counter()) if self.counter else None


@dataclass(frozen=True, slots=True)
class Page:
    """What a client asks for: ``size`` rows from ``cursor``, forward or backward."""

    size: int
    cursor: str | None
    backward: bool

    @property
    def limit(self) -> int:
        """Rows to fetch: one more than asked tells whether more follow.

        Rounded up, because each text of a statement is prepared apart (cut in Python).
        """
        return next(size for size in _SIZES if size > self.size)

    @property
    def key(self) -> list[str | int | None] | None:
        """The sort key to go on from."""
        return decode_cursor(self.cursor) if self.cursor is not None else None


def page_of(first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
    """Validated paging arguments; BadInput names the limit that was passed over."""
    if first is not None and last is not None:
        raise BadInput("PAGE_BOTH_WAYS")
    if (after is not None and last is not None) or (before is not None and last is None):
        raise BadInput("PAGE_CURSOR_WRONG_WAY")
    size = first if first is not None else last if last is not None else DEFAULT_PAGE
    if not 0 <= size <= MAX_PAGE:
        raise BadInput("PAGE_SIZE", limit=MAX_PAGE, value=size)
    return Page(size, before if last is not None else after, backward=last is not None)


def encode_cursor(*key: str | int | None) -> str:
    """The cursor of a row with this sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[str | int | None]:
    """The sort key of a cursor; BadInput if it is not one of ours."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = orjson.loads(raw)
    except ValueError:
        raise BadInput("BAD_CURSOR") from None
    if not isinstance(key, list) or not all(isinstance(v, str | int | None) for v in key):
        raise BadInput("BAD_CURSOR")
    return key


def connected(
    page: Page,
    records: Sequence[Record],
    row: Callable[[Record], T],
    order: Keyset,
    counter: Counter | None = None,
) -> Connection[T]:
    """The connection of a page that was fetched with ``page.limit`` in the page's direction.

    Its cursors are the keys of the order; ``counter`` counts the list up to ``COUNT_LIMIT``.
    """
    kept = list(records[: page.size])
    if page.backward:
        kept.reverse()
    nodes = [row(each) for each in kept]
    return row_over(Connection, _Slice(page, len(records) > page.size, kept, nodes, order, counter))
