"""What lives longer than a request hears at once that its credential is worth less, or more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextvars import copy_context
from typing import Final, Self, TypeVar

import structlog

from kvartal.auth.actor import Actor, ActorKind
from kvartal.auth.sessions.service import still
from kvartal.auth.sessions.topics import topics_of
from kvartal.errors import RequestError
from kvartal.live import hub

__all__ = ["END", "RightsChanged", "Vigil", "watched"]

log = structlog.get_logger("kvartal.auth")

# For what no topic tells of: rows that were changed by hand, a touch that Redis has lost.
ASK_AGAIN_AFTER = 60.0

T = TypeVar("T")


class RightsChanged(Exception):
    """What is being done was begun with other rights: it has to begin anew."""


class _End:
    """There is nothing more."""


END: Final = _End()


def watched(actor: Actor, accept: Callable[[Actor], None]) -> "Vigil":
    """Watches the actor's credential until its block ends; ``accept`` refuses too few rights."""
    if actor.session_id is None and actor.kind is not ActorKind.SERVICE:
        return Vigil(actor, accept)  # nothing that could be taken away
    return _Awake(actor, accept)


class Vigil:
    """The actor of something that lasts; this one has nothing to lose."""

    def __init__(self, actor: Actor, accept: Callable[[Actor], None]) -> None:
        self.actor = actor
        self._accept = accept

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_certain(self) -> bool:
        """Whether an event may be told without another look at the credential."""
        return True

    def close(self) -> None:
        """Watch no longer."""

    async def next(self, events: AsyncIterator[T]) -> T | _End:
        """The next event, or END; RightsChanged if it was made with rights since lost."""
        return await anext(events, END)

    def begin_anew(self) -> None:
        """Go on with the rights of the moment."""


class _Awake(Vigil):
    """Knows from the topics whether the credential has to be looked at again.

    Until one is touched nothing is asked of the database; a touch interrupts what is waited for.
    """

    def __init__(self, actor: Actor, accept: Callable[[Actor], None]) -> None:
        super().__init__(actor, accept)
        self._present = actor
        self._lost: RequestError | None = None
        self._is_known = False
        self._known_at = 0.0
        self._known_since_gap = -1
        self._is_first = True
        self._scope: asyncio.Timeout | None = None
        self._context = copy_context()
        self._following: asyncio.Task[None] | None = None
        self._listening = hub().heeding(topics_of(actor), self._hear)

    @property
    def is_certain(self) -> bool:
        return (
            not self._is_first
            and self._lost is None
            and self._present.memberships == self.actor.memberships
            and self._is_fresh()
        )

    def close(self) -> None:
        self._listening.close()
        if self._following is not None:
            self._following.cancel()

    def begin_anew(self) -> None:
        self.actor = self._present

    async def next(self, events: AsyncIterator[T]) -> T | _End:
        self._go_on()
        try:
            async with asyncio.timeout(None) as self._scope:
                found = await anext(events, END)
        except TimeoutError:
            if self._scope is None or not self._scope.expired():
                raise
            raise (self._lost or RightsChanged()) from None
        finally:
            self._scope = None
        if found is not END and not self._is_first and not self._is_fresh():
            await self._look()
        self._go_on()
        self._is_first = False
        return found

    def _go_on(self) -> None:
        """Raise if the credential has ended, or what is being done was begun with other rights."""
        if self._lost is not None:
            raise self._lost
        if self._present.memberships != self.actor.memberships:
            raise RightsChanged

    def _hear(self) -> None:
        self._is_known = False
        if self._following is None or self._following.done():
            # With the variables of what is watched: the hub has others.
            loop = asyncio.get_running_loop()
            self._following = loop.create_task(self._follow(), context=self._context)

    async def _follow(self) -> None:
        try:
            while not self._is_known:
                await self._look()
            self._go_on()
        except (RequestError, RightsChanged):
            self._interrupt()
        except Exception:  # of the database: the next event asks again
            log.exception("auth.credential_not_looked_at")

    async def _look(self) -> None:
        """Ask what the credential is worth now; a touch meanwhile makes it unknown again."""
        self._is_known = True
        gaps, now = hub().gaps, asyncio.get_running_loop().time()
        try:
            present = await still(self._present)
            self._accept(present)
        except RequestError as error:
            self._lost = error
            raise
        except BaseException:
            self._is_known = False
            raise
        self._known_since_gap, self._known_at = gaps, now
        self._present, before = present, self._present
        if topics_of(before) != topics_of(present):
            self._listening.close()
            self._listening = hub().heeding(topics_of(present), self._hear)

    def _is_fresh(self) -> bool:
        age = asyncio.get_running_loop().time() - self._known_at
        return (
            self._is_known
            and hub().connected.is_set()
            and hub().gaps == self._known_since_gap
            and age < ASK_AGAIN_AFTER
        )

    def _interrupt(self) -> None:
        if self._scope is not None:
            self._scope.reschedule(asyncio.get_running_loop().time())
