"""What becomes of a row about a meter: it makes one, changes one, says nothing new, or is wrong."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kvartal.bulk import RowOutcome
from kvartal.errors import DomainError
from kvartal.housing.api import PlaceArchived, PremiseUnknown
from kvartal_meters.catalog.rules import CATALOG
from kvartal_meters.meters.rules import MeterCondition, MeterScope, MeterStatus
from kvartal_meters.meters.rules.card import COLLECTIVE_FIELDS, card_faults, change_faults
from kvartal_meters.meters.rules.refusals import (
    CardArchived,
    IdentifierRequired,
    ResourceOff,
    TypeFixed,
)
from kvartal_meters.registration.errors import MeterElsewhere, TypeRequired
from kvartal_meters.registration.rules.entries import (
    Fields,
    MeterEntry,
    MeterVerdict,
    SentMeter,
    card_of,
)
from kvartal_meters.registration.rules.fleet import Fleet
from kvartal_meters.registration.rules.places import Site

__all__ = ["apply_row"]

_NEW: Mapping[str, Any] = MappingProxyType(
    {
        "status": MeterStatus.ACTIVE,
        "transformation_ratio": Decimal(1),
        "initial_values": (),
    }
)
_NEW_COLLECTIVE: Mapping[str, Any] = MappingProxyType(
    {
        "installation_place": None,
        "installed_on": None,
        "sealed_on": None,
        "condition": MeterCondition.WORKING,
        "antimagnetic_seal": False,
        "temperature_sensor": False,
        "pressure_sensor": False,
        "remote_reading": False,
    }
)
# Of an individual meter the exchange leaves aside what only house meters have (domain rules, 4).
_ONLY_COLLECTIVE = frozenset({*COLLECTIVE_FIELDS, "transformation_ratio"})

Today = Callable[[str], date]
"""The present day in a time zone."""


def apply_row(fleet: Fleet, row: SentMeter, today: Today) -> MeterVerdict:
    """Let one row make or change its meter."""
    if row.errors:
        return _rejected(row.errors)
    found = fleet.match(row)
    if isinstance(found, DomainError):
        return _rejected([found])
    return _create(fleet, row, today) if found is None else _change(fleet, found, row, today)


def _create(fleet: Fleet, row: SentMeter, today: Today) -> MeterVerdict:
    missing: list[DomainError] = []
    if "type" not in row.fields:
        missing.append(TypeRequired(path=("type",)))
    if not row.fields.get("identifier"):
        missing.append(IdentifierRequired(path=("identifier",)))
    site, scope = row.site, row.scope or MeterScope.INDIVIDUAL
    is_house = scope is MeterScope.COLLECTIVE
    if site is None or (site.premise_id is None and not is_house):
        missing.append(PremiseUnknown())
    if missing or site is None:
        return _rejected(missing)
    if is_house and site.premise_id is not None:
        return _rejected([MeterElsewhere(path=("scope",))])
    given = _own(scope, row.fields)
    fields = {**_NEW, **(_NEW_COLLECTIVE if is_house else {}), **given}
    if not is_house:
        fields.setdefault("account_id", site.only_account)
    errors = [
        *_site_faults(site, scope, fields),
        *card_faults(card_of(scope, fields), given, today=today(site.timezone)),
        *fleet.taken(None, fields),
    ]
    if errors:
        return _rejected(errors)
    entry = MeterEntry(fleet.new_id(), scope, site, fields)
    fleet.add([entry])
    return MeterVerdict(RowOutcome.CREATED, entry.id, warnings=row.warnings)


def _change(fleet: Fleet, entry: MeterEntry, row: SentMeter, today: Today) -> MeterVerdict:
    given = _own(entry.scope, row.fields)
    fields = {**entry.fields, **given}
    errors = _fixed(entry, row, fields) or _site_faults(entry.site, entry.scope, fields)
    if not errors:
        before, after = card_of(entry.scope, entry.fields), card_of(entry.scope, fields)
        errors += card_faults(after, given, today=today(entry.site.timezone))
        errors += change_faults(before, after, entry.read)
        errors += fleet.taken(entry, fields)
    if errors:
        return _rejected(errors)
    if fields == entry.fields:
        return MeterVerdict(RowOutcome.UNCHANGED, entry.id, warnings=row.warnings)
    entry.fields.update(given)
    fleet.index(entry)
    return MeterVerdict(RowOutcome.UPDATED, entry.id, warnings=row.warnings)


def _fixed(entry: MeterEntry, row: SentMeter, fields: Fields) -> list[DomainError]:
    """What another system may not change: the place, the kind, and that a meter is archived."""
    found: list[DomainError] = []
    premise, building = entry.site.premise_id, entry.site.building_id
    if row.site is not None and not row.site.contains(premise, building):
        found.append(MeterElsewhere(meter_id=entry.id))
    if row.scope not in {None, entry.scope}:
        found.append(TypeFixed(meter_id=entry.id, path=("scope",)))
    if fields["type"] is not entry.fields["type"]:
        found.append(TypeFixed(meter_id=entry.id, path=("type",)))
    if entry.is_archived and fields["status"] is not MeterStatus.ARCHIVED:
        found.append(CardArchived(path=("status",)))
    return found


def _site_faults(site: Site, scope: MeterScope, fields: Fields) -> list[DomainError]:
    """Why no meter is kept there; one that goes out of use may always be told of."""
    found: list[DomainError] = []
    if fields["status"] is MeterStatus.ARCHIVED:
        return found
    if site.is_archived:
        found.append(PlaceArchived())
    if scope is not MeterScope.COLLECTIVE and CATALOG[fields["type"]].kind.value not in site.active:
        found.append(ResourceOff(path=("type",)))
    return found


def _own(scope: MeterScope, fields: Fields) -> dict[str, Any]:
    """The fields that a meter of that kind has."""
    is_house = scope is MeterScope.COLLECTIVE
    return {
        name: value for name, value in fields.items() if is_house or name not in _ONLY_COLLECTIVE
    }


def _rejected(errors: Sequence[DomainError]) -> MeterVerdict:
    return MeterVerdict(RowOutcome.REJECTED, errors=errors)
