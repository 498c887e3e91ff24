"""The inbox over GraphQL: one's own, in the capacity of the session, newest first."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.kvartal_notifications.messages.sample import SUBMITTED, WINDOW

from kvartal import clock
from kvartal.auth.actor import ANONYMOUS, Actor
from kvartal.auth.api import SessionKind
from kvartal.auth.models import BuildingAccess, Employee, User
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization, Premise, Residency
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_building, a_premise, an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_notifications.messages.models import Notification
from kvartal_notifications.testing.factories import a_notice

NOTIFICATIONS = """
query ($unreadOnly: Boolean! = false, $first: Int, $after: String) {
  notifications(unreadOnly: $unreadOnly, first: $first, after: $after) {
    nodes { id kind kindTitle title text createdAt readAt subjectId premiseId buildingId }
    pageInfo { endCursor hasNextPage }
    totalCount { count }
  }
  unreadNotifications
}
"""
NODE = "query ($id: ID!) { node(id: $id) { ... on Notification { title } } }"
MARK = """
mutation ($input: MarkNotificationsReadInput!) {
  markNotificationsRead(input: $input) { unread errors { code } }
}
"""
NOW = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)
FACTS = {"days": 1, "until": "2026-11-25", "what": ["ХВС"]}


class Home:
    """A flat and its resident."""

    def __init__(self, organization: Organization, premise: Premise, user: User) -> None:
        self.organization = organization
        self.premise = premise
        self.user = user

    async def notice(self, seconds: int = 0, **fields: Any) -> Notification:
        """A notice about the flat."""
        given = {
            "facts": FACTS,
            "building_id": self.premise.building_id,
            "premise_id": self.premise.id,
            "created_at": NOW + timedelta(seconds=seconds),
            **fields,
        }
        return await a_notice(self.organization, self.user, WINDOW, **given)

    async def actor(self) -> Actor:
        """The resident, signed in."""
        return await actor_of(self.user)


@pytest.fixture
async def home(db: None) -> Home:
    premise = await a_premise()
    organization = await premise.organization
    return Home(organization, premise, await a_resident_user(organization, premises=[premise]))


async def staff_notice(employee: Employee, **fields: Any) -> Notification:
    user = await User.get(id=employee.user_id)
    organization = await employee.organization
    return await a_notice(organization, user, SUBMITTED, facts={"premise": "кв. 15"}, **fields)


async def listed(gql: GraphQLClient, actor: Actor, **variables: Any) -> list[str]:
    answer = await gql(NOTIFICATIONS, variables, actor=actor)
    return [each["id"] for each in answer["data"]["notifications"]["nodes"]]


def ids_of(*notices: Notification) -> list[str]:
    return [encode_id("Notification", each.id) for each in notices]


def codes(answer: dict[str, Any]) -> list[str]:
    return [each["extensions"]["code"] for each in answer["errors"]]


async def test_a_notice_says_what_it_is_about_in_the_language_of_the_request(
    home: Home, gql: GraphQLClient
) -> None:
    notice = await home.notice(subject_kind="Meter", subject_id=uuid4())
    actor = await home.actor()

    ru = await gql(NOTIFICATIONS, actor=actor)
    en = await gql(NOTIFICATIONS, actor=actor, locale="en")

    assert notice.subject_id is not None
    assert ru["data"]["notifications"]["nodes"] == [
        {
            "id": encode_id("Notification", notice.id),
            "kind": "sample.window",
            "kindTitle": "Окно передачи",
            "title": "Осталось 1 день",
            "text": "Передайте ХВС до 25 ноября.",
            "createdAt": "2026-11-20T10:00:00.123456+00:00",
            "readAt": None,
            "subjectId": encode_id("Meter", notice.subject_id),
            "premiseId": encode_id("Premise", home.premise.id),
            "buildingId": encode_id("Building", home.premise.building_id),
        }
    ]
    assert (ru["data"]["unreadNotifications"], en["data"]["unreadNotifications"]) == (1, 1)
    [said] = en["data"]["notifications"]["nodes"]
    assert (said["kindTitle"], said["title"]) == ("Submission window", "1 day left")


async def test_the_newest_come_first_page_by_page(home: Home, gql: GraphQLClient) -> None:
    notices = [await home.notice(seconds) for seconds in range(3)]
    await home.notice(9, in_inbox=False)
    actor = await home.actor()

    first = (await gql(NOTIFICATIONS, {"first": 2}, actor=actor))["data"]["notifications"]
    rest = await listed(gql, actor, first=2, after=first["pageInfo"]["endCursor"])

    assert [each["id"] for each in first["nodes"]] == ids_of(notices[2], notices[1])
    assert (first["pageInfo"]["hasNextPage"], first["totalCount"]) == (True, {"count": 3})
    assert rest == ids_of(notices[0])


async def test_what_is_read_can_be_left_out(home: Home, gql: GraphQLClient) -> None:
    unread = await home.notice()
    await home.notice(1, read_at=NOW)
    actor = await home.actor()

    answer = (await gql(NOTIFICATIONS, {"unreadOnly": True}, actor=actor))["data"]

    assert [each["id"] for each in answer["notifications"]["nodes"]] == ids_of(unread)
    assert (answer["notifications"]["totalCount"]["count"], answer["unreadNotifications"]) == (1, 1)


async def test_a_notice_without_a_subject_opens_nothing(db: None, gql: GraphQLClient) -> None:
    employee = await an_employee(await an_organization())
    await staff_notice(employee)

    answer = await gql(NOTIFICATIONS, actor=await actor_of(employee))

    [found] = answer["data"]["notifications"]["nodes"]
    assert [found[name] for name in ("subjectId", "premiseId", "buildingId")] == [None] * 3
    assert (found["title"], found["text"]) == ("Поданы показания", "кв. 15")


@pytest.mark.parametrize("count", [2, 20])
async def test_a_page_costs_a_constant_number_of_statements(
    home: Home, gql: GraphQLClient, queries: QueryCounter, count: int
) -> None:
    for seconds in range(count):
        await home.notice(seconds)
    actor = await home.actor()

    with queries.exactly(3):  # the page, its count, the unread ones
        assert len(await listed(gql, actor)) == count


async def test_each_capacity_has_an_inbox_of_its_own(home: Home, gql: GraphQLClient) -> None:
    employee = await an_employee(home.organization, user=home.user)
    mine = await home.notice()
    work = await staff_notice(employee)
    resident, clerk = await home.actor(), await actor_of(employee)

    assert await listed(gql, resident) == ids_of(mine)
    assert await listed(gql, clerk) == ids_of(work)


async def test_a_notice_of_a_kind_that_nobody_offers_is_not_there(
    home: Home, gql: GraphQLClient
) -> None:
    await a_notice(home.organization, home.user, "gone.kind", premise_id=home.premise.id)
    actor = await home.actor()

    answer = (await gql(NOTIFICATIONS, actor=actor))["data"]

    assert (answer["notifications"]["nodes"], answer["unreadNotifications"]) == ([], 0)


async def test_who_does_not_live_there_any_more_sees_no_notices_of_it(
    home: Home, gql: GraphQLClient
) -> None:
    notice = await home.notice()
    actor = await home.actor()
    before = await listed(gql, actor)
    await Residency.filter(premise=home.premise).delete()

    assert (before, await listed(gql, actor)) == (ids_of(notice), [])


async def test_an_employee_sees_notices_of_where_they_work(db: None, gql: GraphQLClient) -> None:
    building = await a_building()
    organization = await building.organization
    employee = await an_employee(organization, buildings=[building])
    user = await User.get(id=employee.user_id)
    former = await an_employee(await an_organization(), user=user)
    here = await staff_notice(employee, building_id=building.id, created_at=NOW)
    general = await staff_notice(employee, created_at=NOW - timedelta(days=1))
    await staff_notice(former)
    former.archived_at = clock.now()
    await former.save()

    seen = await listed(gql, await actor_of(employee))
    await BuildingAccess.filter(employee=employee).delete()
    without = await listed(gql, await actor_of(employee))

    assert (seen, without) == (ids_of(here, general), ids_of(general))


async def test_nobody_else_sees_or_marks_a_notice(home: Home, gql: GraphQLClient) -> None:
    notice = await home.notice()
    [key] = ids_of(notice)
    neighbour = await actor_of(await a_resident_user(home.organization, premises=[home.premise]))
    manager = await actor_of(await an_employee(home.organization))
    stranger = await actor_of(await an_employee(await an_organization()))

    for other in (neighbour, manager, stranger):
        assert await listed(gql, other) == []
        assert (await gql(NODE, {"id": key}, actor=other))["data"]["node"] is None
        answer = await gql(MARK, {"input": {"ids": [key]}}, actor=other)
        assert codes(answer) == ["NOT_FOUND"]
    assert (await Notification.get(id=notice.id)).read_at is None
    integrator = await actor_of(await a_service_token(home.organization))
    assert (await gql(NODE, {"id": key}, actor=integrator))["data"]["node"] is None
    own = await gql(NODE, {"id": key}, actor=await home.actor())
    assert own["data"] == {"node": {"title": "Осталось 1 день"}}


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{ notifications { nodes { id } } }", {}),
        ("{ unreadNotifications }", {}),
        (MARK, {"input": {"until": "2026-11-20T10:00:00Z"}}),
        (MARK, {"input": {"ids": []}}),
    ],
)
async def test_only_people_have_an_inbox(
    db: None, gql: GraphQLClient, document: str, variables: dict[str, Any]
) -> None:
    integrator = await actor_of(await a_service_token(await an_organization()))

    assert codes(await gql(document, variables, actor=ANONYMOUS)) == ["UNAUTHENTICATED"]
    assert codes(await gql(document, variables, actor=integrator)) == ["FORBIDDEN"]


async def test_notices_are_marked_as_read_once(
    home: Home, gql: GraphQLClient, events: EmittedEvents
) -> None:
    first, second, third = [await home.notice(seconds) for seconds in range(3)]
    actor = await home.actor()
    both = {"input": {"ids": ids_of(first, second, first)}}

    with clock.frozen(NOW):
        answer = await gql(MARK, both, actor=actor)
    with clock.frozen(NOW + timedelta(days=1)):
        again = await gql(MARK, both, actor=actor)

    assert answer == again == {"data": {"markNotificationsRead": {"unread": 1, "errors": []}}}
    read = {each.id: each.read_at for each in await Notification.all()}
    assert read == {first.id: NOW, second.id: NOW, third.id: None}


async def test_all_until_the_newest_that_is_shown_are_marked(
    home: Home, gql: GraphQLClient
) -> None:
    await home.notice(-5)
    shown = await home.notice()
    later = await home.notice(1)
    work = await a_notice(
        home.organization, home.user, SUBMITTED, audience=SessionKind.EMPLOYEE, created_at=NOW
    )
    actor = await home.actor()
    page = (await gql(NOTIFICATIONS, actor=actor))["data"]["notifications"]["nodes"]
    assert page[1]["id"] == encode_id("Notification", shown.id)

    answer = await gql(MARK, {"input": {"until": page[1]["createdAt"]}}, actor=actor)

    assert answer["data"]["markNotificationsRead"] == {"unread": 1, "errors": []}
    unread = await Notification.filter(read_at__isnull=True).values_list("id", flat=True)
    assert set(unread) == {later.id, work.id}


async def test_one_unknown_notice_leaves_all_unread(home: Home, gql: GraphQLClient) -> None:
    notice = await home.notice()
    ids = [*ids_of(notice), encode_id("Notification", uuid4())]

    answer = await gql(MARK, {"input": {"ids": ids}}, actor=await home.actor())

    assert codes(answer) == ["NOT_FOUND"]
    assert (await Notification.get()).read_at is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Скажите, что прочитано, одним способом: списком ids или моментом until."),
        (
            {"ids": [], "until": "2026-11-20T10:00:00Z"},
            "Скажите, что прочитано, одним способом: списком ids или моментом until.",
        ),
        ({"ids": [encode_id("Premise", uuid4())]}, None),
        ({"ids": [encode_id("Notification", uuid4())] * 501}, None),
    ],
)
async def test_what_was_read_is_said_in_one_way(
    home: Home, gql: GraphQLClient, given: dict[str, Any], message: str | None
) -> None:
    await home.notice()

    answer = await gql(MARK, {"input": given}, actor=await home.actor())

    assert codes(answer) == ["BAD_INPUT"]
    assert message is None or answer["errors"][0]["message"] == message
    assert (await Notification.get()).read_at is None


async def test_of_very_many_the_count_says_that_they_are_more(
    home: Home, gql: GraphQLClient
) -> None:
    await Notification.bulk_create(
        Notification(
            organization=home.organization,
            user=home.user,
            audience=SessionKind.RESIDENT,
            kind=WINDOW.key,
            occasion=str(number),
            premise_id=home.premise.id,
            building_id=home.premise.building_id,
        )
        for number in range(1002)
    )

    answer = await gql("{ unreadNotifications }", actor=await home.actor())

    assert answer["data"] == {"unreadNotifications": 1001}


async def test_a_user_may_be_told_of_two_organizations(home: Home, gql: GraphQLClient) -> None:
    other = await a_premise()
    await a_resident_user(await other.organization, premises=[other], user=home.user)
    theirs = await a_notice(
        await other.organization,
        home.user,
        WINDOW,
        premise_id=other.id,
        building_id=other.building_id,
        created_at=NOW + timedelta(days=1),
    )
    mine = await home.notice()
    await a_user()

    assert await listed(gql, await home.actor()) == ids_of(theirs, mine)
