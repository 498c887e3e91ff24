"""What the workers do so that people are told: hear events, and remind by the day."""

from kvartal.events import on
from kvartal.services.api import ServiceOrderCreated
from kvartal.tasks import actor, cron
from kvartal_integration.api import OperationFinished
from kvartal_meters.api import ReadingsSubmitted
from kvartal_notifications.sources import service

__all__ = ["HANDLERS", "remind"]


async def tell_readings_submitted(heard: ReadingsSubmitted) -> None:
    """A resident has submitted readings."""
    await service.tell_readings_submitted(heard)


async def tell_operation_finished(heard: OperationFinished) -> None:
    """An import or export is over."""
    await service.tell_operation_finished(heard)


async def tell_service_ordered(heard: ServiceOrderCreated) -> None:
    """A service was ordered."""
    await service.tell_service_ordered(heard)


HANDLERS = (
    on(ReadingsSubmitted, tell_readings_submitted),
    on(OperationFinished, tell_operation_finished),
    on(ServiceOrderCreated, tell_service_ordered),
)


# Ten o'clock is one of these minutes in every zone there is: some are a quarter of an hour off.
@cron("*/15 * * * *")
@actor("notifications.remind", time_limit_seconds=3600, max_attempts=3)
async def remind() -> None:
    """Remind of windows and of verification wherever it is time."""
    await service.remind_where_due()
