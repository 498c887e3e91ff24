"""What subscriptions to notices listen to."""

from uuid import UUID

__all__ = ["inbox_topic"]


def inbox_topic(user_id: UUID) -> str:
    """The live topic of a person's inbox: touched when it gets a notice, and when one is read."""
    return f"notifications:{user_id}"
