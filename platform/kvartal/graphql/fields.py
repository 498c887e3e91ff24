"""Root fields: each says who may use it, and is checked before its body runs."""

import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from enum import Enum
from functools import partial
from typing import Any, cast

import strawberry

from kvartal.auth.actor import Actor
from kvartal.auth.sessions.vigil import END, RightsChanged, watched
from kvartal.context import Context
from kvartal.errors import Forbidden, KvartalError, Unauthenticated
from kvartal.plugin import Permission

__all__ = ["PUBLIC", "SIGNED_IN", "Access", "check_access", "query", "subscription"]


class Everyone(Enum):
    """Access that asks for no permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"


PUBLIC = Everyone.PUBLIC
SIGNED_IN = Everyone.SIGNED_IN

Access = Everyone | Permission


def check_access(actor: Actor, access: Access) -> None:
    """Unauthenticated or Forbidden unless the actor may use a field of this access."""
    if access is PUBLIC:
        return
    if actor.is_anonymous:
        raise Unauthenticated
    if isinstance(access, Permission):
        allowed = access.for_residents if actor.is_resident else actor.may(access.code)
        if not allowed:
            raise Forbidden("FORBIDDEN_PERMISSION", permission=access.code)


def guarded(
    function: Callable[..., Awaitable[Any]], access: Access
) -> Callable[..., Awaitable[Any]]:
    """``function`` behind its access check; it must take ``info``."""
    _require_info(function)

    @functools.wraps(function)
    async def check_first(*args: Any, **kwargs: Any) -> Any:
        check_access(kwargs["info"].context.actor, access)
        return await function(*args, **kwargs)

    return check_first


def query(*, access: Access, description: str, name: str | None = None) -> Callable[..., Any]:
    """A field of Query."""

    def decorate(function: Callable[..., Awaitable[Any]]) -> Any:
        return strawberry.field(
            resolver=guarded(function, access),
            description=description,
            name=name,
            metadata={"access": access},
        )

    return decorate


def subscription(*, access: Access, description: str, shared: bool = False) -> Callable[..., Any]:
    """A field of Subscription; access is checked before the first event.

    One whose credential ends is ended at once; with other rights it begins anew. ``shared``: its
    events never change once they are told, and many may be told the same object; what is selected
    of it is then answered once for all.
    """

    def decorate(function: Callable[..., AsyncIterator[Any]]) -> Any:
        _require_info(function)

        @functools.wraps(function)
        def check_first(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
            begin = partial(function, *args, **kwargs)
            return _while_signed_in(begin, kwargs["info"].context, access)

        return strawberry.subscription(
            resolver=check_first,
            description=description,
            metadata={"access": access, "shared": shared},
        )

    return decorate


async def _while_signed_in(
    begin: Callable[[], AsyncIterator[Any]], context: Context, access: Access
) -> AsyncGenerator[Any, None]:
    """The events as long as the credential lives; none that was made with rights since lost."""
    check_access(context.actor, access)
    accept = partial(check_access, access=access)
    with watched(context.actor, accept) as vigil:
        tell = context.tell_at_once
        context.tell_at_once = lambda event: vigil.is_certain and tell(event)
        is_over = False
        while not is_over:
            # A subscription that ends closes what it reads from, and waits for nothing any more.
            source = cast("AsyncGenerator[Any, None]", begin())
            async with aclosing(source) as events:
                try:
                    while (each := await vigil.next(events)) is not END:
                        yield each
                    is_over = True
                except RightsChanged:
                    vigil.begin_anew()
                    context.actor = vigil.actor
                    context.loaders.clear()


def access_of(metadata: Mapping[Any, Any]) -> Access | None:
    """The access that a field declares; None is a hole that the tests find."""
    found = metadata.get("access")
    return found if isinstance(found, Everyone | Permission) else None


def _require_info(function: Callable[..., Any]) -> None:
    if "info" not in inspect.signature(function).parameters:
        raise KvartalError(f"{function.__qualname__}: a root field takes `info: Info`")
