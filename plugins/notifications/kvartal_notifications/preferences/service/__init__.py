"""Choosing who is told of what, by which channel, and when not."""

from kvartal_notifications.preferences.service.persons import (
    Choices,
    choose,
    chosen,
    owner_of,
)
from kvartal_notifications.preferences.service.policies import PolicyChange, update_policy
from kvartal_notifications.preferences.service.ticks import update_ticks

__all__ = [
    "Choices",
    "PolicyChange",
    "choose",
    "chosen",
    "owner_of",
    "update_policy",
    "update_ticks",
]
