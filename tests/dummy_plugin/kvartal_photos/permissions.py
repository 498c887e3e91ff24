"""The rights of the plugin; their titles stand in ``locale/``."""

from kvartal.plugin import Permission

__all__ = ["ADD", "ALL"]

ADD = Permission(code="photos.photo.add")

ALL = (ADD,)
