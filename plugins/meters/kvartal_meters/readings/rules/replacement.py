"""Which meter may take the place of another one (замена счётчика)."""

from kvartal_meters.catalog.rules import CATALOG, MeterType

__all__ = ["may_replace"]


def may_replace(old: MeterType, new: MeterType) -> bool:
    """Whether a meter of one type may take the place of one of another.

    It measures the same in the same unit; a meter with other tariffs does, hot water is not cold.
    """
    before, after = CATALOG[old], CATALOG[new]
    if (before.kind, before.unit) != (after.kind, after.unit):
        return False
    return old is new or len(before.registers) != len(after.registers)
