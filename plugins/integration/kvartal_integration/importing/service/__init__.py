"""The import of meters and readings from the files of another system."""

from kvartal_integration.importing.service.run import import_files

__all__ = ["import_files"]
