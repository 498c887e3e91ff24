"""Integrators' tokens: which may be made by whom."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar

from kvartal.auth.authority.rules import NeedsAllBuildings, ungranted
from kvartal.errors import DomainError, Refused

__all__ = ["TokenExpiryPast", "TokenTitleInvalid", "check_service_token"]

TITLE_LENGTH = 100


class TokenTitleInvalid(DomainError):
    """A service token needs a name by which people find it again."""

    code: ClassVar[str] = "TOKEN_TITLE_INVALID"


class TokenExpiryPast(DomainError):
    """A service token cannot expire before it is made."""

    code: ClassVar[str] = "TOKEN_EXPIRY_PAST"


def check_service_token(
    *,
    title: str,
    permissions: Sequence[str],
    expires_at: datetime | None,
    for_all_buildings: bool,
    held: Collection[str],
    sees_all_buildings: bool,
    now: datetime,
) -> None:
    """Refuse a service token that could do more than its maker, naming every fault at once."""
    faults: list[DomainError] = []
    if for_all_buildings and not sees_all_buildings:
        faults.append(NeedsAllBuildings(path=("building_ids",)))
    if not (title.strip() and title.isprintable() and len(title) <= TITLE_LENGTH):
        faults.append(TokenTitleInvalid(path=("title",)))
    faults += ungranted(permissions, held, "permissions")
    if expires_at is not None and expires_at <= now:
        faults.append(TokenExpiryPast(path=("expires_at",)))
    if faults:
        raise Refused(faults)
