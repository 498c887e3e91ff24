"""What employees are told of when it happens; inside the unit of work of who has heard it."""

from kvartal.services.api import ServiceOrderCreated
from kvartal_integration.api import OperationFinished, OperationKind, OperationStatus
from kvartal_meters.api import ReadingsSubmitted
from kvartal_notifications.messages.service import StaffNotice, tell_staff
from kvartal_notifications.sources import queries
from kvartal_notifications.sources.kinds import (
    OPERATION_FAILED,
    OPERATION_FINISHED,
    READINGS_SUBMITTED,
    SERVICE_ORDERED,
)
from kvartal_notifications.sources.service.places import facts_of_place

__all__ = ["tell_operation_finished", "tell_readings_submitted", "tell_service_ordered"]

# Whoever submits readings may do so by Excel too, without a right to the exchange.
_WITHOUT_RIGHT = {OperationKind.EXCEL_IMPORT, OperationKind.EXCEL_EXPORT}


async def tell_readings_submitted(heard: ReadingsSubmitted) -> int:
    """Tell of a resident's submission once, however many meters it was for."""
    place = await facts_of_place(heard)
    if place is None:
        return 0
    return await tell_staff(
        StaffNotice(
            kind=READINGS_SUBMITTED,
            organization_id=heard.organization_id,
            building_id=heard.building_id,
            premise_id=heard.premise_id,
            occasion=str(heard.submission_id),
            facts={**place, "readings": len(heard.reading_ids)},
            subject=("Premise", heard.premise_id),
        )
    )


async def tell_operation_finished(heard: OperationFinished) -> int:
    """Tell of the end of an import or export, whoever has started it in any case."""
    name = await queries.organization_name(heard.organization_id)
    facts = {
        "organization": name,
        "kind": f"OperationKind.{heard.kind}",
        "errors": heard.errors,
        "warnings": heard.warnings,
    }
    has_failed = heard.status is OperationStatus.FAILED
    return await tell_staff(
        StaffNotice(
            kind=OPERATION_FAILED if has_failed else OPERATION_FINISHED,
            organization_id=heard.organization_id,
            occasion=str(heard.operation_id),
            facts=facts if has_failed else {**facts, "status": heard.status},
            subject=("Operation", heard.operation_id),
            also=(heard.started_by_id,) if heard.started_by_id else (),
            theirs=heard.kind in _WITHOUT_RIGHT,
        )
    )


async def tell_service_ordered(heard: ServiceOrderCreated) -> int:
    """Tell of an order, whoever has placed it for the premise."""
    place = await facts_of_place(heard)
    service = await queries.service_title(heard.organization_id, heard.service_id)
    if place is None or service is None:
        return 0
    return await tell_staff(
        StaffNotice(
            kind=SERVICE_ORDERED,
            organization_id=heard.organization_id,
            building_id=heard.building_id,
            premise_id=heard.premise_id,
            occasion=str(heard.order_id),
            facts={**place, "service": service},
            subject=("ServiceOrder", heard.order_id),
        )
    )
