"""Rules of registration: what a row may say of a building, a premise, an account, a resident."""

from collections.abc import Callable, Collection
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.registration.ledger import Kind, Values
from kvartal.housing.registration.references import (
    AddressAmbiguous,
    AddressTaken,
    BuildingUnknown,
    GroupUnknown,
    PremiseOfAnotherBuilding,
    PremiseUnknown,
    QuarterUnknown,
)
from kvartal.housing.rules import (
    AccountNumberTaken,
    AddressRequired,
    InputFaults,
    NameRequired,
    NumberRequired,
    PremiseKind,
    PremiseNumberTaken,
    cleaned,
    sort_key,
)

__all__ = [
    "ACCOUNTS",
    "PREMISES",
    "account_values",
    "address_key",
    "building_values",
    "buildings_kind",
    "number_key",
    "premise_values",
    "resident_values",
]

ADDRESS_LENGTH = 500
NUMBER_LENGTH = 50
EXTERNAL_ID_LENGTH = 100
NAME_LENGTH = 200


def address_key(address: str) -> str:
    """An address as it is compared."""
    return cleaned(address).casefold()


def number_key(number: str) -> str:
    """A premise's number as it is compared."""
    return cleaned(number).lower()


def building_values(
    row: Values, faults: InputFaults, *, quarters: Collection[UUID], groups: Collection[UUID]
) -> Values:
    """The columns that a row sets of a building; ``groups`` stands for its memberships."""
    values: dict[str, object] = {}
    if "address" in row:
        address = faults.required("address", _text(row["address"]), ADDRESS_LENGTH, AddressRequired)
        values |= {"address": address, "sort_key": sort_key(address)}
    if row.get("timezone") is not None:
        values["timezone"] = faults.timezone("timezone", _text(row["timezone"]))
    if "fias_guid" in row:
        values["fias_guid"] = row["fias_guid"]
    if "quarter_id" in row:
        values["quarter_id"] = row["quarter_id"]
        if row["quarter_id"] is not None and row["quarter_id"] not in quarters:
            faults.errors.append(QuarterUnknown(path=("quarter_id",)))
    if "group_ids" in row:
        asked = row["group_ids"]
        values["groups"] = frozenset(asked if isinstance(asked, list) else ())
        if not frozenset(groups) >= values["groups"]:  # type: ignore[operator] # a frozenset
            faults.errors.append(GroupUnknown(path=("group_ids",)))
    return {**values, **_external_id(row, faults)}


def premise_values(row: Values, faults: InputFaults, building: UUID | DomainError | None) -> Values:
    """The columns that a row sets of a premise."""
    values: dict[str, object] = {}
    if "number" in row:
        number = faults.required("number", _text(row["number"]), NUMBER_LENGTH, NumberRequired)
        values |= {"number": number, "sort_key": sort_key(number)}
    if row.get("kind") is not None:
        values["kind"] = row["kind"]
    return {**values, **_external_id(row, faults), **_place("building_id", building, faults)}


def account_values(row: Values, faults: InputFaults, premise: UUID | DomainError | None) -> Values:
    """The columns that a row sets of an account."""
    values: dict[str, object] = {}
    if "number" in row:
        values["number"] = faults.required(
            "number", _text(row["number"]), NUMBER_LENGTH, NumberRequired
        )
    if "unified_number" in row:
        values["unified_number"] = faults.optional(
            "unified_number", _text(row["unified_number"]), NUMBER_LENGTH
        )
    return {**values, **_external_id(row, faults), **_place("premise_id", premise, faults)}


def resident_values(row: Values, faults: InputFaults, premise: UUID | DomainError | None) -> Values:
    """What a row says of a resident, and of the premise where they live."""
    values: dict[str, object] = {}
    if row.get("full_name") is not None:
        values["full_name"] = faults.required(
            "full_name", _text(row["full_name"]), NAME_LENGTH, NameRequired
        )
    values["phone"] = faults.phone("phone", _text(row.get("phone")))
    if premise is None:
        faults.errors.append(PremiseUnknown())
    return {**values, **_place("premise_id", premise, faults)}


def buildings_kind(timezone: str) -> Kind:
    """Buildings are told apart by their addresses; a new one has the organization's time zone."""
    return Kind(
        key=lambda values: address_key(str(values.get("address", ""))),
        taken=lambda: AddressTaken(path=("address",)),
        ambiguous=lambda: AddressAmbiguous(path=("address",)),
        missing=lambda row: [] if "address" in row else [AddressRequired(path=("address",))],
        defaults={
            "timezone": timezone,
            "fias_guid": None,
            "quarter_id": None,
            "groups": frozenset[UUID](),
            "external_id": None,
        },
    )


def _missing(
    **required: Callable[[], DomainError],
) -> Callable[[Values], list[DomainError]]:
    return lambda row: [error() for name, error in required.items() if name not in row]


def _leaves_building(values: Values, row: Values) -> list[DomainError]:
    stays = row.get("building_id", values["building_id"]) == values["building_id"]
    return [] if stays else [PremiseOfAnotherBuilding()]


PREMISES = Kind(
    key=lambda values: (values.get("building_id"), number_key(str(values.get("number", "")))),
    taken=lambda: PremiseNumberTaken(path=("number",)),
    ambiguous=lambda: PremiseNumberTaken(path=("number",)),
    missing=_missing(number=lambda: NumberRequired(path=("number",)), building_id=BuildingUnknown),
    forbidden=_leaves_building,
    defaults={"kind": PremiseKind.RESIDENTIAL, "external_id": None},
)
ACCOUNTS = Kind(
    key=lambda values: values.get("number"),
    taken=lambda: AccountNumberTaken(path=("number",)),
    ambiguous=lambda: AccountNumberTaken(path=("number",)),
    missing=_missing(number=lambda: NumberRequired(path=("number",)), premise_id=PremiseUnknown),
    defaults={"unified_number": None, "external_id": None},
)


def _external_id(row: Values, faults: InputFaults) -> Values:
    if "external_id" not in row:
        return {}
    kept = faults.optional("external_id", _text(row["external_id"]), EXTERNAL_ID_LENGTH)
    return {"external_id": kept}


def _place(column: str, place: UUID | DomainError | None, faults: InputFaults) -> Values:
    if isinstance(place, DomainError):
        faults.errors.append(place)
    return {column: place} if isinstance(place, UUID) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
