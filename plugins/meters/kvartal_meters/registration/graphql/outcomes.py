"""How many rows of a bulk call came to what."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from kvartal.bulk import RowOutcome

__all__ = ["counted"]


def counted(outcomes: Iterable[RowOutcome]) -> dict[str, Any]:
    """How many rows there are of each outcome, by the names of the fields."""
    count = Counter(outcomes)
    return {each.value.lower(): count[each] for each in RowOutcome}
