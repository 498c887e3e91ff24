"""Push services that are left alone until they may be asked again."""

from datetime import datetime

__all__ = ["Pauses"]

_MANY = 1_000


class Pauses:
    """Until when each service is not asked, in this process."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def pause(self, service: str, until: datetime) -> None:
        """Do not ask a service before then."""
        if len(self._until) >= _MANY:
            # Whoever registers browsers names their services: those of strangers must not pile up.
            soonest = min(self._until, key=self._until.__getitem__)
            del self._until[soonest]
        self._until[service] = max(until, self._until.get(service, until))

    def until(self, service: str, now: datetime) -> datetime | None:
        """Until when a service is not to be asked; None if it may be."""
        until = self._until.get(service)
        if until is not None and until <= now:
            del self._until[service]
            return None
        return until
