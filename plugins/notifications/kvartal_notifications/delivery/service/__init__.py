"""Carrying notices to people, and once more if somebody asks for it."""

from kvartal_notifications.delivery.service.carrying import deliver
from kvartal_notifications.delivery.service.retrying import retry

__all__ = ["deliver", "retry"]
