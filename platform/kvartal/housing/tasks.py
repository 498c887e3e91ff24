"""What the workers do about the estate: the words of premises follow their building's address."""

from kvartal.events import on
from kvartal.housing.events import PlacesRenamed
from kvartal.housing.queries.changing import refresh_search

__all__ = ["HANDLERS", "refresh_premises"]


async def refresh_premises(renamed: PlacesRenamed) -> None:
    """Make the searched text of all premises of the renamed buildings anew."""
    if renamed.building_ids:
        await refresh_search(buildings=renamed.building_ids)


HANDLERS = (on(PlacesRenamed, refresh_premises),)
