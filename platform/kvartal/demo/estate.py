"""The estate of the demo, made in memory: the rows to insert, and what plugins build upon."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.models import Model

from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.demo.ids import demo_id, dice
from kvartal.demo.people import RESIDENTS, ResidentSignIn
from kvartal.demo.places import (
    HOUSES,
    ORGANIZATIONS,
    TIMEZONE,
    GroupKey,
    HomeKey,
    HouseKey,
    HousePlan,
    QuarterKey,
    Tenant,
    account_number,
    premise_number,
)
from kvartal.demo.services import plan_services
from kvartal.housing.models import (
    Account,
    Building,
    BuildingGroup,
    BuildingGroupMember,
    Organization,
    Premise,
    Quarter,
)
from kvartal.housing.rules import PremiseKind, sort_key

__all__ = ["DemoEstate", "Home", "House", "plan_estate", "resident_of"]

TWO_ACCOUNTS = HomeKey(HouseKey.MOSCOW_2, 10)
_WITH_APP = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A premise with its accounts and the user of the resident who has the app, if one has."""

    key: HomeKey
    premise: Premise
    accounts: tuple[Account, ...]
    user_id: UUID | None

    @property
    def is_shop(self) -> bool:
        """Nobody lives there."""
        return self.premise.kind is PremiseKind.NON_RESIDENTIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A building with its premises."""

    key: HouseKey
    building: Building
    homes: tuple[Home, ...]

    @property
    def tenant(self) -> Tenant:
        """Whose it is."""
        return HOUSES[self.key].tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEstate:
    """What a plugin's demo data are made for; ``rows`` are all that stand behind it.

    ``staff``: an employee of each organization who may do everything there.
    """

    now: datetime
    organizations: Mapping[Tenant, Organization]
    quarters: Mapping[QuarterKey, Quarter]
    groups: Mapping[GroupKey, BuildingGroup]
    houses: Mapping[HouseKey, House]
    staff: Mapping[Tenant, Actor]
    rows: list[Model] = field(default_factory=list)


def plan_estate(now: datetime, permissions: Collection[str]) -> DemoEstate:
    """The estate as it would be made at that instant; ``permissions`` are all that there are."""
    made = {"created_at": now, "updated_at": now}
    organizations = _organizations(made)
    company = organizations[Tenant.COMPANY].id
    quarters = {
        key: Quarter(
            id=demo_id("quarter", key),
            organization_id=company,
            name=key.value,
            sort_key=sort_key(key),
            **made,
        )
        for key in QuarterKey
    }
    groups = {
        key: BuildingGroup(
            id=demo_id("group", key),
            organization_id=company,
            name=key.value,
            sort_key=sort_key(key),
            **made,
        )
        for key in GroupKey
    }
    houses = {
        key: _house(key, plan, organizations[plan.tenant].id, made) for key, plan in HOUSES.items()
    }
    staff = {
        tenant: _all_powerful(tenant, organization, permissions)
        for tenant, organization in organizations.items()
    }
    estate = DemoEstate(
        now=now,
        organizations=organizations,
        quarters=quarters,
        groups=groups,
        houses=houses,
        staff=staff,
    )
    estate.rows.extend(_rows(estate, made))
    estate.rows.extend(plan_services(company, made))
    return estate


def _organizations(made: dict[str, Any]) -> dict[Tenant, Organization]:
    return {
        tenant: Organization(
            id=demo_id("organization", tenant),
            number=number,
            name=name,
            inn=inn,
            external_id=f"org-{number}",
            timezone=TIMEZONE,
            **made,
        )
        for number, (tenant, (name, inn)) in enumerate(ORGANIZATIONS.items(), 1)
    }


def _house(key: HouseKey, plan: HousePlan, organization_id: UUID, made: dict[str, Any]) -> House:
    building = Building(
        id=demo_id("building", key),
        organization_id=organization_id,
        quarter_id=demo_id("quarter", plan.quarter) if plan.quarter else None,
        address=plan.address,
        sort_key=sort_key(plan.address),
        timezone=plan.timezone,
        external_id=f"house-{key}",
        fias_guid=demo_id("fias", key),
        **made,
    )
    homes = tuple(_home(HomeKey(key, place), building, made) for place in range(1, plan.homes + 1))
    return House(key=key, building=building, homes=homes)


def _home(key: HomeKey, building: Building, made: dict[str, Any]) -> Home:
    number = premise_number(key.place)
    is_shop = not number.isdigit()
    premise = Premise(
        id=demo_id("premise", *key),
        organization_id=building.organization_id,
        building_id=building.id,
        number=number,
        sort_key=sort_key(number),
        kind=PremiseKind.NON_RESIDENTIAL if is_shop else PremiseKind.RESIDENTIAL,
        external_id=f"place-{account_number(key)}",
        **made,
    )
    numbers = [account_number(key)]
    if key == TWO_ACCOUNTS:
        numbers.append(f"{numbers[0]}-2")
    accounts = tuple(
        Account(
            id=demo_id("account", each),
            organization_id=building.organization_id,
            premise_id=premise.id,
            number=each,
            unified_number=f"{10 + place}АН{account_number(key)[2:]}",
            external_id=f"account-{each}",
            **made,
        )
        for place, each in enumerate(numbers)
    )
    return Home(key=key, premise=premise, accounts=accounts, user_id=_user_of(key, is_shop))


def _user_of(key: HomeKey, is_shop: bool) -> UUID | None:
    signed_in = resident_of(key)
    if signed_in is not None:
        return demo_id("user", signed_in.phone)
    if is_shop or dice("app", *key).random() > _WITH_APP:
        return None
    return demo_id("user", *key)


def resident_of(home: HomeKey) -> ResidentSignIn | None:
    """Who of those that sign in lives there."""
    return next((each for each in RESIDENTS if home in each.homes), None)


def _all_powerful(
    tenant: Tenant, organization: Organization, permissions: Collection[str]
) -> Actor:
    membership = Membership(
        organization_id=organization.id,
        employee_id=demo_id("employee", tenant),
        permissions=frozenset(permissions),
        all_buildings=True,
    )
    return Actor(
        kind=ActorKind.EMPLOYEE,
        user_id=demo_id("user", tenant),
        channel="CRM",
        memberships=(membership,),
    )


def _rows(estate: DemoEstate, made: dict[str, Any]) -> Iterator[Model]:
    yield from estate.organizations.values()
    yield from estate.quarters.values()
    yield from estate.groups.values()
    for house in estate.houses.values():
        yield house.building
        group = HOUSES[house.key].group
        if group is not None:
            yield BuildingGroupMember(
                id=demo_id("member", house.key),
                organization_id=house.building.organization_id,
                group_id=estate.groups[group].id,
                building_id=house.building.id,
                **made,
            )
        for home in house.homes:
            yield home.premise
            yield from home.accounts
