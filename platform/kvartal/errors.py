"""What can go wrong, as one tree.

KvartalError
├── DomainError          expected refusal, shown to the user in a mutation's ``errors``
│   ├── VersionConflict  VERSION_CONFLICT, of every update
│   └── <each plugin's own>
├── Refused              several domain errors of one request, raised together
└── RequestError         top-level GraphQL error with ``extensions.code``
    ├── Unauthenticated  UNAUTHENTICATED
    ├── Forbidden        FORBIDDEN
    ├── NotFound         NOT_FOUND
    ├── BadInput         BAD_INPUT
    ├── TooComplex       TOO_COMPLEX
    └── RateLimited      RATE_LIMITED

Whatever is outside this tree reaches the client as INTERNAL with the request id, and the log whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

__all__ = [
    "BadInput",
    "DomainError",
    "Forbidden",
    "KvartalError",
    "NotFound",
    "RateLimited",
    "Refused",
    "RequestError",
    "TooComplex",
    "Unauthenticated",
    "VersionConflict",
]

Path = tuple[str | int, ...]


class KvartalError(Exception):
    """Root of all errors that Kvartal raises on purpose."""


@dataclass(eq=False, kw_only=True)
class DomainError(KvartalError):
    """An expected refusal: a machine code and the facts; the catalogues own the sentence.

    A subclass is a dataclass whose fields are the facts, e.g. ``previous: Decimal``. ``path`` names
    the input field at fault, relative to the mutation's ``input``.
    """

    code: ClassVar[str]
    path: Path = field(default=(), metadata={"fact": False})

    def __str__(self) -> str:
        return f"{self.code} {self.facts()}"

    @property
    def message_code(self) -> str:
        """The sentence's code in the catalogue: the machine code, unless the facts choose."""
        return self.code

    def facts(self) -> dict[str, Any]:
        """The facts by name, as the catalogue's placeholders and GraphQL's fields see them."""
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.metadata.get("fact", True)
        }

    def at(self, *prefix: str | int) -> "DomainError":
        """The same error, its path prefixed: rules know registers, services know rows."""
        self.path = (*prefix, *self.path)
        return self


@dataclass(eq=False, kw_only=True)
class VersionConflict(DomainError):
    """Somebody else has changed the object meanwhile; ``version`` is the present one."""

    code: ClassVar[str] = "VERSION_CONFLICT"
    version: int


class Refused(KvartalError):
    """Several domain errors of one request: all of them reach the client, nothing is saved."""

    def __init__(self, errors: Sequence[DomainError]) -> None:
        super().__init__(", ".join(error.code for error in errors))
        self.errors = tuple(errors)


class RequestError(KvartalError):
    """The request cannot be served as it is; ``message_code`` names its sentence."""

    code: ClassVar[str]

    def __init__(self, message_code: str | None = None, **facts: Any) -> None:
        super().__init__(message_code or self.code)
        self.message_code = message_code or self.code
        self.facts = facts


class Unauthenticated(RequestError):
    """Nobody is signed in, or the credential is expired or unknown."""

    code = "UNAUTHENTICATED"


class Forbidden(RequestError):
    """The actor may see the object, but not do this to it."""

    code = "FORBIDDEN"


class NotFound(RequestError):
    """No such object for this actor; a stranger's object does not exist."""

    code = "NOT_FOUND"


class BadInput(RequestError):
    """The input is malformed: not a domain refusal, a client's mistake."""

    code = "BAD_INPUT"


class TooComplex(RequestError):
    """The document exceeds a limit; the facts are ``limit`` and ``value``."""

    code = "TOO_COMPLEX"


class RateLimited(RequestError):
    """Too many requests; the fact ``retry_after`` is in seconds."""

    code = "RATE_LIMITED"
