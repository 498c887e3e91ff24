"""What the demo's data are: sizes, special cases, what each role sees, the ready examples."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kvartal.db.connection import fetch, fetch_one
from kvartal.demo import seed as data
from kvartal.demo.api import ANYONE, EMPLOYEE, INTEGRATOR, RESIDENT, RESIDENT_LATER, demo_id
from kvartal.graphql.node import encode_id
from kvartal.testing.host import Committed
from kvartal_meters.demo.windows import GROUP_RULE, QUARTER_RULE
from kvartal_meters.resource_settings.rules import records_of

SignIn = Callable[[int], Awaitable[str]]

WIDGET = """
query ($premise: ID!) {
  premise(id: $premise) {
    homeWidgets {
      ... on MeterWidget { state submitted total submitBy opensOn message }
    }
  }
}
"""
SEARCH = """
query ($search: String!) {
  readings(filter: {latestOnly: true}, search: $search) {
    nodes { meter { identifier building { address } } }
  }
}
"""
ORGANIZATIONS_SEEN = """
{ readings(filter: {latestOnly: true}, first: 500) {
    nodes { meter { building { address organization { name } } } } } }
"""


async def found(sql: str) -> Any:
    row = await fetch_one(f"SELECT ({sql}) AS found")
    assert row is not None
    return row["found"]


async def test_the_demo_is_a_slice_of_a_middling_company(demo: Committed) -> None:
    company = f"organization_id = '{demo_id('organization', 'company')}'"
    individual = f"FROM meters_meter WHERE {company} AND scope = 'INDIVIDUAL'"

    assert await found("SELECT count(*) FROM kvartal_organization") == 2
    assert await found("SELECT count(*) FROM kvartal_quarter") == 3
    assert await found("SELECT count(*) FROM kvartal_building_group") == 2
    assert await found(f"SELECT count(*) FROM kvartal_building WHERE {company}") == 8
    assert (
        await found(f"SELECT count(DISTINCT timezone) FROM kvartal_building WHERE {company}") == 3
    )
    assert await found(f"SELECT count(*) FROM kvartal_premise WHERE {company}") == 240
    assert await found(f"SELECT count(*) {individual}") == 700
    assert await found("SELECT count(*) FROM meters_meter WHERE scope = 'COLLECTIVE'") == 40
    assert await found("SELECT count(DISTINCT billing_month) FROM meters_reading") == 19


CASES = {
    "a window over the end of the month": """
        FROM meters_resource_settings WHERE level = 'BUILDING' AND start_day = 25 AND end_day = 5
            AND EXISTS (SELECT FROM meters_reading r WHERE r.building_id = s.building_id
                AND r.resource_kind = s.resource_kind
                AND extract(month FROM r.taken_on) <> extract(month FROM r.billing_month))""",
    "a window of days that February lacks": """
        FROM meters_resource_settings WHERE level = 'BUILDING' AND start_day = 30 AND end_day = 31
            AND EXISTS (SELECT FROM meters_reading r WHERE r.building_id = s.building_id
                AND r.resource_kind = s.resource_kind AND r.taken_on = '2026-02-28')""",
    "a window that is always open": """
        FROM meters_resource_settings WHERE level = 'BUILDING' AND active AND start_day IS NULL""",
    "a resource without fractions": """
        FROM meters_resource_settings WHERE level = 'BUILDING' AND active AND NOT fractions_allowed
            AND NOT EXISTS (SELECT FROM meters_reading r WHERE r.building_id = s.building_id
                AND r.resource_kind = s.resource_kind AND r.scope = 'INDIVIDUAL'
                AND r.t1 % 1 <> 0)""",
    "a building under a quarter's rule": """
        FROM meters_resource_settings WHERE EXISTS (SELECT FROM meters_resource_rule r
            WHERE r.id = s.locked_by_id AND r.level = 'QUARTER' AND r.cancelled_at IS NULL)""",
    "a building under a group's rule": """
        FROM meters_resource_settings WHERE EXISTS (SELECT FROM meters_resource_rule r
            WHERE r.id = s.locked_by_id AND r.level = 'GROUP' AND r.cancelled_at IS NULL)""",
    "a draft that nobody has applied": """
        FROM meters_resource_settings WHERE level = 'GROUP' AND NOT EXISTS
            (SELECT FROM meters_resource_rule r WHERE r.group_id = s.group_id)""",
    "two tariffs": "FROM meters_meter WHERE type = 'ELECTRICITY_2T'",
    "three tariffs": "FROM meters_meter WHERE type = 'ELECTRICITY_3T'",
    "an expired meter that is accepted": """
        FROM meters_meter WHERE status = 'VERIFICATION' AND next_verification_on < '2026-11-24'
            AND latest_month = '2026-10-01' AND EXISTS (SELECT FROM meters_resource_settings r
                WHERE r.building_id = s.building_id AND r.resource_kind = s.resource_kind
                AND r.accepts_expired)""",
    "an expired meter that is not": """
        FROM meters_meter WHERE status = 'VERIFICATION' AND next_verification_on < '2026-11-24'
            AND latest_month = '2026-08-01' AND EXISTS (SELECT FROM meters_resource_settings r
                WHERE r.building_id = s.building_id AND r.resource_kind = s.resource_kind
                AND NOT r.accepts_expired)""",
    "a meter that only its commissioning makes due": """
        FROM meters_meter WHERE status = 'VERIFICATION' AND next_verification_on > '2026-11-24'""",
    "a meter that is due soon": """
        FROM meters_meter WHERE status = 'ACTIVE' AND next_verification_on = '2026-12-06'""",
    "a house meter that is due soon": """
        FROM meters_meter WHERE scope = 'COLLECTIVE' AND status = 'ACTIVE'
            AND next_verification_on BETWEEN '2026-11-24' AND '2026-12-23'""",
    "a house meter that is overdue": """
        FROM meters_meter WHERE scope = 'COLLECTIVE' AND status = 'ACTIVE'
            AND next_verification_on < '2026-11-24'""",
    "a service of verification that residents are offered": """
        FROM meters_resource_settings WHERE level = 'BUILDING' AND active AND EXISTS
            (SELECT FROM kvartal_service v WHERE v.id = s.service_id AND v.is_active
                AND v.kind = 'VERIFICATION' AND v.organization_id = s.organization_id)""",
    "an archived meter with its successor": """
        FROM meters_meter WHERE status = 'ARCHIVED' AND EXISTS
            (SELECT FROM meters_meter n WHERE n.replaces_id = s.id AND n.initial_t1 IS NOT NULL)""",
    "a dial that is about to pass zero": """
        FROM meters_meter WHERE int_digits = 5 AND status = 'ACTIVE' AND EXISTS
            (SELECT FROM meters_reading r WHERE r.id = s.latest_reading_id AND r.t1 > 99900)""",
    "a flat that consumes nothing": """
        FROM kvartal_premise WHERE (SELECT max(consumption) = 0 AND count(*) > 50
            FROM meters_reading r WHERE r.premise_id = s.id)""",
    "a gap of three months": """
        FROM meters_meter WHERE identifier = '39040011-ХВ' AND (SELECT array_agg(n) = '{0,1,2}'
            FROM generate_series(0, 2) n WHERE NOT EXISTS (SELECT FROM meters_reading r
                WHERE r.meter_id = s.id
                AND r.billing_month = '2026-05-01'::date + make_interval(months => n)))""",
    "a meter without dates": """
        FROM meters_meter WHERE latest_month IS NOT NULL AND num_nonnulls(commissioned_on,
            verified_on, next_verification_on, verification_interval) = 0""",
    "a premise with two accounts": """
        FROM kvartal_premise WHERE (SELECT count(*) = 2 FROM kvartal_account a
            WHERE a.premise_id = s.id)""",
    "a resident with two premises": """
        FROM kvartal_resident WHERE (SELECT count(*) = 2 FROM kvartal_residency r
            WHERE r.resident_id = s.id)""",
    "a reading that needs a review": """
        FROM meters_reading WHERE needs_review AND scope = 'INDIVIDUAL'""",
    "a resident's reading that an employee has corrected": """
        FROM meters_reading WHERE version = 2 AND author_kind = 'EMPLOYEE' AND (SELECT count(*) = 2
            FROM meters_reading_revision r WHERE r.reading_id = s.id)""",
}


@pytest.mark.parametrize("case", CASES)
async def test_the_special_case_is_there(demo: Committed, case: str) -> None:
    source, _, condition = CASES[case].partition(" WHERE ")

    assert await found(f"SELECT count(*) {source} s WHERE {condition}") > 0


async def test_a_rules_houses_have_its_settings(demo: Committed) -> None:
    rules = {"quarter": (QUARTER_RULE, "ural-1"), "group": (GROUP_RULE, "moscow-3")}
    for table, house in rules.values():
        rows = await fetch(
            "SELECT resource_kind, active, start_day, end_day, fractions_allowed, accepts_expired,"
            " service_id FROM meters_resource_settings WHERE building_id = $1",
            demo_id("building", house),
        )
        assert sorted(map(str, map(dict, rows))) == sorted(map(str, records_of(table)))


async def test_the_first_resident_has_sent_two_of_three(demo: Committed, resident: SignIn) -> None:
    answer = await demo.client(
        WIDGET, {"premise": premise("moscow-1", 15)}, token=await resident(1)
    )

    assert answer["data"]["premise"]["homeWidgets"] == [
        {
            "state": "SUBMIT",
            "submitted": 2,
            "total": 3,
            "submitBy": "2026-11-25",
            "opensOn": None,
            "message": "Передайте показания до 25 ноября",
        }
    ]


async def test_the_second_resident_has_to_wait(demo: Committed, resident: SignIn) -> None:
    answer = await demo.client(
        WIDGET, {"premise": premise("kaliningrad-1", 8)}, token=await resident(2)
    )

    [widget] = answer["data"]["premise"]["homeWidgets"]
    assert (widget["state"], widget["opensOn"]) == ("OPENS_LATER", "2026-12-01")


def premise(house: str, place: int) -> str:
    return encode_id("Premise", demo_id("premise", house, place))


@pytest.mark.parametrize(
    "search", ["77010015", "речников 14 15", "77010015-ХВ", "СЕРИЙНЫЙ"], ids=str.casefold
)
async def test_an_employee_finds_a_reading(demo: Committed, employee: SignIn, search: str) -> None:
    if search == "СЕРИЙНЫЙ":
        search = await found(
            "SELECT serial_number FROM meters_meter WHERE identifier = '77010015-ХВ'"
        )

    answer = await demo.client(SEARCH, {"search": search}, token=await employee(1))

    nodes = answer["data"]["readings"]["nodes"]
    assert "77010015-ХВ" in [node["meter"]["identifier"] for node in nodes]
    assert {node["meter"]["building"]["address"] for node in nodes} == {
        "г. Москва, ул. Речников, д. 14"
    }


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        (2, {("ООО «Новый квартал»", "г. Калининград")}),
        (3, {("ТСЖ «Берёзовая роща»", "Московская обл.")}),
    ],
)
async def test_others_see_their_own_houses_only(
    demo: Committed, employee: SignIn, number: int, seen: set[tuple[str, str]]
) -> None:
    answer = await demo.client(ORGANIZATIONS_SEEN, token=await employee(number))

    buildings = [node["meter"]["building"] for node in answer["data"]["readings"]["nodes"]]
    assert {
        (each["organization"]["name"], each["address"].split(",")[0]) for each in buildings
    } == seen


async def test_every_example_succeeds_as_its_role(
    demo: Committed, resident: SignIn, employee: SignIn
) -> None:
    examples = demo.host.registry.examples
    tokens: dict[str, str | None] = {
        ANYONE: None,
        RESIDENT: await resident(1),
        RESIDENT_LATER: await resident(2),
        EMPLOYEE: await employee(1),
        INTEGRATOR: "kv_another-token",
    }
    await data.prepare_sign_ins("kv_another-token")

    for example in examples:
        if "subscription" in example.query:
            continue
        answer = await demo.client(example.query, example.variables, token=tokens[example.role])
        assert "errors" not in answer, (example.title, answer)
        [payload] = answer["data"].values()
        assert payload, example.title
        if isinstance(payload, list):
            continue
        codes = [error["code"] for error in payload.get("errors") or ()]
        expected = ["PERIOD_CLOSED"] if "вне периода" in example.title else []
        assert codes == expected, (example.title, answer)
        assert payload.get("nodes") != [], example.title
    assert {example.role for example in examples} == set(tokens)


async def test_the_integrator_may_send_in_bulk_and_what_the_operator_may(demo: Committed) -> None:
    await data.prepare_sign_ins("kv_another-token")

    answer = await demo.client(
        "{ viewer { ... on ServiceViewer { permissions } } }", token="kv_another-token"
    )

    permissions = answer["data"]["viewer"]["permissions"]
    assert permissions == data.integrator_permissions(demo.host.registry)
    assert {"meters.meter.register", "meters.reading.register"} <= set(permissions)
    assert set(data.everyday_permissions(demo.host.registry)) < set(permissions)


async def test_filling_again_changes_nothing(demo: Committed) -> None:
    before = await found("SELECT count(*) FROM meters_reading")

    made_at = await data.seed(demo.host.registry, "kv_other")

    assert made_at == await data.seeded_at()
    assert await found("SELECT count(*) FROM meters_reading") == before
