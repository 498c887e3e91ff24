"""Work outside the request: actors, their schedule, and the relay that sends them."""

from kvartal.tasks.actors import Task, actor, cron, enqueue
from kvartal.tasks.expecting import expected
from kvartal.tasks.schedule import enqueue_once

__all__ = ["Task", "actor", "cron", "enqueue", "enqueue_once", "expected"]
