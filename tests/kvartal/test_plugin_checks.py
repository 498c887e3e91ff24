"""Each wrong declaration stops the start with one sentence that names the plugin and the cause."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

import pytest
import strawberry
from pydantic import Field
from pydantic_settings import SettingsConfigDict
from tortoise import fields
from tortoise.models import Model

from kvartal import plugin_checks, text
from kvartal.context import Context, Info
from kvartal.errors import DomainError, VersionConflict
from kvartal.events import Event, event, on
from kvartal.graphql.fields import PUBLIC
from kvartal.graphql.mutation import mutation
from kvartal.graphql.node import Node
from kvartal.host import HOST, load_registry
from kvartal.plugin import GraphQLPart, HomeWidgetKind, NodeKind, Permission, Plugin
from kvartal.plugin_checks import check_sentences, models_of
from kvartal.registry import PluginError
from kvartal.settings import PluginSettings
from kvartal.tasks import actor
from kvartal_photos.events import PhotoAdded
from kvartal_photos.plugin import plugin as photos
from kvartal_photos.tasks import announce

ModuleOf = Callable[..., str]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleOf:
    """A module of a plugin's package that holds these things as its own."""

    def make(name: str, **contents: Any) -> str:
        made = ModuleType(name)
        for key, value in contents.items():
            owner = getattr(value, "function", value)
            monkeypatch.setattr(owner, "__module__", name)
            setattr(made, key, value)
        monkeypatch.setitem(sys.modules, name.split(".")[0], ModuleType(name.split(".")[0]))
        monkeypatch.setitem(sys.modules, name, made)
        return name

    return make


def refusal(*plugins: Plugin) -> str:
    with pytest.raises(PluginError) as refused:
        load_registry((), plugins)
    return str(refused.value)


def a_plugin(name: str = "garden", /, **declared: Any) -> Plugin:
    return Plugin(name=name, title="Сад", **declared)


async def nothing(context: Context, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    return {}


def test_the_host_meters_and_the_stranger_are_fit() -> None:
    loaded = load_registry(["meters", "photos"])

    assert [each.name for each in loaded.plugins] == ["kvartal", "meters", "photos"]


@pytest.mark.parametrize("name", ["Garden", "my_garden", "", "2d", "сад"])
def test_a_name_is_small_latin_letters_and_digits(name: str) -> None:
    assert refusal(a_plugin(name)) == (f"Plugin {name!r}: a name is small Latin letters and digits")


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"models": "kvartal_garden.models"}, "models must be a tuple, not str"),
        ({"handlers": None}, "handlers must be a tuple, not NoneType"),
        ({"graphql": GraphQLPart(queries=[])}, "queries must be a tuple, not list"),  # type: ignore[arg-type]
    ],
)
def test_a_comma_that_is_missing_is_told(declared: Mapping[str, Any], told: str) -> None:
    assert refusal(a_plugin(**declared)) == f"Plugin garden: {told}"


@pytest.mark.parametrize("where", ["models", "tasks"])
def test_what_a_plugin_declares_is_in_its_package(where: str) -> None:
    assert refusal(a_plugin(**{where: ("kvartal_photos.tasks",)})) == (
        "Plugin garden: kvartal_photos.tasks is outside of kvartal_garden"
    )


@pytest.mark.parametrize("where", ["models", "tasks"])
def test_a_module_that_cannot_be_imported_is_refused(where: str) -> None:
    assert refusal(a_plugin(**{where: ("kvartal_garden.nowhere",)})).startswith(
        "Plugin garden: kvartal_garden.nowhere cannot be imported: ModuleNotFoundError"
    )


def test_a_permission_without_the_prefix_is_refused() -> None:
    assert refusal(a_plugin(permissions=(Permission(code="bed.dig"),))) == (
        "Plugin garden: permission bed.dig lacks the prefix garden."
    )


def test_a_permission_declared_twice_is_refused() -> None:
    twice = (Permission(code="garden.bed.dig"), Permission(code="garden.bed.dig"))

    assert refusal(a_plugin(permissions=twice)) == (
        "Permission garden.bed.dig is defined by both garden and garden"
    )


def test_an_actor_without_the_prefix_is_refused(module: ModuleOf) -> None:
    @actor("dig")
    async def dig() -> None:
        """Dig."""

    assert refusal(a_plugin(tasks=(module("kvartal_garden.tasks", dig=dig),))) == (
        "Plugin garden: actor dig lacks the prefix garden."
    )


def test_actors_of_one_name_are_refused(module: ModuleOf) -> None:
    @actor("garden.dig")
    async def dig() -> None:
        """Dig."""

    @actor("garden.dig")
    async def dig_again() -> None:
        """Dig once more."""

    declared = module("kvartal_garden.tasks", dig=dig, dig_again=dig_again)

    assert refusal(a_plugin(tasks=(declared,))) == (
        "Actor or handler garden.dig is defined by both garden and garden"
    )


def test_an_actor_that_is_imported_is_its_owners(module: ModuleOf) -> None:
    @actor("photos.dig")
    async def dig() -> None:
        """Dig."""

    declared = module("kvartal_garden.tasks", dig=dig)
    dig.function.__module__ = "kvartal_photos.tasks"

    assert load_registry((), [a_plugin(tasks=(declared,))]).tasks.keys() == (
        load_registry(()).tasks.keys()
    )


def test_a_handler_of_another_package_is_refused() -> None:
    assert refusal(a_plugin(handlers=(on(PhotoAdded, announce),))) == (
        "Plugin garden: handler photos.announce lacks the prefix garden."
    )


def test_an_actor_and_a_handler_of_one_name_are_refused(module: ModuleOf) -> None:
    async def dig(happened: PhotoAdded) -> None:
        """Dig."""

    @actor("garden.dig")
    async def digging() -> None:
        """Dig."""

    declared = module("kvartal_garden.tasks", dig=dig, digging=digging)

    assert refusal(a_plugin(tasks=(declared,), handlers=(on(PhotoAdded, dig),))) == (
        "Actor or handler garden.dig is defined by both garden and garden"
    )


def test_an_event_that_another_plugin_names_the_same_is_refused(module: ModuleOf) -> None:
    @event("photos.photo_added")
    @dataclass(frozen=True)
    class Ours(Event):
        """Named as theirs."""

    async def dig(happened: Ours) -> None:
        """Dig."""

    module("kvartal_garden.tasks", dig=dig)

    assert refusal(a_plugin(handlers=(on(Ours, dig),)), photos) == (
        "Event photos.photo_added is defined by both garden and photos"
    )


def test_settings_without_the_prefix_are_refused() -> None:
    class GardenSettings(PluginSettings):
        model_config = SettingsConfigDict(env_prefix="GARDEN_")

    assert refusal(a_plugin(settings=GardenSettings)) == (
        "Plugin garden: its settings lack the prefix KVARTAL_GARDEN_"
    )


def test_a_setting_without_a_description_is_refused() -> None:
    class GardenSettings(PluginSettings):
        model_config = SettingsConfigDict(env_prefix="KVARTAL_GARDEN_")
        beds: int = Field(default=1, description="Beds.")
        trees: int = 2

    assert refusal(a_plugin(settings=GardenSettings)) == (
        "Plugin garden: setting trees has no description"
    )


def test_a_widget_key_of_another_plugin_is_refused() -> None:
    rival = HomeWidgetKind(key="photos", type=str, fetch=nothing)

    assert refusal(a_plugin(widgets=(rival,)), photos) == (
        "Widget photos is defined by both garden and photos"
    )


def test_a_node_of_another_plugin_is_refused() -> None:
    @strawberry.type
    class Photo(Node):
        """Named as theirs."""

    rival = GraphQLPart(nodes=(NodeKind(type=Photo, fetch=nothing),))

    assert refusal(a_plugin(graphql=rival), photos) == (
        "Node Photo is defined by both garden and photos"
    )


def a_model(name: str = "Bed", app: str = "garden", table: str = "garden_bed") -> type[Model]:
    meta = type("Meta", (), {"app": app, "table": table})
    contents = {"id": fields.IntField(primary_key=True), "Meta": meta}
    return type(name, (Model,), contents | {"__module__": "kvartal_garden.models"})


@pytest.mark.parametrize(
    ("case", "model", "sentence"),
    [
        ("app", a_model(app="meters"), "Plugin garden: Bed.Meta.app is not 'garden'"),
        ("table", a_model(table="bed"), "Plugin garden: table bed lacks the prefix garden_"),
        ("class", a_model("Photo"), "Model Photo is defined by both garden and photos"),
    ],
)
def test_a_model_that_could_be_taken_for_anothers_is_refused(
    case: str, model: type[Model], sentence: str, module: ModuleOf
) -> None:
    declared = module("kvartal_garden.models", model=model)

    assert refusal(a_plugin(models=(declared,)), photos) == sentence


def test_models_are_those_of_the_plugins_own_modules() -> None:
    assert [model.__name__ for model in models_of(photos)] == ["Photo", "HeardReading"]
    assert "Aerich" not in [model.__name__ for model in models_of(HOST)]


class BedTaken(DomainError):
    """Somebody else digs there."""

    code: ClassVar[str] = "BED_TAKEN"


@strawberry.type
class GardenMutations:
    """What can be changed."""

    @mutation(access=PUBLIC, description="Dig.", raises=(BedTaken, VersionConflict))
    async def dig(self, info: Info) -> None:
        """Dig."""


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ((), "Plugin garden: BED_TAKEN has no sentence in locale/ru.po"),
        (("BED_TAKEN",), "Plugin garden: garden.bed.dig has no sentence in locale/ru.po"),
        (("BED_TAKEN", "garden.bed.dig"), None),
    ],
)
def test_a_right_or_a_refusal_without_a_sentence_is_refused(
    known: tuple[str, ...], told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    garden = a_plugin(
        permissions=(Permission(code="garden.bed.dig"),),
        graphql=GraphQLPart(mutations=(GardenMutations,)),
    )
    monkeypatch.setattr(BedTaken, "__module__", "kvartal_garden.errors")
    sentences = {"kvartal_garden": frozenset(known)}
    catalogue = text.codes
    text.load(())
    monkeypatch.setattr(
        plugin_checks,
        "codes",
        lambda name, locale: sentences[name] if name in sentences else catalogue(name, locale),
    )

    if told is None:
        check_sentences(load_registry((), [garden]))
    else:
        with pytest.raises(PluginError) as refused:
            check_sentences(load_registry((), [garden]))
        assert str(refused.value) == told
