"""Whatever is stored ends some day, or is kept for ever because."""

from functools import cache
from pathlib import Path

from kvartal.host import load_registry
from kvartal.plugin_checks import models_of
from kvartal.registry import Registry
from kvartal.retention.settings import RetentionSettings
from kvartal.settings import FIRST_PARTY

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")

ENDS = {
    "integration_operation": "integration.sweep_operations",
    "integration_operation_entry": "integration.sweep_operations",
    "integration_webhook_delivery": "integration.sweep_webhook_deliveries",
    "kvartal_attempt_budget": "kvartal.auth_cleanup",
    "kvartal_audit_entry": "kvartal.sweep_audit_log",
    "kvartal_cron_claim": "kvartal.sweep_outbox",
    "kvartal_delivery": "kvartal.sweep_outbox",
    "kvartal_event": "kvartal.sweep_outbox",
    "kvartal_idempotency_key": "kvartal.sweep_idempotency_keys",
    "kvartal_known_address": "kvartal.auth_cleanup",
    "kvartal_one_time_code": "kvartal.auth_cleanup",
    "kvartal_password_reset": "kvartal.auth_cleanup",
    "kvartal_refresh_token": "kvartal.auth_cleanup",
    "kvartal_session": "kvartal.auth_cleanup",
    "kvartal_stored_file": "kvartal.sweep_files",
    "notifications_delivery": "notifications.sweep_notifications",
    "notifications_notification": "notifications.sweep_notifications",
    "notifications_reminder_run": "notifications.sweep_notifications",
    "notifications_suppressed_address": "notifications.sweep_notifications",
}
"""The scheduled task that deletes from a table what has had its time."""

SET_UP = "an organization has set it up so, until it does otherwise"
ESTATE = "the estate: what is gone stands in the archive, for its readings and charges refer to it"
PEOPLE = "who has done something must be found as long as what they did"

KEPT = {
    "aerich": "which migrations there have been",
    "integration_connection": SET_UP,
    "integration_settings": SET_UP,
    "integration_webhook": SET_UP,
    "kvartal_account": ESTATE,
    "kvartal_building": ESTATE,
    "kvartal_building_access": SET_UP,
    "kvartal_building_group": ESTATE,
    "kvartal_building_group_member": SET_UP,
    "kvartal_employee": PEOPLE,
    "kvartal_employee_role": SET_UP,
    "kvartal_home_widget": SET_UP,
    "kvartal_organization": "the tenant itself",
    "kvartal_premise": ESTATE,
    "kvartal_quarter": ESTATE,
    "kvartal_residency": SET_UP,
    "kvartal_resident": PEOPLE,
    "kvartal_role": SET_UP,
    "kvartal_role_permission": SET_UP,
    "kvartal_service": ESTATE,
    "kvartal_service_order": "what residents have asked for, and what came of it",
    "kvartal_service_token": PEOPLE,
    "kvartal_service_token_building": SET_UP,
    "kvartal_service_token_permission": SET_UP,
    "kvartal_user": PEOPLE,
    "meters_anomaly_threshold": SET_UP,
    "meters_collective_details": ESTATE,
    "meters_meter": ESTATE,
    "meters_name": "a resident's own, until they name the meter otherwise",
    "meters_policy": SET_UP,
    "meters_reading": "charges are made of it, and disputed for years; it goes with its meter",
    "meters_reading_revision": "who has changed a reading; it goes with the reading",
    "meters_resource_rule": SET_UP,
    "meters_resource_settings": SET_UP,
    "meters_verification": "the history of a meter; it goes with the meter",
    "notifications_device": "it goes with the session that registered it",
    "notifications_opt_out": SET_UP,
    "notifications_person_settings": SET_UP,
    "notifications_policy": SET_UP,
    "notifications_role_tick": SET_UP,
}
"""Why nothing is deleted from a table because of its age."""


@cache
def registry() -> Registry:
    return load_registry(FIRST_PARTY)


def test_every_table_ends_or_is_kept_because() -> None:
    tables = {
        model._meta.db_table for each in registry().plugins for model in models_of(each.plugin)
    } | {"aerich"}

    assert ENDS.keys() & KEPT.keys() == set()
    assert tables == ENDS.keys() | KEPT.keys()
    assert all(KEPT.values())


def test_what_ends_is_ended_by_a_task_with_a_schedule() -> None:
    tasks = registry().tasks

    assert {name for name in ENDS.values() if tasks[name].schedule is None} == set()


def test_the_operator_is_told_of_each() -> None:
    assert [
        (table, task)
        for table, task in ENDS.items()
        if f"`{table}`" not in OPERATIONS or f"`{task}`" not in OPERATIONS
    ] == []


def test_every_setting_of_retention_is_told_with_what_it_rules() -> None:
    names = {f"`KVARTAL_{name.upper()}`" for name in RetentionSettings.model_fields}

    assert {name for name in names if name not in OPERATIONS} == set()
