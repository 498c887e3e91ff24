from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from tortoise.exceptions import IntegrityError

from kvartal.auth import models
from kvartal.db.connection import fetch_one
from kvartal.testing.auth_factories import a_role, a_service_token, a_user, an_employee
from kvartal.testing.factories import a_building, an_organization

pytestmark = pytest.mark.usefixtures("db")

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


async def a_second_user_of_an_email() -> None:
    await a_user(email="maria@example.org")
    await a_user(email="maria@example.org")


async def an_email_in_capitals() -> None:
    await a_user(email="Maria@example.org")


async def a_second_user_of_a_telephone() -> None:
    await a_user(phone="+79001234567")
    await a_user(phone="+79001234567")


async def a_telephone_as_people_write_it() -> None:
    await a_user(phone="89001234567")


async def a_second_place_in_an_organization() -> None:
    organization, user = await an_organization(), await a_user()
    await an_employee(organization, user=user)
    await an_employee(organization, user=user)


async def a_second_role_of_a_title() -> None:
    organization = await an_organization()
    await a_role(organization, [], "Диспетчер")
    await a_role(organization, [], "Диспетчер")


async def a_role_of_another_organization() -> None:
    organization = await an_organization()
    await models.EmployeeRole.create(
        organization=organization,
        employee=await an_employee(organization),
        role=await a_role(await an_organization(), ["a.b.c"]),
    )


async def a_permission_under_another_organization() -> None:
    await models.RolePermission.create(
        organization=await an_organization(),
        role=await a_role(await an_organization(), []),
        permission="a.b.c",
    )


async def an_access_to_another_organizations_building() -> None:
    organization = await an_organization()
    await an_employee(organization, buildings=[await a_building()])


async def an_access_of_another_organizations_employee() -> None:
    building = await a_building()
    await models.BuildingAccess.create(
        organization_id=building.organization_id,
        employee=await an_employee(await an_organization()),
        building=building,
    )


async def a_service_token_that_is_no_hash() -> None:
    await models.ServiceToken.create(
        organization=await an_organization(), title="Биллинг", token_hash="kv_secret"
    )


async def a_permission_of_another_organizations_token() -> None:
    token = await models.ServiceToken.create(
        organization=await an_organization(), title="Биллинг", token_hash=f"{1:064}"
    )
    await models.ServiceTokenPermission.create(
        organization=await an_organization(), service_token=token, permission="a.b.c"
    )


async def a_resident_in_the_crm() -> None:
    await models.Session.create(
        user=await a_user(), kind="RESIDENT", channel="CRM", last_used_at=NOW, expires_at=NOW
    )


async def an_employee_in_the_residents_app() -> None:
    await models.Session.create(
        user=await a_user(),
        kind="EMPLOYEE",
        channel="RESIDENT_APP",
        last_used_at=NOW,
        expires_at=NOW,
    )


async def a_refresh_token_that_is_no_hash() -> None:
    session = await models.Session.create(
        user=await a_user(), kind="EMPLOYEE", channel="CRM", last_used_at=NOW, expires_at=NOW
    )
    await models.RefreshToken.create(session=session, token_hash="secret", expires_at=NOW)


async def a_sixth_guess() -> None:
    await models.OneTimeCode.create(
        phone="+79001234567", place="unknown", issued_at=NOW, expires_at=NOW, attempts=6
    )


async def a_code_for_no_telephone() -> None:
    await models.OneTimeCode.create(
        phone="89001234567", place="unknown", issued_at=NOW, expires_at=NOW
    )


async def a_second_code_of_a_telephone_in_one_place() -> None:
    for _ in range(2):
        await models.OneTimeCode.create(
            phone="+79001234567", place="unknown", issued_at=NOW, expires_at=NOW
        )


async def a_building_of_another_organizations_for_a_token() -> None:
    organization = await an_organization()
    await a_service_token(organization, buildings=[await a_building()])


async def a_token_of_another_organizations_for_a_building() -> None:
    building = await a_building()
    token = await a_service_token(await an_organization())
    await models.ServiceTokenBuilding.create(
        organization_id=building.organization_id, service_token_id=token.row.id, building=building
    )


async def a_reset_for_an_email_in_capitals() -> None:
    await models.PasswordReset.create(
        email="Maria@example.org", kind="RESET", locale="ru", issued_at=NOW, expires_at=NOW
    )


async def a_budget_that_names_somebody() -> None:
    await models.AttemptBudget.create(key="maria@example.org", spent_until=NOW)


async def an_employee_without_a_name() -> None:
    await an_employee(await an_organization(), full_name=" ")


async def a_role_without_a_title() -> None:
    await a_role(await an_organization(), [], " ")


@pytest.mark.parametrize(
    ("forbidden", "constraint"),
    [
        (a_second_user_of_an_email, "kvartal_user_email_key"),
        (an_email_in_capitals, "kvartal_user_email_lower"),
        (a_second_user_of_a_telephone, "phone"),
        (a_telephone_as_people_write_it, "kvartal_user_phone_e164"),
        (a_second_place_in_an_organization, "organization_id, user_id"),
        (a_second_role_of_a_title, "organization_id, title"),
        (a_role_of_another_organization, "kvartal_employee_role_role_same_organization"),
        (a_permission_under_another_organization, "kvartal_role_permission_same_organization"),
        (
            an_access_to_another_organizations_building,
            "kvartal_building_access_building_same_organization",
        ),
        (
            an_access_of_another_organizations_employee,
            "kvartal_building_access_employee_same_organization",
        ),
        (a_service_token_that_is_no_hash, "kvartal_service_token_hash_form"),
        (
            a_permission_of_another_organizations_token,
            "kvartal_service_token_permission_same_organization",
        ),
        (a_resident_in_the_crm, "kvartal_session_channel_of_kind"),
        (an_employee_in_the_residents_app, "kvartal_session_channel_of_kind"),
        (a_refresh_token_that_is_no_hash, "kvartal_refresh_token_hash_form"),
        (a_sixth_guess, "kvartal_one_time_code_attempts"),
        (a_code_for_no_telephone, "kvartal_one_time_code_phone_e164"),
        (a_second_code_of_a_telephone_in_one_place, "phone, place"),
        (
            a_building_of_another_organizations_for_a_token,
            "kvartal_service_token_building_building_same_organization",
        ),
        (
            a_token_of_another_organizations_for_a_building,
            "kvartal_service_token_building_token_same_organization",
        ),
        (a_reset_for_an_email_in_capitals, "kvartal_password_reset_email_lower"),
        (a_budget_that_names_somebody, "kvartal_attempt_budget_key_form"),
        (an_employee_without_a_name, "kvartal_employee_full_name_present"),
        (a_role_without_a_title, "kvartal_role_title_present"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_the_database_refuses(
    forbidden: Callable[[], Awaitable[None]], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        await forbidden()


async def test_many_people_have_no_telephone() -> None:
    await a_user()
    await a_user()

    assert await models.User.filter(phone=None).count() == 2


async def test_budgets_are_kept_without_a_log() -> None:
    row = await fetch_one(
        "SELECT relpersistence AS kept FROM pg_class WHERE relname = 'kvartal_attempt_budget'"
    )

    assert row is not None
    assert row["kept"] == b"u"
