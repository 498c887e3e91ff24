"""The plugin's part of the demo."""

from kvartal_notifications.demo.seed import seed

__all__ = ["JOURNEY", "seed"]

JOURNEY = (
    "Resident 1, «Житель»: `{ unreadNotifications notifications { nodes { title text } } }` is the"
    " inbox.",
    "Employee, «Сотрудник»: run `subscription { notificationReceived { notification { title text }"
    " unread } }` in one tab and submit a reading as Resident 1 in another: it is told at once, and"
    " the letter of it lies at /mail.",
)
