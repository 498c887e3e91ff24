"""In whose name an operation runs: the employee who has started it, with their present rights."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kvartal.auth.api import Actor, employee_by_id
from kvartal_integration.operations.rules import Entry, EntrySeverity, OperationFailed
from kvartal_integration.operations.service import Run
from kvartal_integration.spreadsheets.queries import building_choice
from kvartal_meters.api import SUBMIT, SubmissionChannel

__all__ = ["stopped", "working_starter"]


async def working_starter(run: Run) -> Actor:
    """The starter; OperationFailed if they may not do this any more."""
    assert run.started_by_id is not None
    actor = await employee_by_id(run.started_by_id, channel=SubmissionChannel.EXCEL.value)
    if not actor.may(SUBMIT.code, run.organization_id):
        raise stopped("X113")
    building_id = run.request["building_id"]
    if building_id is not None:
        choice = await building_choice(actor, UUID(building_id))
        if choice is None or not choice.is_permitted:
            raise stopped("X109")
    return actor


def stopped(code: str, facts: Mapping[str, Any] | None = None) -> OperationFailed:
    """What ends an operation: an error about the whole of it."""
    return OperationFailed(Entry(severity=EntrySeverity.ERROR, code=code, facts=facts or {}))
