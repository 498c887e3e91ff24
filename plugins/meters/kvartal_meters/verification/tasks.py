"""What the workers do about verification: the check, every night in every time zone."""

from datetime import date

import structlog

from kvartal import clock
from kvartal.db.transaction import unit_of_work
from kvartal.tasks import actor, cron, enqueue_once
from kvartal_meters.verification.queries import time_zones
from kvartal_meters.verification.rules import check_is_due_at
from kvartal_meters.verification.service import check_verification

__all__ = ["verification_check", "verification_nights"]

log = structlog.get_logger("kvartal_meters.verification")


# Ten past midnight is one of these minutes in every zone there is: some are a quarter of an hour
# off. What was missed is made up for as long as the day lasts.
@cron("10,25,40,55 * * * *")
@actor("meters.verification_nights")
async def verification_nights() -> None:
    """Have the meters of each time zone checked once its night has come."""
    zones = await time_zones()
    async with unit_of_work():
        for zone in zones:
            day = clock.today(zone)
            due_at = check_is_due_at(day, clock.timezone(zone))
            if due_at <= clock.now():
                await enqueue_once(verification_check, due_at, timezone=zone, day=day)


@actor("meters.verification_check", time_limit_seconds=3600)
async def verification_check(timezone: str, day: date) -> None:
    """Check the meters of a time zone as of a day; running again finds nothing more."""
    counts = await check_verification(timezone, day)
    for organization_id, lapsed in counts.items():
        log.info(
            "meters.verification_lapsed",
            organization=str(organization_id),
            day=day.isoformat(),
            **{reason.lower(): number for reason, number in sorted(lapsed.items())},
        )
    log.info(
        "meters.verification_checked",
        timezone=timezone,
        day=day.isoformat(),
        organizations=len(counts),
        lapsed=sum(sum(lapsed.values()) for lapsed in counts.values()),
    )
