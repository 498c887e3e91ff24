"""What the tests of the delivery share: kinds that are offered, and a channel that remembers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from tests.kvartal_notifications.messages.conftest import offered, sample_package

from kvartal_notifications.channels.port import Outcome, Outgoing, Verdict
from kvartal_notifications.channels.rules import NotificationChannel, PushProvider
from kvartal_notifications.delivery.service import preparing

__all__ = ["Way", "offered", "sample_package", "way"]

SENT = Outcome(verdict=Verdict.SENT, provider_message="m-1")


@dataclass(eq=False)
class Way:
    """A way out that keeps what it is given, and answers as it is told."""

    batches: list[list[Outgoing]] = field(default_factory=list)
    answer: Callable[[Outgoing], Outcome] = lambda _: SENT

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        self.batches.append(list(batch))
        return [self.answer(each) for each in batch]

    @property
    def messages(self) -> list[Outgoing]:
        """All that it was given, in order."""
        return [each for batch in self.batches for each in batch]


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Way:
    """The only way out, for letters and pushes alike."""
    found = Way()

    def channel_of(channel: NotificationChannel, provider: PushProvider | None = None) -> Way:
        return found

    monkeypatch.setattr(preparing, "channel_of", channel_of)
    return found
