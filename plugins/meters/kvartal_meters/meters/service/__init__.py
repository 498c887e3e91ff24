"""Changing meters: the order of steps; the rules decide, the queries lock and read."""

from kvartal_meters.meters.service.add import add
from kvartal_meters.meters.service.archive import archive, restore
from kvartal_meters.meters.service.card import MeterFields
from kvartal_meters.meters.service.documents import attach_document, remove_document
from kvartal_meters.meters.service.update import update
from kvartal_meters.meters.service.verify import complete_verification

__all__ = [
    "MeterFields",
    "add",
    "archive",
    "attach_document",
    "complete_verification",
    "remove_document",
    "restore",
    "update",
]
