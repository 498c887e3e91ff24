"""Questions about operations, and what moves them on."""

from kvartal_integration.operations.queries.entries import (
    count_entries,
    entries_by_ids,
    entries_of,
    kept_entries,
)
from kvartal_integration.operations.queries.lists import (
    OperationFilter,
    count_operations,
    operation_of,
    operations_by_ids,
    operations_page,
)
from kvartal_integration.operations.queries.moving import (
    advance,
    begin,
    finish,
    hold_unfinished,
    insert_operation,
    operation_for_cancelling,
    request_cancel,
)
from kvartal_integration.operations.queries.reporting import Told, addresses_of, told_of
from kvartal_integration.operations.queries.scheduled import (
    DueOperation,
    insert_left_out,
    insert_scheduled,
)
from kvartal_integration.operations.queries.sweeping import delete_old, unfinished

__all__ = [
    "DueOperation",
    "OperationFilter",
    "Told",
    "addresses_of",
    "advance",
    "begin",
    "count_entries",
    "count_operations",
    "delete_old",
    "entries_by_ids",
    "entries_of",
    "finish",
    "hold_unfinished",
    "insert_left_out",
    "insert_operation",
    "insert_scheduled",
    "kept_entries",
    "operation_for_cancelling",
    "operation_of",
    "operations_by_ids",
    "operations_page",
    "request_cancel",
    "told_of",
    "unfinished",
]
