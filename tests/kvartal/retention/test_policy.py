from datetime import timedelta

import pytest
from pydantic import ValidationError

from kvartal.retention import policy
from kvartal.retention.policy import Retention, configure, configured, retention
from kvartal.retention.settings import RetentionSettings


def test_what_the_code_takes_for_granted_is_what_the_settings_say() -> None:
    assert Retention.of(RetentionSettings()) == Retention()


def test_each_setting_rules_its_own() -> None:
    settings = RetentionSettings(
        retention_audit_days=1,
        retention_outbox_days=2,
        retention_failed_days=3,
        retention_session_days=4,
        retention_address_days=5,
        retention_orphan_hours=6,
    )

    assert Retention.of(settings) == Retention(
        audit=timedelta(days=1),
        outbox=timedelta(days=2),
        failed=timedelta(days=3),
        session=timedelta(days=4),
        address=timedelta(days=5),
        orphan=timedelta(hours=6),
    )


def test_no_days_keep_the_audit_log_for_ever() -> None:
    assert Retention.of(RetentionSettings(retention_audit_days=0)).audit is None


def test_nothing_is_kept_for_less_than_nothing() -> None:
    with pytest.raises(ValidationError):
        RetentionSettings(retention_outbox_days=0)


def test_a_process_has_one_retention(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "_present", Retention())

    configure(RetentionSettings(retention_outbox_days=9))
    with configured(Retention(outbox=timedelta(days=1))):
        inside = retention().outbox

    assert (inside, retention().outbox) == (timedelta(days=1), timedelta(days=9))
