"""What subscriptions to settings listen to."""

from kvartal_meters.resource_settings.rules import Place

__all__ = ["application_topic"]


def application_topic(place: Place) -> str:
    """The live topic of an application of a place's settings, told as ``kvartal.progress`` does."""
    return f"meters.application:{place.level.lower()}:{place.id}"
