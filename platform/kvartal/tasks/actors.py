"""Declaring and enqueueing actors; nothing here talks to a broker."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Generic, ParamSpec

from cronsim import CronSim, CronSimError
from pydantic import TypeAdapter, create_model

from kvartal import clock
from kvartal.db.transaction import TaskCall, current_work
from kvartal.errors import KvartalError

__all__ = ["Schedule", "Task", "TaskError", "actor", "cron", "enqueue", "tasks_of"]

P = ParamSpec("P")


class TaskError(KvartalError):
    """A task is declared or enqueued against the rules: a programmer's mistake."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a task runs by itself: a cron expression in UTC, claimed once per occurrence."""

    expression: str


@dataclass(slots=True, eq=False)
class Task(Generic[P]):
    """A function that a worker runs: at least once, re-reading its state; arguments are ids."""

    name: str
    function: Callable[P, Awaitable[None]]
    time_limit_seconds: int
    max_attempts: int
    arguments: TypeAdapter[Any]
    schedule: Schedule | None = None

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        await self.function(*args, **kwargs)

    async def run(self, payload: str | bytes) -> None:
        """Run with the arguments in JSON, as the outbox keeps them."""
        arguments = self.arguments.validate_json(payload)
        await self.function(  # type: ignore[call-arg] # checked by the model of the arguments
            **{name: getattr(arguments, name) for name in type(arguments).model_fields}
        )

    def call(self, arguments: Mapping[str, Any]) -> TaskCall:
        """The outbox row for these arguments."""
        model = self.arguments.validate_python(arguments)
        return TaskCall(self.name, self.arguments.dump_json(model).decode())


def actor(
    name: str, *, time_limit_seconds: int = 600, max_attempts: int = 10
) -> Callable[[Callable[P, Awaitable[None]]], Task[P]]:
    """Declare an actor named ``plugin.what_it_does``; its arguments are typed and in JSON."""

    def decorate(function: Callable[P, Awaitable[None]]) -> Task[P]:
        parameters = inspect.signature(function, eval_str=True).parameters
        for each in parameters.values():
            if each.annotation is each.empty:
                raise TaskError(f"{name}: its argument {each.name} has no type")
        fields: dict[str, Any] = {
            each.name: (each.annotation, ... if each.default is each.empty else each.default)
            for each in parameters.values()
        }
        return Task(
            name=name,
            function=function,
            time_limit_seconds=time_limit_seconds,
            max_attempts=max_attempts,
            arguments=TypeAdapter(create_model(name, **fields)),
        )

    return decorate


def cron(expression: str) -> Callable[[Task[P]], Task[P]]:
    """Have an actor without arguments run on a schedule (five cron fields, UTC)."""

    # CronSim takes a sixth field, of seconds.
    if len(expression.split()) != 5:
        raise TaskError(f"{expression!r} is no schedule: it takes five fields")
    try:
        CronSim(expression, clock.now())
    except CronSimError as error:
        raise TaskError(f"{expression!r} is no schedule: {error}") from None

    def decorate(task: Task[P]) -> Task[P]:
        if not isinstance(task, Task):
            raise TaskError(f"{task.__qualname__} is no actor: @cron stands above @actor")
        if inspect.signature(task.function).parameters:
            raise TaskError(f"{task.name} takes arguments and cannot run on a schedule")
        task.schedule = Schedule(expression)
        return task

    return decorate


async def enqueue(task: Task[P], *args: P.args, **kwargs: P.kwargs) -> None:
    """Have ``task`` run after the surrounding unit of work has committed."""
    arguments = inspect.signature(task.function).bind(*args, **kwargs).arguments
    current_work().tasks.append(task.call(arguments))


def tasks_of(module: ModuleType) -> list[Task[...]]:
    """The actors that a module declares; those that it imports are others'."""
    return [
        each
        for each in vars(module).values()
        if isinstance(each, Task) and each.function.__module__ == module.__name__
    ]
