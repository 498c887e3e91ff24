"""Carrying notices to people."""

from kvartal_notifications.delivery.service.carrying import deliver

__all__ = ["deliver"]
