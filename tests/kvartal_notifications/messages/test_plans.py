"""How PostgreSQL tells people and reads an inbox: by indexes alone."""

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from tests.kvartal_notifications.messages.sample import SUBMITTED, WINDOW

from kvartal import clock
from kvartal.auth.actor import Actor, ActorKind, Membership
from kvartal.db.connection import execute, fetch, fetch_one
from kvartal.db.transaction import unit_of_work
from kvartal.graphql.paging import page_of
from kvartal_notifications.messages.queries import inbox, writing
from kvartal_notifications.messages.rules import InboxState, PremiseNotice, StaffNotice
from kvartal_notifications.messages.service import tell_residents, tell_staff

Sent = list[tuple[str, tuple[Any, ...]]]
RESIDENT = Actor(kind=ActorKind.RESIDENT, user_id=uuid4())
EMPLOYEE = Actor(
    kind=ActorKind.EMPLOYEE,
    user_id=uuid4(),
    memberships=(Membership(uuid4(), uuid4(), frozenset(), False),),
)


async def plan_of(sent: Sent) -> str:
    """The plan of the only statement; a table is read whole only if no index serves."""
    [(text, args)] = sent
    await execute("SET LOCAL enable_seqscan = off")
    return "\n".join(row["QUERY PLAN"] for row in await fetch(f"EXPLAIN {text}", *args))


async def residents() -> object:
    notice = PremiseNotice(
        organization_id=uuid4(), building_id=uuid4(), premise_id=uuid4(), occasion="1"
    )
    return await tell_residents(WINDOW, [notice], due_at=clock.now(), per_second=1)


async def staff() -> object:
    return await tell_staff(
        StaffNotice(
            kind=SUBMITTED,
            organization_id=uuid4(),
            building_id=uuid4(),
            occasion="1",
            also=(uuid4(),),
        )
    )


@pytest.mark.parametrize("tell", [residents, staff])
async def test_people_are_told_by_look_ups_alone(
    db: None, tell: Callable[[], Awaitable[object]]
) -> None:
    sent: Sent = []

    async def note(text: str, *args: Any) -> Any:
        sent.append((text, args))
        return await fetch_one(text, *args)

    with patch.object(writing, "fetch_one", note):
        async with unit_of_work():
            await tell()

    assert "Seq Scan" not in await plan_of(sent)


@pytest.mark.parametrize("actor", [RESIDENT, EMPLOYEE], ids=lambda actor: actor.kind)
@pytest.mark.parametrize(
    ("case", "index"),
    [
        ("list", "notifications_notification_inbox"),
        ("news", "notifications_notification_inbox"),
        ("count", "notifications_notification_unread"),
    ],
)
async def test_an_inbox_is_read_from_its_index(
    db: None, actor: Actor, case: str, index: str
) -> None:
    sent: Sent = []

    async def note(text: str, *args: Any) -> Any:
        sent.append((text, args))
        return await fetch(text, *args)

    async def note_one(text: str, *args: Any) -> Any:
        return (await note(text, *args))[0]

    with patch.object(inbox, "fetch", note), patch.object(inbox, "fetch_one", note_one):
        match case:
            case "list":
                page = page_of(50, None, None, None)
                await inbox.notices_page(actor, page, unread_only=False)
            case "news":
                await inbox.untold(actor, InboxState(clock.now()))
            case _:
                await inbox.count_notices(actor, unread_only=True)

    plan = await plan_of(sent)
    assert index in plan
    assert "Seq Scan" not in plan
