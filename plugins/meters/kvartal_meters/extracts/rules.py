"""What leaves the product of readings and meters (выгрузка), a row with all that is told of it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from kvartal_meters.catalog.rules import MeterType, ResourceKind
from kvartal_meters.meters.rules import (
    MeterScope,
    VerificationDates,
    effective_next_verification,
)

__all__ = ["Extract", "MeterSelection", "ReadingSelection"]


class Extract(NamedTuple):
    """A meter in its place with one of its readings; without one, all of the reading is None.

    Closed sets (``type``, ``status``, ``channel`` …) are told by their values; values of registers
    stand in the meter's unit, one for each of its registers, None for those it has not.
    """

    meter_id: UUID
    meter_external_id: str | None
    scope: str
    type: str
    resource_kind: str
    identifier: str
    brand: str | None
    model: str | None
    serial_number: str | None
    commissioned_on: date | None
    verification_interval: int | None
    verified_on: date | None
    next_verification_on: date | None
    status: str
    int_digits: int | None
    transformation_ratio: Decimal
    initial_t1: Decimal | None
    initial_t2: Decimal | None
    initial_t3: Decimal | None
    installation_place: str | None
    condition: str | None
    building_id: UUID
    building_external_id: str | None
    address: str
    timezone: str
    premise_id: UUID | None
    premise_external_id: str | None
    premise_number: str | None
    account_number: str | None
    reading_id: UUID | None
    billing_month: date | None
    taken_on: date | None
    submitted_at: datetime | None
    channel: str | None
    t1: Decimal | None
    t2: Decimal | None
    t3: Decimal | None
    previous_t1: Decimal | None
    previous_t2: Decimal | None
    previous_t3: Decimal | None
    consumption: Decimal | None

    @property
    def values(self) -> tuple[Decimal, ...]:
        """The reading's values; of no reading, none."""
        return tuple(each for each in (self.t1, self.t2, self.t3) if each is not None)

    @property
    def previous(self) -> tuple[Decimal, ...]:
        """The values that it is counted from."""
        found = (self.previous_t1, self.previous_t2, self.previous_t3)
        return tuple(each for each in found if each is not None)

    @property
    def initial(self) -> tuple[Decimal, ...]:
        """The values that a first reading is counted from, if they are known."""
        found = (self.initial_t1, self.initial_t2, self.initial_t3)
        return tuple(each for each in found if each is not None)

    @property
    def verification_due_on(self) -> date | None:
        """When the meter is due: as written, else counted from the verification before."""
        return effective_next_verification(
            VerificationDates(
                next_verification_on=self.next_verification_on,
                verified_on=self.verified_on,
                commissioned_on=self.commissioned_on,
                verification_interval=self.verification_interval,
            )
        )

    @property
    def is_rollover(self) -> bool:
        """A register has passed its zero since."""
        return any(now < before for now, before in zip(self.values, self.previous, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSelection:
    """Which readings leave: of these months, and changed in this time, its end not included."""

    scope: MeterScope
    months: tuple[date, ...] | None = None
    changed_since: datetime | None = None
    changed_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSelection:
    """Which meters in use leave, as the CRM's list is filtered; all that is given must hold.

    The days of the latest submission are the organization's, both ends included; ``words`` must all
    be found in what a meter is searched by.
    """

    scope: MeterScope
    group_id: UUID | None = None
    quarter_id: UUID | None = None
    building_id: UUID | None = None
    premise_id: UUID | None = None
    resource_kind: ResourceKind | None = None
    meter_type: MeterType | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    words: tuple[str, ...] = ()
