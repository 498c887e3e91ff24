"""How an operation ends: its status and sentence, the table of its entries, and who hears of it."""

from uuid import UUID

from kvartal import clock, live
from kvartal.db.connection import Record
from kvartal.db.transaction import unit_of_work
from kvartal.events import emit
from kvartal_integration.events import OperationFinished
from kvartal_integration.operations import queries
from kvartal_integration.operations.rules import Entry, OperationStatus, Sentence, outcome
from kvartal_integration.operations.service.files import keep_report
from kvartal_integration.operations.topics import operation_topic

__all__ = ["end"]


async def end(
    operation_id: UUID,
    status: OperationStatus | None,
    *,
    last: Entry | None = None,
    conclusion: Sentence | None = None,
) -> None:
    """End an operation, unless it is over: with this status, or the one that its entries make.

    ``last``: the entry that has ended it, which is its message as well.
    """
    async with unit_of_work():
        held = await queries.hold_unfinished(operation_id)
        if held is None:
            return
        ended = status or outcome(errors=held["errors"], warnings=held["warnings"])
        message = _sentence(ended, held, last, conclusion)
        await queries.finish(operation_id, ended, message, last=last, now=clock.now())
        told = await queries.told_of(operation_id)
        assert told is not None
        await keep_report(told)
        emit(
            OperationFinished(
                operation_id=operation_id,
                organization_id=told.organization_id,
                kind=told.kind,
                status=told.status,
                trigger=told.trigger,
                started_by_id=told.started_by_id,
                errors=told.errors,
                warnings=told.warnings,
            )
        )
        live.touch(operation_topic(operation_id))


def _sentence(
    status: OperationStatus, held: Record, last: Entry | None, conclusion: Sentence | None
) -> Sentence:
    if last is not None:
        return Sentence(last.code, last.facts)
    if status is OperationStatus.CANCELLED:
        return Sentence("OPERATION_CANCELLED")
    if conclusion is not None:
        return conclusion
    if status is OperationStatus.SUCCEEDED:
        return Sentence("OPERATION_SUCCEEDED")
    counted = {"errors": held["errors"], "warnings": held["warnings"]}
    return Sentence("OPERATION_WITH_WARNINGS", counted)
