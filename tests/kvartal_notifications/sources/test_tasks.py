"""The reminders run by themselves, every quarter of an hour."""

from kvartal.tasks.actors import tasks_of
from kvartal_notifications.messages.models import Notification
from kvartal_notifications.plugin import plugin
from kvartal_notifications.sources import tasks


async def test_reminders_are_scheduled_and_nothing_is_told_where_nobody_lives(db: None) -> None:
    assert tasks.__name__ in plugin.tasks
    assert tasks_of(tasks) == [tasks.remind]
    assert tasks.remind.schedule is not None
    assert tasks.remind.schedule.expression == "*/15 * * * *"

    await tasks.remind.run("{}")

    assert await Notification.all().count() == 0
