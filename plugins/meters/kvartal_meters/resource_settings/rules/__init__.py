"""The law of settings: when readings are collected, and who decides over a building."""

from kvartal_meters.resource_settings.levels import ApplyMode, Place, SettingsLevel
from kvartal_meters.resource_settings.rules.hierarchy import (
    Application,
    Lock,
    Outcome,
    Rule,
    Settlement,
    Standing,
    applied,
    lock_after_cancelling,
    outcome_of,
    settle,
)
from kvartal_meters.resource_settings.rules.table import (
    Entry,
    Table,
    complete,
    read_entries,
    records_of,
    table_of,
)
from kvartal_meters.resource_settings.rules.window import (
    CollectionPeriod,
    SettingsValues,
    WindowDays,
    WindowState,
    owner_month,
    state_on,
    validate_days,
    window_of,
)

__all__ = [
    "Application",
    "ApplyMode",
    "CollectionPeriod",
    "Entry",
    "Lock",
    "Outcome",
    "Place",
    "Rule",
    "SettingsLevel",
    "SettingsValues",
    "Settlement",
    "Standing",
    "Table",
    "WindowDays",
    "WindowState",
    "applied",
    "complete",
    "lock_after_cancelling",
    "outcome_of",
    "owner_month",
    "read_entries",
    "records_of",
    "settle",
    "state_on",
    "table_of",
    "validate_days",
    "window_of",
]
