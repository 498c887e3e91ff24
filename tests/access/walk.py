"""The walk: every operation on behalf of everybody who must not see or change what it is about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.access.operations import Operation
from tests.access.secrets import Key, Secrets, Snapshot, has_written, snapshot, told_by
from tests.access.world import Tenant

from kvartal.auth.actor import Actor
from kvartal.graphql.fields import PUBLIC, SIGNED_IN
from kvartal.plugin import Permission
from kvartal.testing.client import GraphQLClient
from kvartal.testing.host import rolled_back

__all__ = ["Outcome", "Stranger", "faults", "is_refused", "run"]

OUTBOX = ("kvartal_event", "kvartal_delivery")
AUDIT = "kvartal_audit_entry"
REFUSALS = {"UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"}
TELLS_WORKERS = {
    "changePassword": "of the person's own password",
    "requestPasswordReset": "that somebody may have to be written to, known or not",
    "requestSignInCode": "that a code is to be sent to a telephone, known or not",
}


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """Somebody who must not see the ``hidden`` rows, nor have a hand in the ``fixed`` ones.

    ``without``: hidden to them where a permission is asked for. ``is_outside``: they have nothing
    to do with the tenant, so that whatever is asked of it is refused. ``own``: what they may use.
    """

    name: str
    actor: Actor
    hidden: frozenset[Key]
    fixed: frozenset[Key]
    without: frozenset[Key] = frozenset()
    is_outside: bool = False
    own: Tenant | None = None

    def refusal(self, operation: Operation) -> str | None:
        """The code with which the field must be refused, whatever is asked for."""
        access = operation.access
        if access is PUBLIC:
            return None
        if self.actor.is_anonymous:
            return "UNAUTHENTICATED"
        if access is SIGNED_IN:
            return None
        assert isinstance(access, Permission)
        held = {code for each in self.actor.memberships for code in each.permissions}
        may = access.for_residents if self.actor.is_resident else access.code in held
        return None if may else "FORBIDDEN"


@dataclass(frozen=True)
class Outcome:
    """What came of an operation: its answer, and the rows after it, though it is taken back."""

    answer: Mapping[str, Any]
    rows: Snapshot

    @property
    def codes(self) -> list[str]:
        """The codes of its top-level errors."""
        return [each["extensions"]["code"] for each in self.answer.get("errors", ())]


async def run(
    client: GraphQLClient, operation: Operation, actor: Actor, before: Snapshot
) -> Outcome:
    """Send it, look at the database if it has changed, and take everything back."""
    async with rolled_back():
        if operation.kind == "subscription":
            subscribed = client.subscribe(operation.document, operation.variables, actor=actor)
            async with subscribed as answers:
                answer = await answers.next()
        else:
            answer = await client(operation.document, operation.variables, actor=actor)
        return Outcome(answer, await snapshot() if await has_written() else before)


def is_refused(operation: Operation, outcome: Outcome) -> bool:
    """Whether nothing was found or done."""
    data = (outcome.answer.get("data") or {}).get(operation.field)
    if operation.kind == "mutation" and data is not None:
        return bool(data["errors"])
    return _is_empty(data)


def faults(
    operation: Operation, stranger: Stranger, outcome: Outcome, before: Snapshot, secrets: Secrets
) -> Iterator[str]:
    """What is wrong with it, a sentence each."""
    who = f"{operation}, {stranger.name}:"
    refusal = stranger.refusal(operation)
    if refusal is not None and set(outcome.codes) != {refusal}:
        yield f"{who} answers {outcome.codes or 'without an error'} instead of {refusal}"
    if not REFUSALS.issuperset(outcome.codes):
        yield f"{who} never arrives: {outcome.codes}"
    is_outside = stranger.is_outside and operation.foreign is None
    if is_outside and operation.things and not is_refused(operation, outcome):
        yield f"{who} is not refused"
    hidden = stranger.hidden
    if isinstance(operation.access, Permission):
        hidden |= stranger.without
    yield from (f"{who} tells of {each}" for each in _told(operation, outcome, secrets.of(hidden)))
    if outcome.rows is before:
        return
    yield from (f"{who} changes {each}" for each in _changed(stranger, outcome.rows, before))
    added = {key: row for key, row in outcome.rows.items() if key not in before}
    yield from (f"{who} adds to {each}" for each in _added(operation, stranger, added))


def _is_empty(data: object) -> bool:
    if isinstance(data, Mapping) and "pageInfo" in data:
        return not data["nodes"] and not (data["totalCount"] or {}).get("count")
    if isinstance(data, list):
        return all(each is None for each in data)
    return data is None


def _told(operation: Operation, outcome: Outcome, secrets: Mapping[str, str]) -> Iterable[str]:
    # An error may repeat what the stranger has said; it must not know more.
    said = str(operation.variables)
    unsaid = {text: place for text, place in secrets.items() if text not in said}
    in_data = told_by(outcome.answer.get("data"), secrets)
    return sorted(in_data | told_by(outcome.answer.get("errors"), unsaid))


def _changed(stranger: Stranger, after: Snapshot, before: Snapshot) -> Iterable[str]:
    return sorted({key[0] for key in stranger.fixed if after.get(key) != before[key]})


def _added(operation: Operation, stranger: Stranger, added: Snapshot) -> Iterable[str]:
    # What they do at home may refer to what they see, such as the organization.
    ids = {str(key[1]) for key in stranger.hidden or stranger.fixed}
    # What they do to themselves stands in the log of where they work.
    employers = {str(each.organization_id) for each in stranger.actor.memberships}
    is_outside = stranger.is_outside and operation.foreign is None
    is_silent = is_outside and operation.field not in TELLS_WORKERS
    return sorted(
        {
            table
            for (table, _), content in added.items()
            if (is_silent and table in OUTBOX)
            or any(each in content for each in (ids - employers if table == AUDIT else ids))
        }
    )
