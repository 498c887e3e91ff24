"""What the tests of choices share: kinds that a plugin of their own offers."""

from tests.kvartal_notifications.messages.conftest import offered, sample_package

__all__ = ["offered", "sample_package"]
