"""The pytest plugin imports nothing of Kvartal before a fixture asks for it."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import UTC, datetime

from kvartal import clock
from kvartal.db.connection import fetch_one
from kvartal.settings import FIRST_PARTY
from kvartal.testing.factories import an_organization
from kvartal.testing.host import Committed, TestHost

EARLY = """
import sys
import kvartal.testing.pytest_plugin
print(*sorted(name for name in sys.modules if name.startswith("kvartal")))
"""
WITHOUT_XDIST = """
import pytest
class Look:
    def pytest_configure(self, config):
        print("hooks", config.pluginmanager.has_plugin("kvartal"),
              config.pluginmanager.has_plugin("xdist"))
arguments = ["--collect-only", "--pyargs", "kvartal.testing", "-p", "no:xdist"]
pytest.main([*arguments, "-p", "no:cacheprovider"], plugins=[Look()])
"""


def said(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_coverage_begins_before_the_product_is_imported() -> None:
    assert said(EARLY).split() == ["kvartal", "kvartal.testing", "kvartal.testing.pytest_plugin"]


def test_it_needs_no_xdist() -> None:
    assert "hooks True False" in said(WITHOUT_XDIST)


def test_the_clock_is_stopped_by_text_or_instant(
    frozen_clock: Callable[[str | datetime], AbstractContextManager[None]],
) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for given in (noon, "2026-11-24T15:00+03:00"):
        with frozen_clock(given):
            assert clock.now() == noon


async def test_nothing_of_a_rolled_back_test_is_in_another_database(
    host: TestHost, db: None, committed: Callable[[], AbstractAsyncContextManager[Committed]]
) -> None:
    await an_organization(name="Заря")
    mine = await fetch_one("SELECT count(*) AS n FROM kvartal_organization")

    assert mine is not None
    assert mine["n"] == 1
    async with committed():
        theirs = await fetch_one("SELECT count(*) AS n FROM kvartal_organization")
    assert theirs is not None
    assert theirs["n"] == 0


async def test_the_settings_of_a_committed_database_go_to_its_processes(
    committed: Callable[[], AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed() as own:
        environment = own.environment

    assert set(environment["KVARTAL_PLUGINS"].split(",")) == FIRST_PARTY
    assert environment["KVARTAL_DATABASE_URL"] == (
        own.host.settings.database_url.get_secret_value()
    )
    assert environment["KVARTAL_REDIS_PREFIX"] == own.host.settings.redis_prefix
    assert all(isinstance(value, str) for value in environment.values())
