"""The stranger's own tests, run by itself with what the platform gives it for that."""

from kvartal.auth.actor import Actor
from kvartal.db.connection import fetch
from kvartal.testing.client import GraphQLClient
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_meters.testing import a_meter
from kvartal_photos import service
from kvartal_photos.events import PhotoAdded
from kvartal_photos.testing import an_estate

PHOTOS = "query Photos($id: ID!) { photos(buildingId: $id) { caption } }"


async def test_a_photo_is_seen_by_the_residents(gql: GraphQLClient, events: EmittedEvents) -> None:
    estate = await an_estate()

    await service.add(estate.employee, building_id=estate.building.id, caption="Фасад")
    answer = await gql(PHOTOS, {"id": estate.building_id}, actor=estate.resident)

    assert answer == {"data": {"photos": [{"caption": "Фасад"}]}}
    assert len(events.of(PhotoAdded)) == 1


async def test_photos_of_many_buildings_are_one_statement(
    gql: GraphQLClient, queries: QueryCounter
) -> None:
    estate = await an_estate()

    with queries.exactly(1):
        await gql(PHOTOS, {"id": estate.building_id}, actor=estate.employee)


async def test_nothing_of_another_test_stays(db: None) -> None:
    assert await fetch("SELECT 1 FROM photos_photo") == []


async def test_meters_lend_their_factories(db: None) -> None:
    estate = await an_estate()

    assert (await a_meter(premise=estate.premise)).premise_id == estate.premise.id


async def test_a_stranger_sees_no_photos(gql: GraphQLClient) -> None:
    estate, stranger = await an_estate(), await an_estate()
    actors: list[Actor] = [stranger.employee, stranger.resident]
    await service.add(estate.employee, building_id=estate.building.id, caption="Фасад")

    answers = [await gql(PHOTOS, {"id": estate.building_id}, actor=actor) for actor in actors]

    assert answers == [{"data": {"photos": []}}] * 2
