"""What the workers do about widgets: a place in the archive takes no readings."""

from kvartal.events import on
from kvartal.home.api import building_topic, premise_topic
from kvartal.housing.api import ArchiveChanged
from kvartal.live import touch

__all__ = ["HANDLERS", "follow_archive"]

_TOPICS = {"Building": building_topic, "Premise": premise_topic}


async def follow_archive(changed: ArchiveChanged) -> None:
    """The widgets of a premise, or of all premises of a building, are answered anew."""
    topic = _TOPICS.get(changed.kind)
    if topic is not None:
        touch(topic(changed.place_id))


HANDLERS = (on(ArchiveChanged, follow_archive),)
