"""What subscriptions to operations listen to."""

from uuid import UUID

__all__ = ["operation_topic"]


def operation_topic(operation_id: UUID) -> str:
    """The live topic of an operation: touched when it goes on, and when it is over."""
    return f"operation:{operation_id}"
