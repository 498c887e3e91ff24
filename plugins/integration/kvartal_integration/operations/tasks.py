"""What the workers do about operations: reports by e-mail, and the end of what is left over."""

from uuid import UUID

import structlog

from kvartal import clock, mail
from kvartal.events import on
from kvartal.tasks import actor, cron, enqueue
from kvartal_integration.events import OperationFinished
from kvartal_integration.operations.rules import XML_KINDS
from kvartal_integration.operations.service import closing, letters

__all__ = ["HANDLERS", "close_abandoned_operations", "mail_report", "sweep_operations"]

log = structlog.get_logger("kvartal_integration.operations")


@actor("integration.mail_report", time_limit_seconds=90)
async def mail_report(operation_id: UUID, letter_id: UUID) -> None:
    """Send the report of an exchange to one of the addresses that are to be told."""
    message = await letters.letter(operation_id, letter_id)
    if message is not None:
        await mail.send(message)


async def send_reports(finished: OperationFinished) -> None:
    """Have each address told: a letter of its own, so that a wrong one holds up no other."""
    if finished.kind not in XML_KINDS:
        return
    for letter_id in await letters.letters_of(finished.operation_id):
        await enqueue(mail_report, finished.operation_id, letter_id)


HANDLERS = (on(OperationFinished, send_reports),)


@cron("*/5 * * * *")
@actor("integration.close_abandoned_operations", time_limit_seconds=300)
async def close_abandoned_operations() -> None:
    """Close as FAILED what waits or runs though its task was given up."""
    closed = await closing.close_abandoned()
    if closed:
        log.warning("operations.abandoned", closed=closed)


@cron("30 1 * * *")
@actor("integration.sweep_operations", time_limit_seconds=3600)
async def sweep_operations() -> None:
    """Delete old operations with their entries and files, and old files of younger ones."""
    gone, files = await closing.sweep(clock.now())
    log.info("operations.swept", operations=gone, files=files)
