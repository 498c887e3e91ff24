"""The places that the rows of a call refer to, read at once."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.registration.ledger import Values
from kvartal.housing.registration.queries import buildings_like, premises_like
from kvartal.housing.registration.references import BuildingUnknown, PremiseUnknown, References
from kvartal.housing.registration.rows import Rows, keys_of, text_of, texts_of
from kvartal.housing.registration.rules import address_key, number_key
from kvartal.housing.rules import sort_key

__all__ = ["Premises", "find_building", "known_buildings", "known_premises"]

_BUILDING: Mapping[str, str] = MappingProxyType(
    {
        "id": "building_id",
        "external_id": "building_external_id",
        "natural": "building_address",
    }
)
_PREMISE: Mapping[str, str] = MappingProxyType(
    {"id": "premise_id", "external_id": "premise_external_id", "natural": "premise_number"}
)


async def known_buildings(organization_id: UUID, rows: Rows) -> References:
    """The buildings that rows refer to."""
    known = References(BuildingUnknown)
    addresses = texts_of(rows, "building_address")
    for row in await buildings_like(
        organization_id,
        ids=keys_of(rows, "building_id"),
        external_ids=texts_of(rows, "building_external_id"),
        sort_keys={sort_key(address) for address in addresses},
    ):
        known.add(
            row["id"],
            row["external_id"],
            address_key(row["address"]),
            is_archived=row["archived_at"] is not None,
        )
    return known


def find_building(row: Values, buildings: References) -> UUID | DomainError | None:
    """The building that a row refers to, why it cannot, or None if it does not."""
    address = text_of(row, "building_address")
    return buildings.find(
        _key(row, "building_id"),
        text_of(row, "building_external_id"),
        address_key(address) if address else None,
        at=_BUILDING,
    )


class Premises:
    """The premises that rows refer to, by themselves or by building and number."""

    def __init__(self, buildings: References, premises: References) -> None:
        self._buildings = buildings
        self._premises = premises

    def find(self, row: Values) -> UUID | DomainError | None:
        """The premise that a row refers to, why it cannot, or None if it does not."""
        number = text_of(row, "premise_number")
        building: UUID | DomainError | None = None
        if number is not None and not (row.get("premise_id") or row.get("premise_external_id")):
            building = find_building(row, self._buildings)
            if not isinstance(building, UUID):
                return building or BuildingUnknown(path=("premise_number",))
        return self._premises.find(
            _key(row, "premise_id"),
            text_of(row, "premise_external_id"),
            (building, number_key(number)) if number is not None else None,
            at=_PREMISE,
        )


async def known_premises(organization_id: UUID, rows: Rows) -> Premises:
    """The premises that rows refer to, with the buildings that they name."""
    buildings = await known_buildings(organization_id, rows)
    named: list[tuple[str | None, UUID | None, str | None]] = []
    for row in rows:
        building = find_building(row, buildings)
        place = building if isinstance(building, UUID) else None
        named.append((text_of(row, "premise_external_id"), place, text_of(row, "premise_number")))
    known = References(PremiseUnknown)
    for found in await premises_like(organization_id, ids=keys_of(rows, "premise_id"), named=named):
        known.add(
            found["id"],
            found["external_id"],
            (found["building_id"], number_key(found["number"])),
            is_archived=found["archived_at"] is not None,
        )
    return Premises(buildings, known)


def _key(row: Values, name: str) -> UUID | None:
    value = row.get(name)
    return value if isinstance(value, UUID) else None
