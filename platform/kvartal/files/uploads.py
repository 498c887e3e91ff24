"""A file as a client has sent it: nothing that it says of itself is believed."""

from dataclasses import dataclass, field
from typing import IO

__all__ = ["UploadedFile"]


@dataclass(slots=True, eq=False)
class UploadedFile:
    """A received file; it is gone when its request has been answered."""

    name: str
    size: int
    sha256: str
    content: IO[bytes] = field(repr=False)
