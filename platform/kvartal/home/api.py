"""What plugins may use of the home screen."""

from kvartal.home.widgets import HomeWidget

__all__ = ["HomeWidget", "premise_topic"]


def premise_topic(premise_id: object) -> str:
    """The live topic of a premise: touch it when a widget's answer may have changed."""
    return f"premise:{premise_id}"
