"""The statements of the delivery."""

from kvartal_notifications.delivery.queries.carrying import (
    begin,
    claim,
    next_due,
    settle,
    suppress,
)
from kvartal_notifications.delivery.queries.log import (
    DeliveryFilter,
    count_deliveries,
    deliveries_by_ids,
    deliveries_page,
    try_again,
)
from kvartal_notifications.delivery.queries.sweeping import (
    delete_old_notices,
    delete_old_runs,
    lift_suppressed,
)

__all__ = [
    "DeliveryFilter",
    "begin",
    "claim",
    "count_deliveries",
    "delete_old_notices",
    "delete_old_runs",
    "deliveries_by_ids",
    "deliveries_page",
    "lift_suppressed",
    "next_due",
    "settle",
    "suppress",
    "try_again",
]
