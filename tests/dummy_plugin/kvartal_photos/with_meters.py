"""What the plugin does where meters are on: it hears of each reading."""

from kvartal.plugin import PluginPart, on
from kvartal_meters.api import ReadingAccepted
from kvartal_photos.models import HeardReading

__all__ = ["hear_reading", "part"]


async def hear_reading(accepted: ReadingAccepted) -> None:
    """Write a row for each time that a reading is told of."""
    await HeardReading.create(
        organization_id=accepted.organization_id, reading_id=accepted.reading_id
    )


part = PluginPart(handlers=(on(ReadingAccepted, hear_reading),))
