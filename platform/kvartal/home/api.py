"""What plugins may use of the home screen."""

from uuid import UUID

from kvartal.home.widgets import HomeWidget

__all__ = ["HomeWidget", "building_topic", "organization_topic", "premise_topic"]


def premise_topic(premise_id: UUID) -> str:
    """The live topic of a premise: touch it when the answer of one of its widgets may change."""
    return f"premise:{premise_id}"


def building_topic(building_id: UUID) -> str:
    """The live topic of a building: touch it when widgets of any of its premises may change."""
    return f"building:{building_id}"


def organization_topic(organization_id: UUID) -> str:
    """The live topic of an organization, for what changes many buildings at once."""
    return f"organization:{organization_id}"
