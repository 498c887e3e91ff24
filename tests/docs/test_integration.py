"""docs/integration.md is true: its codes, schedules, names, example and check of a signature."""

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.docs.integration import PAGE, codes, page

from kvartal import text
from kvartal_integration.metrics_xml import parsing
from kvartal_integration.schedules.rules import Schedule, file_name
from kvartal_integration.schedules.wording import spoken
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.webhooks.rules import WebhookEvent, new_secret, signature

TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = re.split(r"^#+ ", TEXT.partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_all_codes_are_told_as_the_catalogues_have_them() -> None:
    assert len(codes()) > 30
    assert page() == TEXT, "make it anew: .venv/bin/python -m tests.docs.integration"


def test_the_schedules_are_said_as_they_stand_there() -> None:
    text.load(["kvartal_meters", "kvartal_integration"])
    found = rows("Schedules")

    assert len(found) == 6
    for *fields, said in found:
        schedule = Schedule(
            **dict(
                zip(
                    ("minutes", "hours", "days", "months", "weekdays"),
                    (each.strip("`") for each in fields),
                    strict=True,
                )
            )
        )
        assert spoken(schedule, "ru") == said


def test_the_tokens_make_names() -> None:
    moment = datetime(2026, 11, 24, 4, 5, tzinfo=ZoneInfo("Europe/Moscow"))
    found = [cells[0].strip("`") for cells in rows("Names of exported files")]

    names = [file_name(each, company=8, moment=moment, month="2026-10") for each in found]

    assert names == ["8", "2026-11-24", "20261124", "0405", "202610"]


def test_the_example_is_the_one_that_is_tested() -> None:
    root = PAGE.parents[1] / "plugins" / "integration" / "kvartal_integration" / "metrics_xml"
    example = root / "example.xml"

    assert BLOCKS["metrics.xml"] == example.read_text(encoding="utf-8")
    with example.open("rb") as file:
        assert len(list(parsing.read_blocks(file, name="metrics.xml"))) == 2


def test_the_fields_of_the_format_are_those_of_the_schema() -> None:
    root = PAGE.parents[1] / "plugins" / "integration" / "kvartal_integration" / "metrics_xml"
    schema = (root / "metrics.xsd").read_text(encoding="utf-8")
    named = set(re.findall(r'<xs:(?:element|attribute) name="(\w+)"', schema))
    told = {
        name
        for cells in rows("The format of files")
        for cell in cells[:2]
        for name in re.findall(r"`(\w+)`", cell)
    }

    assert named - told == {"houseMeters", "readings"}
    assert told <= named


def test_the_settings_have_their_names() -> None:
    prefix = "KVARTAL_INTEGRATION_"
    told = {each.lower() for each in re.findall(rf"{prefix}([A-Z_]+)", TEXT)}

    assert told == {"allowed_hosts", "import_megabytes"}
    assert told <= IntegrationSettings.model_fields.keys()


def test_all_events_of_webhooks_are_told() -> None:
    table = TEXT.partition("| `type` | `data` |")[2]

    assert set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)) == set(WebhookEvent)


@pytest.fixture
def is_genuine() -> Any:
    """The receiver's check, as it stands on the page."""
    found: dict[str, Any] = {}
    exec(compile(BLOCKS["verify.py"], "verify.py", "exec"), found)
    return found["is_genuine"]


def test_a_receiver_tells_our_messages_from_others(is_genuine: Any) -> None:
    secret, body = new_secret(), b'{"type":"ping"}'
    sent = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": signature(secret, "msg_1", sent, body),
    }
    now = sent.timestamp() + 299

    assert is_genuine(secret, headers, body, now)
    assert not is_genuine(secret, headers, body + b" ", now)
    assert not is_genuine(new_secret(), headers, body, now)
    assert not is_genuine(secret, {**headers, "webhook-id": "msg_2"}, body, now)
    assert not is_genuine(secret, headers, body, sent.timestamp() + 301)
    assert not is_genuine(secret, {**headers, "webhook-timestamp": "soon"}, body, now)
