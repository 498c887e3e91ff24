"""Readings in workbooks: begun by an employee, carried out by a worker in their name."""

from kvartal_integration.spreadsheets.service.exporting import export_workbook
from kvartal_integration.spreadsheets.service.importing import import_workbook
from kvartal_integration.spreadsheets.service.starting import Asked, start_export, start_import

__all__ = ["Asked", "export_workbook", "import_workbook", "start_export", "start_import"]
