"""What the live feed of readings listens to."""

from uuid import UUID

__all__ = ["readings_topic"]


def readings_topic(organization_id: UUID) -> str:
    """The live topic of an organization's readings: touched when any is accepted or corrected."""
    return f"readings:{organization_id}"
