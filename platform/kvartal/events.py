"""Domain events: emitted inside a unit of work, delivered after it through the outbox."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import TypeAdapter

from kvartal.errors import KvartalError

__all__ = ["Event", "Handler", "emit", "event", "on"]


class Event:
    """Base of events: a frozen dataclass of ids and scalars, named in the past tense."""

    name: ClassVar[str]


E = TypeVar("E", bound=Event)
EventType = TypeVar("EventType", bound=type[Event])


class EventError(KvartalError):
    """An event is declared or emitted against the rules: a programmer's mistake."""


@dataclass(frozen=True, slots=True)
class Handler:
    """One reaction to one event; runs in a worker, in a unit of work of its own."""

    event: type[Event]
    run: Callable[[Any], Awaitable[None]]
    name: str

    async def __call__(self, payload: bytes | str) -> None:
        await self.run(adapter(self.event).validate_json(payload))


def event(name: str) -> Callable[[EventType], EventType]:
    """Declare the wire name of an event; it never changes once released."""

    def decorate(cls: EventType) -> EventType:
        if not is_dataclass(cls) or not cls.__dataclass_params__.frozen:
            raise EventError(f"{cls.__qualname__} must be a frozen dataclass")
        cls.name = name
        return cls

    return decorate


def on(kind: type[E], run: Callable[[E], Awaitable[None]]) -> Handler:
    """A handler of ``kind``; its name is the function's with its feature's before it.

    Deliveries that wait hold the name: who renames or moves the function leaves them undelivered.
    """
    _require_event(kind)
    module = run.__module__.removeprefix("kvartal_").split(".")
    return Handler(kind, run, ".".join([*(module[:-1] or module), run.__name__]))


def emit(happened: Event) -> None:
    """Record that something happened; it leaves with the surrounding unit of work's commit."""
    from kvartal.db.transaction import current_work

    if isinstance(happened, type):
        raise EventError(f"{happened.__qualname__} is a kind of events: emit one of them")
    _require_event(type(happened))
    current_work().events.append(happened)


def _require_event(kind: type) -> None:
    if not issubclass(kind, Event):
        raise EventError(f"{kind.__qualname__} is no event")
    if "name" not in vars(kind):
        raise EventError(f"{kind.__qualname__} lacks its wire name: @event")


_adapters: dict[type[Event], TypeAdapter[Any]] = {}


def adapter(kind: type[Event]) -> TypeAdapter[Any]:
    """The JSON form of an event, both ways."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


class Routes:
    """Which handlers hear which event: made once from the plugins that are on."""

    def __init__(self, handlers: Iterable[Handler] = ()) -> None:
        by_event: dict[type[Event], list[Handler]] = {}
        self.by_name: dict[str, Handler] = {}
        for handler in handlers:
            if handler.name in self.by_name:
                raise EventError(f"handler {handler.name} is declared twice")
            self.by_name[handler.name] = handler
            by_event.setdefault(handler.event, []).append(handler)
        self._by_event: Mapping[type[Event], tuple[Handler, ...]] = {
            kind: tuple(found) for kind, found in by_event.items()
        }

    def of(self, kind: type[Event]) -> tuple[Handler, ...]:
        """The handlers of an event."""
        return self._by_event.get(kind, ())
