"""What happens in sign-in that others must hear."""

from dataclasses import dataclass
from uuid import UUID

from kvartal.events import Event, event

__all__ = ["SignInCodeRequested"]


@event("kvartal.sign_in_code_requested")
@dataclass(frozen=True, slots=True)
class SignInCodeRequested(Event):
    """Somebody asked for a one-time code, for a telephone that may be nobody's."""

    code_id: UUID
