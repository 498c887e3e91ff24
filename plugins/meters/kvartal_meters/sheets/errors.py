"""Why a row of an employee's sheet is rejected before its reading is looked at.

DomainError
└── about the meter that a row means: BuildingForbidden, SerialMismatch
"""

from dataclasses import dataclass
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["BuildingForbidden", "SerialMismatch"]


@dataclass(eq=False, kw_only=True)
class BuildingForbidden(DomainError):
    """The building is the organization's, but the employee does not work with it."""

    code: ClassVar[str] = "BUILDING_FORBIDDEN"


@dataclass(eq=False, kw_only=True)
class SerialMismatch(DomainError):
    """The identifier and the serial number are not those of one meter."""

    code: ClassVar[str] = "SERIAL_MISMATCH"
