"""What a channel is to the delivery: it takes a batch of messages and tells what came of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

__all__ = ["DeliveryChannel", "Outcome", "Outgoing", "Verdict"]


class Verdict(StrEnum):
    """What came of an attempt."""

    SENT = "SENT"
    LATER = "LATER"
    ADDRESS_GONE = "ADDRESS_GONE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to one address.

    ``notification_id`` is the same in every attempt: whoever shows messages shows one with it.
    ``address``: an e-mail, or a device's opened address. ``data``: what an app opens by a tap.
    """

    notification_id: UUID
    address: str = field(repr=False)
    title: str
    text: str
    data: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """``problem``: a code for the log; ``retry_at``: not before then, as the other side asks."""

    verdict: Verdict
    problem: str | None = None
    provider_message: str | None = None
    retry_at: datetime | None = None


class DeliveryChannel(Protocol):
    """A way out of the house. It raises nothing: what goes wrong is an outcome."""

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[Outcome]:
        """Try each message once; an outcome for each, in their order."""
        ...
