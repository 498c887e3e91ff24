"""The statements of what roles, persons and organizations have chosen."""

from kvartal_notifications.preferences.queries.persons import (
    Person,
    hold_person,
    person,
    write_choices,
    write_person,
)
from kvartal_notifications.preferences.queries.policies import (
    hold_policy,
    policies_of,
    write_policy,
)
from kvartal_notifications.preferences.queries.ticks import replace_ticks, ticks_of

__all__ = [
    "Person",
    "hold_person",
    "hold_policy",
    "person",
    "policies_of",
    "replace_ticks",
    "ticks_of",
    "write_choices",
    "write_person",
    "write_policy",
]
