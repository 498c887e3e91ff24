"""Which meter a row means: by its id, else by external id, else by identifier."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from kvartal.errors import DomainError
from kvartal.housing.api import cleaned
from kvartal_meters.meters.rules import account_key, clean_identifier
from kvartal_meters.registration.errors import MeterAmbiguous, MeterUnknown

__all__ = ["KnownMeter", "KnownMeters", "MeterReference", "cleaned_reference"]


class MeterReference(NamedTuple):
    """How a row of readings names its meter; the account narrows what the identifier finds.

    ``is_malformed``: an id was given that is no meter's.
    """

    id: UUID | None = None
    external_id: str | None = None
    identifier: str | None = None
    account_number: str | None = None
    is_malformed: bool = False


class KnownMeter(NamedTuple):
    """A meter as rows may name it."""

    id: UUID
    external_id: str | None
    identifier: str
    account_number: str | None
    is_archived: bool


@dataclass(slots=True)
class KnownMeters:
    """The meters that the rows of a call may mean; those that nobody may see are not among them."""

    ids: set[UUID] = field(default_factory=set)
    by_external_id: dict[str, KnownMeter] = field(default_factory=dict)
    by_identifier: dict[str, list[KnownMeter]] = field(default_factory=dict)

    def add(self, meters: Iterable[KnownMeter]) -> None:
        """Let meters be found."""
        for meter in meters:
            self.ids.add(meter.id)
            if meter.external_id is not None:
                self.by_external_id[meter.external_id] = meter
            self.by_identifier.setdefault(meter.identifier, []).append(meter)

    def find(self, named: MeterReference) -> UUID | DomainError:
        """The meter that is meant, or why there is none."""
        if named.is_malformed or named.id is not None:
            return named.id if named.id in self.ids else MeterUnknown(path=("meter_id",))
        if named.external_id is not None:
            found = self.by_external_id.get(named.external_id)
            if found is not None:
                return found.id
            if named.identifier is None:
                return MeterUnknown(path=("meter_external_id",))
        if named.identifier is None:
            return MeterUnknown()
        return self._by_identifier(named, named.identifier)

    def _by_identifier(self, named: MeterReference, identifier: str) -> UUID | DomainError:
        candidates = [
            each
            for each in self.by_identifier.get(identifier, ())
            # A meter that another external id is known of is another meter.
            if named.external_id is None or each.external_id is None
        ]
        if named.account_number is not None:
            key = account_key(named.account_number)
            candidates = [
                each
                for each in candidates
                if each.account_number is not None and account_key(each.account_number) == key
            ]
        in_use = [each for each in candidates if not each.is_archived]
        return _the_only(in_use or candidates)


def _the_only(candidates: Sequence[KnownMeter]) -> UUID | DomainError:
    if not candidates:
        return MeterUnknown(path=("identifier",))
    if len(candidates) > 1:
        return MeterAmbiguous(path=("identifier",))
    return candidates[0].id


def cleaned_reference(
    *,
    id: UUID | None,
    external_id: str | None,
    identifier: str | None,
    account_number: str | None,
    is_malformed: bool = False,
) -> MeterReference:
    """A reference as it is compared: trimmed, and nothing where nothing is written."""
    return MeterReference(
        id=id,
        external_id=_text(external_id),
        identifier=clean_identifier(identifier or "") or None,
        account_number=_text(account_number),
        is_malformed=is_malformed,
    )


def _text(value: str | None) -> str | None:
    return cleaned(value or "") or None
