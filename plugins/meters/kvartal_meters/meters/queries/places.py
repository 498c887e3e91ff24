"""What meters repeat of the estate: the text they are found by, and the account they belong to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kvartal.db.connection import Record, execute, fetch

__all__ = ["leave_moved_accounts", "refresh_search"]


async def refresh_search(
    *,
    buildings: Sequence[UUID] = (),
    premises: Sequence[UUID] = (),
    accounts: Sequence[UUID] = (),
    meters: Sequence[UUID] = (),
) -> None:
    """Make the searched text of these meters, and of those of these places, anew.

    In the form that ``search_text`` gives it.
    """
    await execute(
        r"""
        UPDATE meters_meter m SET search = fresh.search
        FROM (
            SELECT k.id, btrim(regexp_replace(translate(lower(concat_ws(' ', b.address, p.number,
                a.number, k.identifier, k.serial_number)), 'ё,', 'е '), '\s+', ' ', 'g')) AS search
            FROM meters_meter k
            JOIN kvartal_building b ON b.id = k.building_id
            LEFT JOIN kvartal_premise p ON p.id = k.premise_id
            LEFT JOIN kvartal_account a ON a.id = k.account_id
            WHERE k.building_id = ANY($1::uuid[]) OR k.premise_id = ANY($2::uuid[])
                OR k.account_id = ANY($3::uuid[]) OR k.id = ANY($4::uuid[])
        ) fresh
        WHERE m.id = fresh.id AND m.search <> fresh.search
        """,
        list(buildings),
        list(premises),
        list(accounts),
        list(meters),
    )


async def leave_moved_accounts(accounts: Sequence[UUID], *, now: datetime) -> list[Record]:
    """Take from these accounts the meters whose premise is not theirs; those meters' places."""
    return await fetch(
        """
        UPDATE meters_meter m SET account_id = NULL, version = m.version + 1, updated_at = $2
        FROM kvartal_account a
        WHERE m.account_id = ANY($1::uuid[]) AND a.id = m.account_id
            AND a.premise_id IS DISTINCT FROM m.premise_id
        RETURNING m.id, m.organization_id, m.building_id, m.premise_id, m.scope, m.status
        """,
        list(accounts),
        now,
    )
