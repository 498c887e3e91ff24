"""A meter's earlier values."""

import strawberry

from kvartal.context import Info
from kvartal.graphql.extend import extends
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.readings.graphql.rows import Reading
from kvartal_meters.readings.loaders import ReadingsByMeter
from kvartal_meters.readings.sources import BY_MONTH

__all__ = ["MeterReadings"]


@extends(Meter)
class MeterReadings:
    """What a meter showed."""

    @strawberry.field(
        description="Its readings, newest month first; `first: 1` is the latest. Staff see them"
        " with the right to readings, or with that to change the meter."
    )
    async def readings(
        self,
        info: Info,
        parent: strawberry.Parent[Meter],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Reading]:
        """A page of the meter's readings."""
        page = page_of(first, after, last, before)
        rows = await info.context.load(ReadingsByMeter, (parent.uuid, page))
        locale = info.context.locale
        return connected(page, rows, lambda row: Reading.of(row, locale), BY_MONTH)
