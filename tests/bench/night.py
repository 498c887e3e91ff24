"""The nightly check at its worst: the verification of every meter that there is has lapsed."""

from collections.abc import AsyncIterator
from datetime import date
from time import process_time

from tests.bench.load import cpu_seconds, descendants
from tests.bench.paths import Row
from tests.bench.scene import Scene

from kvartal.testing.host import rolled_back
from kvartal_meters.verification.service import check_verification

__all__ = ["night"]

_MILLION = 1_000_000
_SECONDS = 60


async def night(scene: Scene) -> AsyncIterator[Row]:
    """The check of a day long after all dates, and of the day after it, when nothing is left."""
    path = "nightly check of 1 000 000 meters"
    async with rolled_back():
        lapsed, ours, theirs = await _checked(scene, date(2100, 1, 1))
        _, again, again_theirs = await _checked(scene, date(2100, 1, 2))
    per = _MILLION / lapsed
    both = (ours + theirs) * per
    yield Row(path, "all have lapsed: worker", ours * per, "s")
    yield Row(path, "all have lapsed: PostgreSQL", theirs * per, "s")
    yield Row(path, "all have lapsed: both", both, "s", f"≤ {_SECONDS} s", both <= _SECONDS)
    yield Row(path, "none has lapsed: both", (again + again_theirs) * per, "s")


async def _checked(scene: Scene, day: date) -> tuple[int, float, float]:
    """How many have lapsed, and the CPU seconds of the worker and of PostgreSQL."""
    database = scene.targets["kvartal"].database_pid
    worker, before = process_time(), sum(map(cpu_seconds, descendants(database)))
    counts = await check_verification("Europe/Moscow", day)
    spent = sum(map(cpu_seconds, descendants(database))) - before
    return sum(sum(each.values()) for each in counts.values()), process_time() - worker, spent
