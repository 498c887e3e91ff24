"""What others may use of the audit log."""

from collections.abc import Mapping

from kvartal.audit.rules import Secrecy, listed
from kvartal.audit.service import belongs_to, changed, nothing_changed, own_act, record, watch

__all__ = [
    "PERSONAL",
    "SECRET",
    "belongs_to",
    "changed",
    "listed",
    "nothing_changed",
    "own_act",
    "record",
    "watch",
]

# Of a field of an input: ``strawberry.field(metadata=SECRET, description=…)``.
SECRET: Mapping[object, object] = {Secrecy: Secrecy.SECRET}
PERSONAL: Mapping[object, object] = {Secrecy: Secrecy.PERSONAL}
