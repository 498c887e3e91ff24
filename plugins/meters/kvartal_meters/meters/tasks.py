"""What the workers do about meters: they follow addresses, numbers and accounts of the estate."""

from kvartal import clock
from kvartal.events import on
from kvartal.housing.api import AccountsMoved, PlacesRenamed
from kvartal_meters.meters.queries import leave_moved_accounts, refresh_search

__all__ = ["HANDLERS", "follow_names", "leave_accounts"]


async def follow_names(renamed: PlacesRenamed) -> None:
    """Meters are found by the new addresses and numbers."""
    await refresh_search(
        buildings=renamed.building_ids,
        premises=renamed.premise_ids,
        accounts=renamed.account_ids,
    )


async def leave_accounts(moved: AccountsMoved) -> None:
    """A meter stays in its premise when its account goes to another one."""
    premises = await leave_moved_accounts(moved.account_ids, now=clock.now())
    if premises:
        await refresh_search(premises=premises)


HANDLERS = (on(PlacesRenamed, follow_names), on(AccountsMoved, leave_accounts))
