"""Workbooks as people upload them: what an import takes can be sent."""

from kvartal.files.api import UploadLimit
from kvartal.settings import settings_of
from kvartal_integration.settings import IntegrationSettings

__all__ = ["UPLOADS", "XLSX", "largest_workbook"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MEGABYTE = 1_000_000


def largest_workbook() -> int:
    """So many bytes a workbook to import may have."""
    return settings_of(IntegrationSettings).spreadsheet_megabytes * _MEGABYTE


UPLOADS = UploadLimit(media_type=XLSX, max_bytes=largest_workbook)
