"""The closed sets that meters are made of."""

from enum import StrEnum

__all__ = [
    "ArchiveReason",
    "AuthorKind",
    "MeterChange",
    "MeterCondition",
    "MeterScope",
    "MeterStatus",
    "VerificationReason",
    "VerificationSeverity",
]


class MeterScope(StrEnum):
    """Whose consumption a meter counts (вид ПУ)."""

    INDIVIDUAL = "INDIVIDUAL"
    COLLECTIVE = "COLLECTIVE"
    APARTMENT = "APARTMENT"
    ROOM = "ROOM"


class MeterStatus(StrEnum):
    """Where a meter is in its life: in service, «На поверке», or archived."""

    ACTIVE = "ACTIVE"
    VERIFICATION = "VERIFICATION"
    ARCHIVED = "ARCHIVED"


class ArchiveReason(StrEnum):
    """Why a meter left service (причина вывода в архив), after the state's list of reasons."""

    REPLACED = "REPLACED"
    FAULTY = "FAULTY"
    VERIFICATION_OVERDUE = "VERIFICATION_OVERDUE"
    LIFETIME_EXPIRED = "LIFETIME_EXPIRED"
    REMOVED = "REMOVED"
    OTHER = "OTHER"


class MeterCondition(StrEnum):
    """Whether a collective meter works (состояние ОДПУ)."""

    WORKING = "WORKING"
    FAULTY = "FAULTY"


class MeterChange(StrEnum):
    """What has become of a meter's card."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    ARCHIVED = "ARCHIVED"
    RESTORED = "RESTORED"


class AuthorKind(StrEnum):
    """Who saves a reading: the rules differ by it; the names are those of an actor's kind."""

    RESIDENT = "RESIDENT"
    EMPLOYEE = "EMPLOYEE"
    SERVICE = "SERVICE"


class VerificationSeverity(StrEnum):
    """How urgent a meter's verification is."""

    NONE = "NONE"
    SOON = "SOON"
    EXPIRED = "EXPIRED"
    ON_VERIFICATION = "ON_VERIFICATION"


class VerificationReason(StrEnum):
    """Which date put a meter «На поверке» at night."""

    NEXT = "NEXT"
    LAST = "LAST"
    COMM = "COMM"
