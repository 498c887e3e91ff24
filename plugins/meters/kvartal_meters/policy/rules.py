"""What an organization decides for all its meters, and within which bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from kvartal.errors import BadInput, DomainError, Refused
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.errors import AnomalyFactorInvalid

__all__ = [
    "DEFAULT_FACTOR",
    "MAXIMUM_FACTOR",
    "MINIMUM_FACTOR",
    "Factors",
    "Policy",
    "read_factors",
]

DEFAULT_FACTOR = Decimal(3)
MINIMUM_FACTOR = Decimal("1.5")
MAXIMUM_FACTOR = Decimal(10)
_STEP = Decimal("0.01")

Factors = Mapping[ResourceKind, Decimal]
"""How many times the average a consumption may be before one is asked about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An organization's policy; ``version`` is 0 while nobody has changed the defaults.

    ``counts_latest_verification`` («Учитывать последнюю поверку»): at night only the first date
    that is filled decides.
    """

    counts_latest_verification: bool = False
    factors: Factors = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0

    def factor_of(self, kind: ResourceKind) -> Decimal:
        """The factor of a resource."""
        return self.factors.get(kind, DEFAULT_FACTOR)


def read_factors(entries: Sequence[tuple[ResourceKind, Decimal]]) -> dict[ResourceKind, Decimal]:
    """What was entered, by resource; Refused with every factor that is out of bounds."""
    if len({kind for kind, _ in entries}) < len(entries):
        raise BadInput("RESOURCE_REPEATED")
    faults: list[DomainError] = [
        AnomalyFactorInvalid(
            minimum=MINIMUM_FACTOR,
            maximum=MAXIMUM_FACTOR,
            path=("anomaly_thresholds", row, "factor"),
        )
        for row, (_, factor) in enumerate(entries)
        if not MINIMUM_FACTOR <= factor <= MAXIMUM_FACTOR or factor % _STEP
    ]
    if faults:
        raise Refused(faults)
    return dict(entries)
