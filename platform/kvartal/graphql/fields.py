"""Root fields: each says who may use it, and is checked before its body runs."""

import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from enum import Enum
from typing import Any, cast

import strawberry

from kvartal.auth.actor import Actor
from kvartal.auth.sessions.service import still
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


def subscription(*, access: Access, description: str) -> Callable[..., Any]:
    """A field of Subscription; access is checked before the first event."""

    def decorate(function: Callable[..., AsyncIterator[Any]]) -> Any:
        _require_info(function)

        @functools.wraps(function)
        async def check_first(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
            check_access(kwargs["info"].context.actor, access)
            # A subscription that ends closes what it reads from, and waits for nothing any more.
            source = cast("AsyncGenerator[Any, None]", function(*args, **kwargs))
            async with aclosing(source) as found:
                async for each in _while_signed_in(found, kwargs["info"].context, access):
                    yield each

        return strawberry.subscription(
            resolver=check_first, description=description, metadata={"access": access}
        )

    return decorate


async def _while_signed_in(
    events: AsyncIterator[Any], context: Context, access: Access
) -> AsyncIterator[Any]:
    """The events as long as the credential lives; one made with rights since lost is left out."""
    is_first = True
    async for each in events:
        if not is_first:
            before, context.actor = context.actor, await still(context.actor)
            check_access(context.actor, access)
            if context.actor.memberships != before.memberships:
                continue
        is_first = False
        yield each


def access_of(metadata: Mapping[Any, Any]) -> Access | None:
    """The access that a field declares; None is a hole that the tests find."""
    found = metadata.get("access")
    return found if isinstance(found, Everyone | Permission) else None


def _require_info(function: Callable[..., Any]) -> None:
    if "info" not in inspect.signature(function).parameters:
        raise KvartalError(f"{function.__qualname__}: a root field takes `info: Info`")
