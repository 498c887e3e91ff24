"""Which meter a row of a sheet means."""

from uuid import UUID

import pytest

from kvartal_meters.sheets.rules import KnownPlaces, PlacedMeter, SheetPlace, SheetReference

COLD, HOT, OLD, BARE = (UUID(int=number) for number in range(1, 5))
METERS = [
    PlacedMeter(COLD, "ХВС-15", "№ 18-034", is_archived=False),
    PlacedMeter(HOT, "ГВС-15", "АВ 77", is_archived=False),
    PlacedMeter(OLD, "старый", "18034", is_archived=True),
    PlacedMeter(BARE, "без серии", None, is_archived=False),
]
CASES = [
    ("the identifier", "ХВС-15", None, COLD),
    ("spaces in the identifier", "  без   серии ", None, BARE),
    ("another case is another identifier", "хвс-15", None, "METER_UNKNOWN"),
    ("the serial number, one in use before an archived one", None, "18 034", COLD),
    ("look-alikes in the serial number", None, "ab-77", HOT),
    ("both", "ХВС-15", "18034", COLD),
    ("both, of two meters", "ХВС-15", "AB77", "SERIAL_MISMATCH"),
    ("a serial number of none", "ХВС-15", "99", "SERIAL_MISMATCH"),
    ("a serial number where none is known", "без серии", "99", BARE),
    ("another's serial number where none is known", "без серии", "AB77", "SERIAL_MISMATCH"),
    ("an identifier of none with a serial number", "нет", "AB77", "METER_UNKNOWN"),
    ("an archived one alone", "старый", None, OLD),
    ("neither", None, None, "METER_UNKNOWN"),
    ("only signs in the serial number", None, "№ -", "METER_UNKNOWN"),
]


@pytest.mark.parametrize(("case", "identifier", "serial", "expected"), CASES)
def test_a_row_means(
    case: str, identifier: str | None, serial: str | None, expected: UUID | str
) -> None:
    places = KnownPlaces({"77": [SheetPlace("77", is_permitted=True, meters=METERS)]})
    named = SheetReference(account_number="77", identifier=identifier, serial_number=serial)

    found = places.find(named)

    assert (found if isinstance(found, UUID) else found.code) == expected, case


def test_two_that_fit_are_ambiguous() -> None:
    twins = [PlacedMeter(each, "А", "1", is_archived=False) for each in (COLD, HOT)]
    places = KnownPlaces({"77": [SheetPlace("77", is_permitted=True, meters=twins)]})

    found = places.find(SheetReference(account_number="77", serial_number="1"))

    assert not isinstance(found, UUID)
    assert (found.code, found.path) == ("METER_AMBIGUOUS", ("identifier",))


def test_an_account_is_compared_without_spaces_and_case_but_one_written_so_comes_first() -> None:
    def place(name: str, meter: UUID) -> SheetPlace:
        meters = [PlacedMeter(meter, "А", None, is_archived=False)]
        return SheetPlace(name, is_permitted=True, meters=meters)

    places = KnownPlaces({"лс1": [place("лс1", COLD), place("ЛС1", HOT)]})

    def found(number: str) -> object:
        return places.find(SheetReference(account_number=number, identifier="А"))

    assert [found("лс1"), found("ЛС1"), found(" Л С 1 ")] == [COLD, HOT, COLD]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (SheetReference(account_number="78", identifier="А"), "ACCOUNT_UNKNOWN"),
        (SheetReference(building_external_id="D-1", identifier="А"), "BUILDING_UNKNOWN"),
        (SheetReference(identifier="А"), "BUILDING_UNKNOWN"),
        (SheetReference(account_number="77", identifier="ХВС-15"), "BUILDING_FORBIDDEN"),
    ],
)
def test_a_place_that_is_not_there_or_not_theirs_has_no_meters(
    named: SheetReference, code: str
) -> None:
    places = KnownPlaces({"77": [SheetPlace("77", is_permitted=False, meters=METERS)]})

    found = places.find(named)

    assert not isinstance(found, UUID)
    assert found.code == code
