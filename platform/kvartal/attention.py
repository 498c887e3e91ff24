"""Who listens to which topics of one process."""

from collections.abc import Callable, Iterable

__all__ = ["Attention", "Listeners"]

Listeners = dict[str, set[Callable[[], None]]]


class Attention:
    """Somebody listens to topics, from now on until it is closed or its block ends."""

    __slots__ = ("_listener", "_listeners", "_topics")

    def __init__(
        self, listeners: Listeners, topics: Iterable[str], listener: Callable[[], None]
    ) -> None:
        self._listeners = listeners
        self._listener = listener
        self._topics = tuple(topics)
        for topic in self._topics:
            listeners.setdefault(topic, set()).add(listener)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Listen no longer."""
        for topic in self._topics:
            listening = self._listeners.get(topic, set())
            listening.discard(self._listener)
            if not listening:
                self._listeners.pop(topic, None)
