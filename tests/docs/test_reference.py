"""docs/plugin-reference.md tells every name that a plugin may import, as the code has it."""

import re

from tests.docs.page import rows
from tests.docs.reference import REFERENCE, reference


def test_the_page_is_what_the_code_says() -> None:
    told = REFERENCE.read_text(encoding="utf-8")

    assert told == reference(), "make it anew: .venv/bin/python -m tests.docs.reference"


def test_it_tells_every_name_of_the_public_surface() -> None:
    sections = re.split(r"^## ", reference(), flags=re.MULTILINE)[1:]
    told = {
        section.partition("\n")[0]: re.findall(
            r"^- (?:[a-z]+ `[\w.]+`, |GraphQL, )?`(?:async )?(?:with )?(\w+)", section, re.MULTILINE
        )
        for section in sections
    }

    assert {**told, "Fixtures of pytest": []} == {
        **{
            name.strip("`"): re.findall(r"`(\w+)`", ours)
            for name, ours, _ in rows("The public surface")
        },
        "Fixtures of pytest": [],
    }


def test_it_tells_how_each_kind_of_name_is_used() -> None:
    told = reference().splitlines()

    assert "- `now() -> datetime`: The present instant, in UTC." in told
    assert "  - `first_day`: The first day of the month." in told
    assert "- `MAX_PAGE` = `500`" in told
    assert "- `Info` = `StrawberryInfo[Context, None]`" in told
    assert any(line.startswith("- `with frozen(instant: datetime)`: ") for line in told)
    assert any(
        line.startswith("- event `kvartal.building_moved`, `BuildingMoved(") for line in told
    )
    assert any(
        line.startswith("- refusal `TEXT_TOO_LONG`, `TextTooLong(limit: int)`") for line in told
    )
    assert any(line.startswith("- `BUILDING`: the table `kvartal_building` with") for line in told)
    assert any(line.startswith("- `enqueued`: The tasks ") for line in told)
