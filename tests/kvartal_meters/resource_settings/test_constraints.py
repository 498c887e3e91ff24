"""What the database itself refuses, whoever writes into it."""

from collections.abc import Awaitable
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from kvartal import clock
from kvartal.db.transaction import unit_of_work
from kvartal.testing.factories import a_building, a_group, a_quarter, an_organization
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.models import ResourceRule, ResourceSettings
from kvartal_meters.resource_settings.rules import SettingsLevel

WATER, GAS = ResourceKind.WATER, ResourceKind.GAS
BUILDING, QUARTER, GROUP = SettingsLevel


async def _settings(place: Any, level: SettingsLevel, /, **fields: Any) -> ResourceSettings:
    return await ResourceSettings.create(
        **{
            "organization_id": place.organization_id,
            "level": level,
            level.lower(): place,
            "resource_kind": WATER,
            **fields,
        }
    )


async def _rule(place: Any, level: SettingsLevel, /, **fields: Any) -> ResourceRule:
    return await ResourceRule.create(
        **{
            "organization_id": place.organization_id,
            "level": level,
            level.lower(): place,
            "snapshot": [],
            **fields,
        }
    )


async def _refused(constraint: str, row: Awaitable[object]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        async with unit_of_work():
            await row


async def test_a_place_has_one_row_of_a_resource(db: None) -> None:
    places = [
        (await a_building(), BUILDING),
        (await a_quarter(), QUARTER),
        (await a_group(), GROUP),
    ]
    for place, level in places:
        await _settings(place, level)
        await _settings(place, level, resource_kind=GAS)

        await _refused(f"meters_resource_settings_of_{level.lower()}", _settings(place, level))


async def test_a_row_is_of_one_place_and_of_its_level(db: None) -> None:
    organization = await an_organization()
    building = await a_building(organization=organization)
    quarter = await a_quarter(organization=organization)
    group = await a_group(organization=organization)
    wrong: list[dict[str, Any]] = [
        {"building": None},
        {"quarter": quarter},
        {"group": group},
        {"level": QUARTER},
        {"level": GROUP},
        {"building": None, "quarter": quarter},
        {"building": None, "group": group, "level": QUARTER},
    ]
    for fields in wrong:
        await _refused("meters_resource_settings_place", _settings(building, BUILDING, **fields))


@pytest.mark.parametrize(("start", "end"), [(15, None), (None, 25)])
async def test_a_window_has_both_days_or_none(db: None, start: int | None, end: int | None) -> None:
    building = await a_building()
    await _settings(building, BUILDING)

    await _refused(
        "meters_resource_settings_both_days",
        _settings(building, BUILDING, resource_kind=GAS, start_day=start, end_day=end),
    )


@pytest.mark.parametrize(("start", "end"), [(0, 25), (15, 32), (-1, 40)])
async def test_a_windows_day_is_a_day_of_a_month(db: None, start: int, end: int) -> None:
    building = await a_building()
    await _settings(building, BUILDING, start_day=1, end_day=31)

    await _refused(
        "meters_resource_settings_days_of_month",
        _settings(building, BUILDING, resource_kind=GAS, start_day=start, end_day=end),
    )


async def test_a_quarter_and_a_group_have_one_active_rule(db: None) -> None:
    for place, level in [(await a_quarter(), QUARTER), (await a_group(), GROUP)]:
        rule = await _rule(place, level)

        await _refused(f"meters_resource_rule_active_of_{level.lower()}", _rule(place, level))

        rule.cancelled_at = clock.now()
        await rule.save()
        await _rule(place, level)


async def test_a_rule_is_of_a_quarter_or_a_group(db: None) -> None:
    organization = await an_organization()
    quarter = await a_quarter(organization=organization)
    group = await a_group(organization=organization)
    for fields in ({"quarter": None}, {"group": group}, {"level": GROUP}, {"level": BUILDING}):
        await _refused("meters_resource_rule_place", _rule(quarter, QUARTER, **fields))


async def test_a_snapshot_is_a_list(db: None) -> None:
    await _refused(
        "meters_resource_rule_snapshot_list", _rule(await a_quarter(), QUARTER, snapshot={})
    )


async def test_only_a_building_is_locked_by_a_mark(db: None) -> None:
    quarter = await a_quarter()
    rule = await _rule(quarter, QUARTER)
    await _settings(await a_building(quarter=quarter), BUILDING, locked_by=rule)

    await _refused(
        "meters_resource_settings_lock_of_building", _settings(quarter, QUARTER, locked_by=rule)
    )


async def test_settings_stay_within_their_organization(db: None) -> None:
    stranger = await an_organization()
    quarter, group, building = await a_quarter(), await a_group(), await a_building()
    rule = await _rule(quarter, QUARTER)

    for place, level in [(building, BUILDING), (quarter, QUARTER), (group, GROUP)]:
        await _refused(
            f"_{level.lower()}_same_organization",
            _settings(place, level, organization_id=stranger.id),
        )
    for place, level in [(quarter, QUARTER), (group, GROUP)]:
        await _refused(
            f"rule_{level.lower()}_same_organization",
            _rule(place, level, organization_id=stranger.id),
        )
    await _refused(
        "meters_resource_settings_lock_same_organization",
        _settings(building, BUILDING, locked_by=rule),
    )
