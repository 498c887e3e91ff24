"""The walk finds holes: each of those that a leaky plugin has, and nothing in their absence."""

from collections.abc import AsyncIterator

import pytest
import strawberry
from tests.access.leaky import curious, plugin
from tests.access.operations import UnknownName, node_operation, operations
from tests.access.scene import Scene, staged

from kvartal.embedded import Servers
from kvartal.graphql.extend import SchemaError
from kvartal.graphql.schema import build_schema
from kvartal.host import load_registry
from kvartal.plugin import GraphQLPart, Plugin
from kvartal.testing.host import TestHost, committed_host


@pytest.fixture(scope="module")
async def scene(
    servers: Servers, worker_id: str, host: TestHost, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """The scene with the leaky plugin on; nothing that is done on it stays."""
    path = tmp_path_factory.mktemp("leaky")
    (path / "kvartal_leaky").mkdir()
    (path / "kvartal_leaky" / "__init__.py").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(path)
        leaky = committed_host(servers, worker_id, host, [plugin])
        async with leaky as own, staged(own.client, own.host) as made:
            yield made


async def found(scene: Scene, field: str) -> list[str]:
    return await scene.walk(operations(scene.schema, scene.victim, only=field))


async def test_rows_without_a_filter_are_found(scene: Scene) -> None:
    sentences = await found(scene, "allNumbers")

    stranger = "query allNumbers, an employee of another tenant:"
    assert f"{stranger} tells of kvartal_premise.number" in sentences
    assert "query allNumbers, a neighbour: tells of kvartal_premise.number" in sentences
    assert [each for each in sentences if "anonymous" in each] == []


async def test_what_is_public_hides_nothing(scene: Scene) -> None:
    sentences = await found(scene, "publishedNumbers")

    assert "query publishedNumbers, anonymous: tells of kvartal_premise.number" in sentences


async def test_a_row_by_its_id_is_found(scene: Scene) -> None:
    sentences = await found(scene, "numberOf")

    assert "query numberOf, a resident of another tenant: is not refused" in sentences


async def test_a_right_in_another_tenant_is_found(scene: Scene) -> None:
    sentences = await found(scene, "renameAnything")

    both = "an employee with rights in another tenant alone"
    assert f"mutation renameAnything, {both}: changes kvartal_premise" in sentences
    assert "mutation renameAnything, an employee of another tenant: is not refused" in sentences
    assert [each for each in sentences if "an employee without rights" in each] == []


async def test_a_subscription_without_a_filter_is_found(scene: Scene) -> None:
    sentences = await found(scene, "numbersChanged")

    assert "subscription numbersChanged, a neighbour: tells of kvartal_premise.number" in sentences


async def test_a_field_that_leads_to_strangers_is_found(scene: Scene) -> None:
    sentences = await found(scene, "organizations")

    stranger = "query organizations, an employee of another tenant:"
    assert f"{stranger} tells of kvartal_premise.number" in sentences


async def test_a_node_without_a_filter_is_found(scene: Scene) -> None:
    rows = {"Account2": scene.victim.rows["Account"]}
    node = node_operation(scene.schema, "Account2", scene.victim.with_rows(rows))

    sentences = await scene.walk([node])

    assert "query node, a neighbour: tells of kvartal_account.number" in sentences
    assert "query node, an integrator of another tenant: is not refused" in sentences


async def test_an_argument_that_nobody_has_thought_of_is_found(scene: Scene) -> None:
    schema = build_schema(load_registry(["meters"], [curious]).plugins)

    with pytest.raises(UnknownName) as refusal:
        list(operations(schema, scene.victim, only="something"))

    assert str(refusal.value).startswith(
        "something: nobody has thought of who may use `secretWord`"
    )


def test_a_field_without_an_access_rule_stops_the_start() -> None:
    @strawberry.type
    class Careless:
        """A root field by Strawberry's own decorator."""

        @strawberry.field(description="Something.")
        async def careless(self) -> str:
            """Something."""
            return "something"

    extra = Plugin(name="careless", title="Беспечный", graphql=GraphQLPart(queries=(Careless,)))

    with pytest.raises(SchemaError) as refusal:
        build_schema(load_registry(["meters"], [extra]).plugins)

    assert str(refusal.value) == "Plugin careless: Query.careless does not say who may use it"
