"""What a meter is, how it is told apart, and when it is due for verification (поверка)."""

from kvartal_meters.meters.rules.identity import (
    account_key,
    clean_identifier,
    search_text,
    serial_key,
    sought_parts,
)
from kvartal_meters.meters.rules.kinds import (
    ArchiveReason,
    AuthorKind,
    MeterChange,
    MeterCondition,
    MeterScope,
    MeterStatus,
    VerificationReason,
    VerificationSeverity,
)
from kvartal_meters.meters.rules.verification import (
    SOON_DAYS,
    Verification,
    VerificationDates,
    add_years,
    effective_next_verification,
    lapsed_verification,
    verification_on,
)

__all__ = [
    "SOON_DAYS",
    "ArchiveReason",
    "AuthorKind",
    "MeterChange",
    "MeterCondition",
    "MeterScope",
    "MeterStatus",
    "Verification",
    "VerificationDates",
    "VerificationReason",
    "VerificationSeverity",
    "account_key",
    "add_years",
    "clean_identifier",
    "effective_next_verification",
    "lapsed_verification",
    "search_text",
    "serial_key",
    "sought_parts",
    "verification_on",
]
