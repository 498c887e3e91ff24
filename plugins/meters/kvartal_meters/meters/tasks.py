"""What the workers do about meters: they follow addresses, numbers and accounts of the estate."""

from kvartal import clock
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit, on
from kvartal.housing.api import AccountsMoved, PlacesRenamed
from kvartal_meters.events import MeterChanged
from kvartal_meters.meters.queries import leave_moved_accounts, refresh_search
from kvartal_meters.meters.rules import MeterChange, MeterScope, MeterStatus

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
    async with unit_of_work():
        left = await leave_moved_accounts(moved.account_ids, now=clock.now())
        if left:
            await refresh_search(meters=[meter["id"] for meter in left])
        for meter in left:
            emit(
                MeterChanged(
                    meter_id=meter["id"],
                    organization_id=meter["organization_id"],
                    building_id=meter["building_id"],
                    premise_id=meter["premise_id"],
                    scope=MeterScope(meter["scope"]),
                    change=MeterChange.UPDATED,
                    status=MeterStatus(meter["status"]),
                    user_id=None,
                )
            )


HANDLERS = (on(PlacesRenamed, follow_names), on(AccountsMoved, leave_accounts))
