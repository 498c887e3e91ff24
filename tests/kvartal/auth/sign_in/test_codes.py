from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from kvartal.auth import codes
from kvartal.auth.codes import CodeIssue, ConsoleSender, MutedSender
from kvartal.auth.policy import Policy, configured, policy
from kvartal.settings import Settings

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
KEY = b"k" * 32


def settings(**changes: object) -> Settings:
    usual: dict[str, object] = {
        "database_url": "postgres://localhost/kvartal",
        "redis_url": "redis://localhost",
        "secret_key": "a secret of thirty-two characters",
    }
    return Settings(**usual | changes)  # type: ignore[arg-type] # read as from the environment


def test_a_code_is_six_digits_and_the_same_each_time_for_one_issue() -> None:
    issue = CodeIssue(uuid4(), NOW)

    code = codes.code_of(issue, KEY)

    assert len(code) == 6
    assert code.isdecimal()
    assert codes.code_of(issue, KEY) == code


def test_codes_differ_by_issue_telephone_and_key() -> None:
    first = CodeIssue(uuid4(), NOW)
    others = [
        codes.code_of(CodeIssue(first.id, NOW + timedelta(microseconds=n)), KEY)
        for n in range(1, 500)
    ]
    others += [codes.code_of(CodeIssue(uuid4(), NOW), KEY) for _ in range(500)]
    others += [codes.code_of(first, bytes([n]) * 32) for n in range(250)]

    [(_, most)] = Counter(others).most_common(1)

    assert most < 4
    assert "000000" not in others


def test_a_code_is_compared_as_a_whole() -> None:
    assert codes.is_code_of(b"123456", "123456")
    assert not codes.is_code_of(b"12345", "123456")
    assert not codes.is_code_of(b"123457", "123456")


async def test_the_console_shows_the_code() -> None:
    with capture_logs() as logs:
        await ConsoleSender().send("+79001234567", "123456")

    assert logs == [
        {"event": "auth.code", "log_level": "info", "phone": "+79001234567", "code": "123456"}
    ]


async def test_nothing_is_shown_where_no_delivery_is_set_up() -> None:
    with capture_logs() as logs:
        await MutedSender().send("+79001234567", "123456")

    assert [entry["event"] for entry in logs] == ["auth.code_not_delivered"]
    assert "123456" not in str(logs)
    assert "+79001234567" not in str(logs)


@pytest.mark.parametrize(
    ("delivery", "sender"), [("console", ConsoleSender), ("none", MutedSender)]
)
def test_the_settings_name_the_sender(delivery: str, sender: type) -> None:
    assert isinstance(Policy.of(settings(code_delivery=delivery)).sender, sender)


def test_a_sender_of_ones_own_replaces_it() -> None:
    mine = ConsoleSender()

    with configured(settings(), mine):
        assert policy().sender is mine


def test_the_demos_code_is_known_and_no_other_installations() -> None:
    issue = CodeIssue(uuid4(), NOW)

    assert Policy.of(settings(demo=True)).code(issue) == "000000"
    assert Policy.of(settings(demo=False)).code(issue) != "000000"


def test_each_purpose_has_a_key_of_its_own() -> None:
    made = Policy.of(settings())
    other = Policy.of(settings(secret_key="another secret of that many characters"))

    keys = [
        key
        for each in (made, other)
        for key in (
            *each.access_signing,
            *each.code_keys,
            *each.reset_keys,
            *each.device_keys,
            each.limit_key,
        )
    ]

    assert len(set(keys)) == len(keys) == 10


def test_the_policy_does_not_show_its_keys() -> None:
    made = Policy.of(settings())

    assert repr(made.access_key) not in repr(made)
    assert repr(made.code_keys[0]) not in repr(made)
    assert repr(made.limit_key) not in repr(made)


def test_a_process_without_settings_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kvartal.auth.policy._policy", None)

    with pytest.raises(RuntimeError, match="not configured"):
        policy()
