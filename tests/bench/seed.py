"""The estate that is measured: made by the database itself, since millions of rows are asked for.

Organizations of equal size, houses of 50 flats, flats of four meters, a reading of each month
before the present one.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kvartal import clock
from kvartal.auth import tokens
from kvartal.auth.policy import policy
from kvartal.db.connection import execute, fetch
from kvartal.months import YearMonth

__all__ = ["Home", "Size", "homes_of", "seed"]

METERS_OF_A_HOUSE = 200


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    meters: int
    months: int = 24
    organizations: int = 4

    @property
    def readings(self) -> int:
        """Readings of all meters."""
        return self.meters * self.months

    @property
    def next_value(self) -> str:
        """What each register shows this month: as ever a unit more, which is within any norm."""
        return str(self.months + 1)


@dataclass(frozen=True, slots=True)
class Home:
    """A premise, its meters, and the token of its resident."""

    premise: UUID
    building: UUID
    meters: tuple[UUID, ...]
    token: str


_ESTATE = (
    """
    INSERT INTO kvartal_organization (id, created_at, updated_at, version, number, name, kind,
        timezone, billing_month_shift)
    SELECT kvartal_uuid7(), now(), now(), 1, n, 'УК ' || n, 'MANAGEMENT_COMPANY', 'Europe/Moscow',
        0
    FROM generate_series(1, {organizations}) AS n
    """,
    """
    INSERT INTO kvartal_building (id, created_at, updated_at, version, organization_id, address,
        sort_key, timezone)
    SELECT kvartal_uuid7(), now(), now(), 1, o.id, 'Москва, ул. Полевая, д. ' || n,
        lpad(n::text, 6, '0'), 'Europe/Moscow'
    FROM kvartal_organization o, generate_series(1, {houses}) AS n
    """,
    """
    INSERT INTO kvartal_premise (id, created_at, updated_at, version, organization_id, building_id,
        number, sort_key, kind, search)
    SELECT kvartal_uuid7(), now(), now(), 1, b.organization_id, b.id, n::text,
        lpad(n::text, 6, '0'), 'RESIDENTIAL', lower(b.address) || ' ' || n
    FROM kvartal_building b, generate_series(1, 50) AS n
    """,
    """
    INSERT INTO kvartal_account (id, created_at, updated_at, version, organization_id, premise_id,
        number)
    SELECT kvartal_uuid7(), now(), now(), 1, organization_id, id,
        lpad((row_number() OVER (ORDER BY id))::text, 10, '0')
    FROM kvartal_premise
    """,
    """
    INSERT INTO meters_resource_settings (id, created_at, updated_at, version, level,
        resource_kind, active, start_day, end_day, fractions_allowed, accepts_expired, building_id,
        organization_id)
    SELECT kvartal_uuid7(), now(), now(), 1, 'BUILDING', kind, true, 1, 31, true, true, b.id,
        b.organization_id
    FROM kvartal_building b, unnest(ARRAY['WATER', 'ELECTRICITY', 'HEATING', 'GAS']) AS kind
    """,
    """
    INSERT INTO meters_meter (id, created_at, updated_at, version, scope, type, resource_kind,
        identifier, brand, model, serial_number, commissioned_on, verification_interval,
        verified_on, status, int_digits, transformation_ratio, initial_t1, initial_t2, search,
        account_id, building_id, organization_id, premise_id)
    SELECT kvartal_uuid7(), now(), now(), 1, 'INDIVIDUAL', t.type, t.kind,
        'M-' || row_number() OVER (ORDER BY p.id, t.type), 'Бренд', 'СВ-15',
        'SN' || row_number() OVER (ORDER BY p.id, t.type), current_date - 800, 6,
        current_date - 700, 'ACTIVE', 6, 1, 0, t.second, lower(p.search || ' ' || a.number), a.id,
        p.building_id, p.organization_id, p.id
    FROM kvartal_premise p JOIN kvartal_account a ON a.premise_id = p.id,
        (VALUES ('COLD_WATER', 'WATER', NULL), ('HOT_WATER', 'WATER', NULL),
            ('ELECTRICITY_2T', 'ELECTRICITY', 0), ('HEATING', 'HEATING', NULL))
        AS t(type, kind, second)
    """,
)
_READINGS = """
    INSERT INTO meters_reading (id, created_at, updated_at, version, scope, resource_kind,
        billing_month, taken_on, submitted_at, author_kind, channel, t1, t2, previous_t1,
        previous_t2, consumption, needs_review, building_id, meter_id, organization_id, premise_id)
    SELECT kvartal_uuid7(), s.at, s.at, 1, m.scope, m.resource_kind, $1, s.at::date, s.at,
        'RESIDENT', 'RESIDENT_APP', $2::int, m.initial_t2 + $2::int, $2::int - 1,
        m.initial_t2 + $2::int - 1, 1 + coalesce(m.initial_t2 + 1, 0), false,
        m.building_id, m.id, m.organization_id, m.premise_id
    FROM meters_meter m,
        LATERAL (SELECT $1::date + interval '14 days'
            + (abs(hashtext(m.id::text)) % 864000) * interval '1 second' AS at) AS s
"""
_LATEST = """
    UPDATE meters_meter m SET latest_reading_id = r.id, latest_month = r.billing_month,
        latest_submitted_at = r.submitted_at
    FROM meters_reading r WHERE r.meter_id = m.id AND r.billing_month = $1
"""
_PEOPLE = (
    """
    INSERT INTO kvartal_user (id, created_at, updated_at, phone, is_active)
    SELECT kvartal_uuid7(), now(), now(), '+7900' || lpad(n::text, 7, '0'), true
    FROM generate_series(1, {homes}) AS n
    """,
    """
    INSERT INTO kvartal_resident (id, created_at, updated_at, version, organization_id, user_id,
        full_name, phone)
    SELECT kvartal_uuid7(), now(), now(), 1, '{organization}', id, 'Житель ' || phone, phone
    FROM kvartal_user WHERE phone IS NOT NULL
    """,
    """
    INSERT INTO kvartal_residency (id, created_at, updated_at, organization_id, premise_id,
        resident_id)
    SELECT kvartal_uuid7(), now(), now(), '{organization}', p.id, r.id
    FROM (SELECT id, row_number() OVER (ORDER BY phone) AS n FROM kvartal_resident) r
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM kvartal_premise
            WHERE organization_id = '{organization}') p ON p.n = r.n
    """,
    """
    INSERT INTO kvartal_session (id, created_at, updated_at, user_id, kind, channel, last_used_at,
        expires_at)
    SELECT kvartal_uuid7(), now(), now(), user_id, 'RESIDENT', 'RESIDENT_APP', now(),
        now() + interval '1 day'
    FROM kvartal_resident
    """,
)
_HOMES = """
    SELECT p.id AS premise, p.building_id, s.id AS session,
        array_agg(m.id ORDER BY m.type) AS meters
    FROM kvartal_session s
    JOIN kvartal_resident r ON r.user_id = s.user_id
    JOIN kvartal_residency h ON h.resident_id = r.id
    JOIN kvartal_premise p ON p.id = h.premise_id
    JOIN meters_meter m ON m.premise_id = p.id
    GROUP BY p.id, s.id ORDER BY p.id
"""


async def seed(size: Size, homes: int) -> UUID:
    """Fill the empty database; the organization whose first homes have residents."""
    houses = max(1, size.meters // (METERS_OF_A_HOUSE * size.organizations))
    for text in _ESTATE:
        await execute(text.format(organizations=size.organizations, houses=houses))
    month = YearMonth.of(clock.now().date())
    for age in range(size.months, 0, -1):
        await execute(_READINGS, month.shift(-age).first_day, size.months - age + 1)
    await execute(_LATEST, month.shift(-1).first_day)
    [row] = await fetch("SELECT id FROM kvartal_organization ORDER BY number LIMIT 1")
    for text in _PEOPLE:
        await execute(text.format(homes=homes, organization=row["id"]))
    found: UUID = row["id"]
    return found


async def homes_of() -> tuple[Home, ...]:
    """The homes with residents, each signed in."""
    return tuple(
        Home(row["premise"], row["building_id"], tuple(row["meters"]), _token(row["session"]))
        for row in await fetch(_HOMES)
    )


def _token(session: UUID) -> str:
    now = clock.now()
    claims = tokens.AccessClaims(session, now + timedelta(hours=12))
    return tokens.sign_access_token(claims, policy().access_key, issued_at=now)
