"""Telling the log: what a mutation's row says beside its input, and rows of the system's own.

Each mutation that succeeds leaves its row by itself. While it runs, services may say what has
changed; outside of a mutation they say it to nobody.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kvartal.audit.rules import AuditActorKind, Entry, differences
from kvartal.auth.actor import Actor
from kvartal.db.models import Row
from kvartal.db.transaction import current_work
from kvartal.errors import Forbidden, NotFound
from kvartal.permissions import AUDIT_VIEW

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "Notes",
    "SignIn",
    "belongs_to",
    "changed",
    "nothing_changed",
    "noting",
    "own_act",
    "read_by",
    "reader_in",
    "record",
    "signed_in",
    "watch",
]

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who has just signed in: until then the request was nobody's."""

    kind: AuditActorKind
    user_id: UUID
    session_id: UUID | None = None
    channel: str | None = None


@dataclass(slots=True)
class Notes:
    """What the services say while a mutation runs."""

    sign_in: SignIn | None = None
    organization_id: UUID | None = None
    is_own_act: bool = False
    is_idle: bool = False
    _changes: dict[str, tuple[object, object]] = field(default_factory=dict)
    _watched: list[tuple[Row, Facts]] = field(default_factory=list)

    def changed(self, before: Facts, after: Facts) -> None:
        """Facts that were and are; of one that changes twice, the first and the last."""
        for name, (old, new) in differences(before, after).items():
            self._changes[name] = (self._changes.get(name, (old,))[0], new)

    def watch(self, row: Row) -> None:
        """Compare the row, as it is now, with what it will be at the end."""
        self._watched.append((row, _columns(row)))
        self.organization_id = self.organization_id or getattr(row, "organization_id", None)

    @property
    def changes(self) -> dict[str, tuple[object, object]]:
        """All that has changed, by the name of the column."""
        for row, before in self._watched:
            self.changed(before, _columns(row))
        self._watched.clear()
        return self._changes


_notes: ContextVar[Notes | None] = ContextVar("kvartal_audit_notes", default=None)


@contextmanager
def noting() -> Iterator[Notes]:
    """Gather what services say while the block runs."""
    notes = Notes()
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def watch(row: Row) -> None:
    """Have the mutation's row tell what becomes of a table's row, held to be changed."""
    notes = _notes.get()
    if notes is not None:
        notes.watch(row)


def changed(before: "Facts | DataclassInstance", after: "Facts | DataclassInstance") -> None:
    """Have the mutation's row tell which facts have changed: mappings, or values of a dataclass."""
    notes = _notes.get()
    if notes is not None:
        notes.changed(_facts(before), _facts(after))


def belongs_to(organization_id: UUID) -> None:
    """Have the mutation's row stand in this organization's log, where nothing else tells it."""
    notes = _notes.get()
    if notes is not None:
        notes.organization_id = organization_id


def nothing_changed() -> None:
    """Have the mutation leave no row: all is already as it was asked for."""
    notes = _notes.get()
    if notes is not None:
        notes.is_idle = True


def own_act() -> None:
    """Have the mutation's row stand in the log of each organization that the person belongs to.

    For what people do to themselves, such as ending their sessions.
    """
    notes = _notes.get()
    if notes is not None:
        notes.is_own_act = True


def signed_in(sign_in: SignIn) -> None:
    """Have the mutation's row name the person who has come in by it, as an act of their own."""
    notes = _notes.get()
    if notes is not None:
        notes.sign_in = sign_in
        notes.is_own_act = True


def record(
    action: str,
    *,
    organization_id: UUID | None = None,
    object_kind: str | None = None,
    object_id: UUID | None = None,
    facts: Facts | None = None,
) -> None:
    """Leave a row for what the system does by itself; it is written with the unit of work.

    ``action``: the wire name of the actor or of the event, such as `meters.verification_checked`.
    """
    current_work().entries.append(
        Entry(
            action=action,
            actor_kind=AuditActorKind.SYSTEM,
            organization_id=organization_id,
            object_kind=object_kind,
            object_id=object_id,
            input=facts,
        )
    )


def reader_in(actor: Actor, organization_id: UUID) -> None:
    """Refuse who may not read the log there; a stranger's organization does not exist.

    The log tells of all buildings, so that it is closed to who works with some.
    """
    for membership in actor.memberships:
        if membership.organization_id != organization_id:
            continue
        if AUDIT_VIEW.code not in membership.permissions:
            raise Forbidden("FORBIDDEN_PERMISSION", permission=AUDIT_VIEW.code)
        if not membership.all_buildings:
            raise Forbidden("FORBIDDEN_AUDIT_LOG")
        return
    raise NotFound


def read_by(actor: Actor) -> list[UUID]:
    """The organizations whose log the actor may read."""
    return [
        each.organization_id
        for each in actor.memberships
        if AUDIT_VIEW.code in each.permissions and each.all_buildings
    ]


def _columns(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row._meta.fields_db_projection}


def _facts(told: "Facts | DataclassInstance") -> Facts:
    if is_dataclass(told):
        return asdict(told)
    assert isinstance(told, Mapping)
    return told
