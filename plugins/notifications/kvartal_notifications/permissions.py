"""The rights of the notifications; their titles stand in ``locale/``."""

from kvartal.plugin import Permission

__all__ = ["ALL", "DELIVERY_MANAGE"]

DELIVERY_MANAGE = Permission(code="notifications.delivery.manage")
"""«Журнал уведомлений»: what was sent to whom, and sending once more."""

ALL = (DELIVERY_MANAGE,)
