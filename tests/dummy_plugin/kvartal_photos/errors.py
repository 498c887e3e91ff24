"""Why a photo may be refused."""

from dataclasses import dataclass
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["CaptionRequired", "TooManyPhotos"]


@dataclass(eq=False, kw_only=True)
class CaptionRequired(DomainError):
    """A photo says what it shows."""

    code: ClassVar[str] = "CAPTION_REQUIRED"


@dataclass(eq=False, kw_only=True)
class TooManyPhotos(DomainError):
    """The building has as many photos as it may have."""

    code: ClassVar[str] = "TOO_MANY_PHOTOS"
    limit: int
