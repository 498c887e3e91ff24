"""What a row of the audit log holds, and how much of an input it may tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from uuid import UUID

__all__ = [
    "MANY",
    "AuditActorKind",
    "Entry",
    "Secrecy",
    "differences",
    "listed",
    "masked",
    "shortened",
]

MANY = 20
"""Of a longer list only the length is told: a bulk call's rows are no news of one object."""
_LONG = 500
_MASK = "***"
# What a change always moves, or what is made of another column: they tell people nothing.
_DERIVED = frozenset({"created_at", "updated_at", "version", "sort_key", "search"})


class AuditActorKind(StrEnum):
    """Who did it: somebody with a credential, nobody known, or the system by itself."""

    ANONYMOUS = "ANONYMOUS"
    RESIDENT = "RESIDENT"
    EMPLOYEE = "EMPLOYEE"
    SERVICE = "SERVICE"
    SYSTEM = "SYSTEM"


class Secrecy(Enum):
    """What the log must not repeat: a secret not at all, personal data only to be recognised by."""

    SECRET = auto()
    PERSONAL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing done, as it is about to be written; the name of who did it is read on the way.

    ``is_own_act``: done by a person to themselves, so that it concerns all whom they belong to.
    """

    action: str
    actor_kind: AuditActorKind
    organization_id: UUID | None = None
    is_own_act: bool = False
    user_id: UUID | None = None
    session_id: UUID | None = None
    service_token_id: UUID | None = None
    object_kind: str | None = None
    object_id: UUID | None = None
    input: Mapping[str, object] | None = None
    changes: Mapping[str, object] | None = None
    request_id: str | None = None
    channel: str | None = None
    address: str | None = None


def masked(value: object, secrecy: Secrecy | None) -> object:
    """A value as the log may tell it: nothing of a secret, two characters of personal data."""
    if value is None or secrecy is None:
        return value
    text = str(value)
    if secrecy is Secrecy.SECRET or len(text) < 2 * len(_MASK):
        return _MASK
    return f"{_MASK}{text[-2:]}"


def shortened(text: str) -> str:
    """A text that is not too long for a log."""
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def listed(values: Sequence[object]) -> object:
    """A list as the log tells it: of a long one the length alone."""
    return list(values) if len(values) <= MANY else {"count": len(values)}


def differences(
    before: Mapping[str, object], after: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    """The facts that have changed, each with what it was and what it is."""
    return {
        name: (before.get(name), after.get(name))
        for name in {**before, **after}
        if name not in _DERIVED and before.get(name) != after.get(name)
    }
