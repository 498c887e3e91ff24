"""The live topics that are touched when a credential ends, or its rights become others."""

from uuid import UUID

from kvartal.auth.actor import Actor

__all__ = ["person_topic", "staff_topic", "topics_of"]


def person_topic(user_id: UUID) -> str:
    """The sessions of a person, and where they are employed or live."""
    return f"person:{user_id}"


def staff_topic(organization_id: UUID) -> str:
    """The rights of an organization's employees and integrators."""
    return f"staff:{organization_id}"


def topics_of(actor: Actor) -> frozenset[str]:
    """All that the actor's credential depends on."""
    organizations = {staff_topic(each.organization_id) for each in actor.memberships}
    person = {person_topic(actor.user_id)} if actor.user_id is not None else set()
    return frozenset(organizations | person)
