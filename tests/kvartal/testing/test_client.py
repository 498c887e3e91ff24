"""The GraphQL client of tests, over the real endpoint."""

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import a_resident_user, actor_of, token_of
from kvartal.testing.client import GraphQLClient
from kvartal.testing.factories import a_premise

NODE = "query Node($id: ID!) { node(id: $id) { ... on Premise { number } } }"
CHANGES = "subscription Home($id: ID!) { homeWidgetChanged(premiseId: $id) { key title } }"


class Home:
    """A flat and its resident."""

    premise_id: str
    token: str
    resident: Actor


@pytest.fixture
async def home(db: None) -> Home:
    home = Home()
    premise = await a_premise(number="15")
    user = await a_resident_user(await premise.organization, premises=[premise])
    home.premise_id = encode_id("Premise", premise.id)
    home.token = await token_of(user)
    home.resident = await actor_of(user)
    return home


async def test_an_actor_needs_no_sign_in_and_a_token_is_a_real_one(
    gql: GraphQLClient, home: Home
) -> None:
    variables = {"id": home.premise_id}

    by_actor = await gql(NODE, variables, actor=home.resident)
    by_token = await gql(NODE, variables, token=home.token)
    by_nobody = await gql(NODE, variables)

    assert by_actor == by_token == {"data": {"node": {"number": "15"}}}
    assert by_nobody["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_actor_keeps_its_token(gql: GraphQLClient, home: Home) -> None:
    assert gql.token_of(home.resident) == gql.token_of(home.resident)


async def test_it_speaks_the_language_that_is_asked_for(gql: GraphQLClient) -> None:
    said = {
        locale: (await gql(NODE, {"id": "?"}, locale=locale))["errors"][0]["message"]
        for locale in ("ru", "en")
    }

    assert len(set(said.values())) == 2


@pytest.mark.parametrize("known_by", ["actor", "token"])
async def test_a_subscription_gives_its_answers_one_by_one(
    gql: GraphQLClient, home: Home, known_by: str
) -> None:
    variables = {"id": home.premise_id}
    who = {"actor": home.resident} if known_by == "actor" else {"token": home.token}
    async with gql.subscribe(CHANGES, variables, **who) as answers:
        first = await answers.next()
        with pytest.raises(TimeoutError):
            await answers.next(0.05)

    assert first["data"]["homeWidgetChanged"]["key"] == "meters"


async def test_a_refused_subscription_gives_the_refusal(gql: GraphQLClient, home: Home) -> None:
    async with gql.subscribe(CHANGES, {"id": home.premise_id}) as answers:
        assert (await answers.next())["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
