"""The row that each mutation leaves in the audit log, in the transaction of its change.

What a unit of work would commit waits for the end of the mutation: only then it is known what has
come of it, and the row goes along in the statement that writes the events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from uuid import UUID

from kvartal.audit.rules import AuditActorKind, Entry, Secrecy, masked, shortened
from kvartal.audit.service import Notes, SignIn, noting
from kvartal.auth.actor import Actor, ActorKind
from kvartal.context import Context
from kvartal.db.transaction import UnitOfWork, committed_together
from kvartal.errors import BadInput
from kvartal.graphql.node import decode_id
from kvartal.graphql.telling import secret_names, told

__all__ = ["recorded"]

Thing = tuple[str, UUID]


async def recorded(mutation: str, body: Any, args: Iterable[Any], kwargs: Mapping[str, Any]) -> Any:
    """What ``body`` returns; it leaves its row, unless it is refused or has changed nothing."""
    given = kwargs.get("input")
    with noting() as notes:
        async with committed_together() as work:
            result = await body(*args, **kwargs)
            if not (notes.is_idle or getattr(given, "preview", False)):
                context: Context = kwargs["info"].context
                work.entries.append(_entry(mutation, given, result, context, notes, work))
    return result


def _entry(
    mutation: str, given: object, result: object, context: Context, notes: Notes, work: UnitOfWork
) -> Entry:
    actor, sign_in = context.actor, notes.sign_in
    thing = _result_thing(result) or _given_thing(given)
    return Entry(
        action=mutation,
        actor_kind=sign_in.kind if sign_in else AuditActorKind(actor.kind),
        organization_id=_organization(actor, given, result, notes, work),
        is_own_act=notes.is_own_act,
        user_id=sign_in.user_id if sign_in else actor.user_id,
        session_id=sign_in.session_id if sign_in else actor.session_id,
        service_token_id=_service_token(actor),
        object_kind=thing[0] if thing else None,
        object_id=thing[1] if thing else None,
        input=told(given),
        changes=_changes(notes, secret_names(given)),
        request_id=context.request_id,
        channel=_channel(actor, sign_in),
        address=context.remote_address,
    )


def _channel(actor: Actor, sign_in: SignIn | None) -> str | None:
    if sign_in is not None:
        return sign_in.channel
    return None if actor.is_anonymous else actor.channel


def _service_token(actor: Actor) -> UUID | None:
    if actor.kind is not ActorKind.SERVICE or not actor.memberships:
        return None
    return actor.memberships[0].employee_id


def _changes(notes: Notes, secret: Mapping[str, Secrecy]) -> Mapping[str, object] | None:
    return {
        name: [masked(_brief(value), secret.get(name)) for value in pair]
        for name, pair in notes.changes.items()
    } or None


def _brief(value: object) -> object:
    return shortened(value) if type(value) is str else value


def _result_thing(result: object) -> Thing | None:
    """What the payload shows: an object, the only one of a list, or one inside a plain type."""
    if isinstance(result, list):
        return _result_thing(result[0]) if len(result) == 1 else None
    if not is_dataclass(result):
        return None
    own = _decoded(getattr(result, "id", None))
    if own is not None:
        return own
    inner = (getattr(getattr(result, each.name), "id", None) for each in fields(result))
    return next(filter(None, map(_decoded, inner)), None)


def _given_thing(given: object) -> Thing | None:
    """What the input is about: its ``id``, else the first thing that it names."""
    if given is None or not is_dataclass(given):
        return None
    names = [each.name for each in fields(given)]
    ids = [name for name in names if name == "id"] + [n for n in names if n.endswith("_id")]
    return next(filter(None, (_decoded(getattr(given, name)) for name in ids)), None)


def _decoded(value: object) -> Thing | None:
    if not isinstance(value, str):
        return None
    try:
        return decode_id(value)
    except BadInput:
        return None


def _organization(
    actor: Actor, given: object, result: object, notes: Notes, work: UnitOfWork
) -> UUID | None:
    """Whose log it belongs to: as the payload, the input, services, events or credential tell."""
    one = result[0] if isinstance(result, list) and result else result
    named = _decoded(getattr(given, "organization_id", None)) or _decoded(getattr(one, "id", None))
    told = (
        getattr(one, "organization_uuid", None),
        named[1] if named and named[0] == "Organization" else None,
        notes.organization_id,
        *(getattr(each, "organization_id", None) for each in work.events),
    )
    found = next((each for each in told if isinstance(each, UUID)), None)
    # Whoever signs in need not be who the request's credential stands for.
    is_actors = notes.sign_in is None and len(actor.memberships) == 1
    return found or (actor.memberships[0].organization_id if is_actors else None)
