"""What rows may mean is looked for by indexes alone, archived meters and those of accounts too."""

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from tests.kvartal_meters.registration.conftest import Integrator

from kvartal.db.connection import Record, execute, fetch
from kvartal_meters.catalog.rules import MeterType
from kvartal_meters.permissions import READING_REGISTER
from kvartal_meters.registration.queries import finding, meters
from kvartal_meters.registration.rules.entries import SentMeter
from kvartal_meters.registration.rules.matching import MeterReference
from kvartal_meters.testing import Home


@pytest.fixture(autouse=True)
async def many_meters(home: Home) -> None:
    """Twenty thousand meters of one flat, half of them archived; none is of its account."""
    await execute(
        """
        INSERT INTO meters_meter (id, created_at, updated_at, version, scope, type, resource_kind,
            identifier, external_id, status, archived_at, transformation_ratio, search,
            building_id, organization_id, premise_id)
        SELECT gen_random_uuid(), updated_at, updated_at, 1, scope, type, resource_kind, 'М-' || n,
            'E-' || n, CASE WHEN n % 2 = 0 THEN 'ACTIVE' ELSE 'ARCHIVED' END,
            CASE WHEN n % 2 = 0 THEN NULL ELSE updated_at END, 1, '', building_id, organization_id,
            premise_id
        FROM meters_meter, generate_series(1, 20000) AS n WHERE id = $1
        """,
        home.meter.id,
    )
    await execute("ANALYZE meters_meter")


async def plan_of(module: ModuleType, ask: Callable[[], Awaitable[object]]) -> str:
    """The plan of the one statement that a question sends."""
    sent: list[tuple[str, tuple[Any, ...]]] = []

    async def note(text: str, *args: Any) -> list[Record]:
        sent.append((text, args))
        return []

    with patch.object(module, "fetch", note):
        await ask()
    [(text, args)] = sent
    return "\n".join(row["QUERY PLAN"] for row in await fetch(f"EXPLAIN {text}", *args))


async def test_meters_of_readings_are_found_by_indexes(integrator: Integrator, home: Home) -> None:
    named = [
        MeterReference(id=home.meter.id),
        MeterReference(external_id="E-7"),
        MeterReference(identifier="М-7"),
    ]

    plan = await plan_of(
        finding,
        lambda: finding.lock_named_meters(
            integrator.actor, READING_REGISTER, home.organization.id, named
        ),
    )

    assert "Seq Scan on meters_meter" not in plan
    for index in ("meters_meter_external_id", "meters_meter_identifier"):
        assert f"using {index}" in plan or f"on {index}" in plan
    assert "meters_meter_archived_identifier" in plan


async def test_meters_of_rows_are_found_by_indexes(integrator: Integrator, home: Home) -> None:
    fields = {"type": MeterType.COLD_WATER, "account_id": home.account.id}
    rows = [
        SentMeter(fields={**fields, "external_id": f"N-{n}", "identifier": f"М-{n}"})
        for n in range(100)
    ]

    plan = await plan_of(
        meters, lambda: meters.meters_like(integrator.actor, home.organization.id, rows)
    )

    assert "Seq Scan on meters_meter" not in plan
    assert "meters_meter_archived_identifier" in plan
    assert "idx_meters_mete_account" in plan
