"""The arguments that say of which time something is asked."""

from datetime import date
from typing import Annotated

import strawberry

from kvartal import clock
from kvartal.months import YearMonth
from kvartal_meters.history.rules import MonthRange, months_up_to

__all__ = ["FirstMonth", "LastMonth", "SinceDay", "UntilDay", "months_in"]

FirstMonth = Annotated[
    YearMonth | None,
    strawberry.argument(
        name="from",
        description="First month; the twelfth up to the last one if absent. 60 months at most.",
    ),
]
LastMonth = Annotated[
    YearMonth | None,
    strawberry.argument(
        name="to", description="Last month; the present one in the building's time zone if absent."
    ),
]
SinceDay = Annotated[
    date | None,
    strawberry.argument(
        name="from",
        description="Submitted on this day or later, in the building's time zone.",
    ),
]
UntilDay = Annotated[
    date | None,
    strawberry.argument(name="to", description="Submitted on this day or earlier."),
]


def months_in(timezone: str, first: YearMonth | None, last: YearMonth | None) -> MonthRange:
    """The months that are asked for, today being a day of that time zone."""
    return months_up_to(first, last, today=clock.today(timezone))
