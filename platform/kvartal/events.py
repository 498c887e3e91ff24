"""Domain events: emitted inside a unit of work, delivered after it through the outbox."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import lru_cache
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
        if not is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined] # set by dataclasses
            raise EventError(f"{cls.__qualname__} must be a frozen dataclass")
        cls.name = name
        return cls

    return decorate


def on(kind: type[E], run: Callable[[E], Awaitable[None]]) -> Handler:
    """A handler of ``kind``, named after the function's module and name."""
    module = run.__module__.removeprefix("kvartal_")
    plugin = module.split(".")[0]
    return Handler(kind, run, f"{plugin}.{module.split('.')[-2]}.{run.__name__}")


def emit(happened: Event) -> None:
    """Record that something happened; it leaves with the surrounding unit of work's commit."""
    from kvartal.db.transaction import current_work  # noqa: PLC0415 -- transaction writes events

    current_work().events.append(happened)


@lru_cache
def adapter(kind: type[Event]) -> TypeAdapter[Any]:
    """The JSON form of an event, both ways."""
    return TypeAdapter(kind)


class Routes:
    """Which handlers hear which event: made once from the plugins that are on."""

    def __init__(self, handlers: Iterable[Handler] = ()) -> None:
        by_event: dict[str, list[Handler]] = {}
        self.by_name: dict[str, Handler] = {}
        for handler in handlers:
            if handler.name in self.by_name:
                raise EventError(f"handler {handler.name} is declared twice")
            self.by_name[handler.name] = handler
            by_event.setdefault(handler.event.name, []).append(handler)
        self.by_event: Mapping[str, tuple[Handler, ...]] = {
            name: tuple(found) for name, found in by_event.items()
        }

    def of(self, kind: type[Event]) -> tuple[Handler, ...]:
        """The handlers of an event."""
        return self.by_event.get(kind.name, ())

