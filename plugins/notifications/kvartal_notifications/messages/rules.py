"""What becomes of a notice on its way to a person."""

from enum import StrEnum

__all__ = ["DeliveryStatus"]


class DeliveryStatus(StrEnum):
    """How far a notice has come by one channel."""

    PENDING = "PENDING"
    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
