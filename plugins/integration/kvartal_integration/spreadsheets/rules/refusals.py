"""Why an import is not begun.

DomainError
├── about the place: ExternalIdMissing
└── about the file: NotAWorkbook
"""

from dataclasses import dataclass
from typing import ClassVar

from kvartal.errors import DomainError

__all__ = ["ExternalIdMissing", "NotAWorkbook"]


@dataclass(eq=False, kw_only=True)
class ExternalIdMissing(DomainError):
    """What the readings are imported into has no external id (внешний идентификатор) yet.

    ``is_building``: it is one building, not all of the organization.
    """

    code: ClassVar[str] = "EXTERNAL_ID_MISSING"
    is_building: bool

    @property
    def message_code(self) -> str:
        """The sentence says in whose card it is to be written."""
        return f"{self.code}.BUILDING" if self.is_building else self.code


@dataclass(eq=False, kw_only=True)
class NotAWorkbook(DomainError):
    """The file is no workbook of Excel's (.xlsx)."""

    code: ClassVar[str] = "NOT_A_WORKBOOK"
