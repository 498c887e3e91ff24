"""What happens in sign-in and to people's rights that others must hear."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event

__all__ = [
    "EmployeeChanged",
    "PasswordChanged",
    "PasswordLinkRequested",
    "RoleChanged",
    "ServiceTokenChanged",
    "SignInCodeRequested",
]


@event("kvartal.sign_in_code_requested")
@dataclass(frozen=True, slots=True)
class SignInCodeRequested(Event):
    """Somebody asked for a one-time code, for a telephone that may be nobody's."""

    code_id: UUID


@event("kvartal.password_link_requested")
@dataclass(frozen=True, slots=True)
class PasswordLinkRequested(Event):
    """A link that sets a password was asked for, for an e-mail that may be nobody's."""

    link_id: UUID


@event("kvartal.password_changed")
@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """A person has another password; ``change_id`` names this change of it."""

    user_id: UUID
    change_id: UUID


@event("kvartal.role_changed")
@dataclass(frozen=True, slots=True)
class RoleChanged(Event):
    """A role was made, changed or deleted; which rights it got and lost. ``by``: the employee."""

    organization_id: UUID
    role_id: UUID
    by: UUID
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    is_deleted: bool = False


@event("kvartal.employee_changed")
@dataclass(frozen=True, slots=True)
class EmployeeChanged(Event):
    """An employee was taken on, changed, archived or restored. ``by``: the employee who did it."""

    organization_id: UUID
    employee_id: UUID
    by: UUID
    roles_added: tuple[UUID, ...] = ()
    roles_removed: tuple[UUID, ...] = ()
    buildings_added: int = 0
    buildings_removed: int = 0
    all_buildings: bool = False
    is_archived: bool = False


@event("kvartal.service_token_changed")
@dataclass(frozen=True, slots=True)
class ServiceTokenChanged(Event):
    """An integrator's token was made or revoked. ``by``: the employee."""

    organization_id: UUID
    token_id: UUID
    by: UUID
    is_revoked: bool = False
