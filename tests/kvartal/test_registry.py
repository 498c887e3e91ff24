"""Which plugins are loaded, and in which order; a plugin that cannot be had stops the start."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from kvartal import registry
from kvartal.host import HOST
from kvartal.plugin import GraphQLPart, Plugin, PluginPart
from kvartal.registry import PluginError, discover, load_plugins
from kvartal_photos.plugin import plugin as photos


def a_plugin(name: str, *requires: str, **fields: object) -> Plugin:
    return Plugin(name=name, title=name.title(), requires=frozenset(requires), **fields)  # type: ignore[arg-type]


def names(*plugins: Plugin) -> list[str]:
    return [each.name for each in load_plugins(HOST, (), plugins).plugins]


def entry(value: str, name: str = "photos") -> dict[str, EntryPoint]:
    return {name: EntryPoint(name, value, registry.GROUP)}


def test_the_first_party_and_the_installed_stranger_are_found() -> None:
    assert discover().keys() == {"integration", "meters", "notifications", "photos"}


def test_only_what_is_chosen_is_loaded() -> None:
    assert [each.name for each in load_plugins(HOST, ["meters"]).plugins] == ["kvartal", "meters"]


def test_a_chosen_stranger_is_loaded_by_its_entry_point() -> None:
    [_, *loaded] = load_plugins(HOST, ["photos", "meters"]).plugins

    assert [each.name for each in loaded] == ["meters", "photos"]
    assert loaded[1].plugin is photos


def test_plugins_come_after_those_that_they_require_and_then_by_name() -> None:
    loaded = names(a_plugin("b"), a_plugin("a", "c"), a_plugin("c"), a_plugin("d"))

    assert loaded == ["kvartal", "b", "c", "d", "a"]


def test_a_soft_requirement_orders_and_brings_its_part_only_where_it_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = ModuleType("kvartal_a.with_z")
    part = PluginPart(graphql=GraphQLPart())
    monkeypatch.setattr(module, "part", part, raising=False)
    monkeypatch.setitem(sys.modules, "kvartal_a.with_z", module)
    soft = a_plugin("a", after={"z": "kvartal_a.with_z"})

    [_, alone] = load_plugins(HOST, (), [soft]).plugins
    [_, z, together] = load_plugins(HOST, (), [soft, a_plugin("z")]).plugins

    assert alone.parts == ()
    assert (z.name, together.name, together.parts) == ("z", "a", (part,))


@pytest.mark.parametrize(
    ("case", "plugins", "sentence"),
    [
        ("unknown", [a_plugin("a", "b", "c")], "Plugin a requires b, c: turn it on"),
        ("itself", [a_plugin("a", "a")], "Plugins require each other: a → a"),
        (
            "a cycle",
            [a_plugin("a", "b"), a_plugin("b", "c"), a_plugin("c", "a")],
            "Plugins require each other: a → b → c → a",
        ),
        (
            "no part",
            [a_plugin("a", after={"b": "kvartal.errors"}), a_plugin("b")],
            "Plugin a: kvartal.errors.part is not a PluginPart",
        ),
    ],
)
def test_an_impossible_requirement_is_refused(
    case: str, plugins: list[Plugin], sentence: str
) -> None:
    with pytest.raises(PluginError) as refused:
        load_plugins(HOST, (), plugins)

    assert str(refused.value) == sentence


def test_a_part_that_cannot_be_imported_is_refused() -> None:
    soft = a_plugin("a", after={"b": "kvartal_a.nowhere"})

    with pytest.raises(PluginError, match=r"Plugin a: kvartal_a\.nowhere cannot be imported: Mod"):
        load_plugins(HOST, (), [soft, a_plugin("b")])


def test_what_is_not_installed_is_refused() -> None:
    with pytest.raises(PluginError) as refused:
        load_plugins(HOST, ["meters", "weather"])

    assert (
        str(refused.value) == "Plugin weather is not installed"
        " (installed: integration, meters, notifications, photos)"
    )


def test_where_nothing_is_installed_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "discover", dict)

    with pytest.raises(PluginError, match=r"\(installed: none\)"):
        load_plugins(HOST, ["meters"])


@pytest.mark.parametrize(
    ("case", "points", "sentence"),
    [
        (
            "another name",
            entry("kvartal_photos.plugin:plugin", "pictures"),
            "Plugin pictures calls itself photos: both names must be equal",
        ),
        (
            "no plugin",
            entry("kvartal_photos.permissions:ADD"),
            "Plugin photos: kvartal_photos.permissions:ADD is not a kvartal.plugin.Plugin",
        ),
        (
            "another package",
            entry("elsewhere.plugin:plugin"),
            "Plugin photos must live in the package kvartal_photos",
        ),
        (
            "an error at import",
            entry("kvartal_photos.nowhere:plugin"),
            "Plugin photos cannot be imported: "
            "ModuleNotFoundError(\"No module named 'kvartal_photos.nowhere'\")",
        ),
    ],
)
def test_a_wrong_entry_point_is_refused(
    case: str, points: dict[str, EntryPoint], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = ModuleType("elsewhere.plugin")
    monkeypatch.setattr(elsewhere, "plugin", photos, raising=False)
    monkeypatch.setitem(sys.modules, "elsewhere", ModuleType("elsewhere"))
    monkeypatch.setitem(sys.modules, "elsewhere.plugin", elsewhere)
    monkeypatch.setattr(registry, "discover", lambda: points)

    with pytest.raises(PluginError) as refused:
        load_plugins(HOST, points)

    assert str(refused.value) == sentence


def test_what_is_refused_at_import_is_told_in_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = "from kvartal.tasks import cron\ncron('every night')\n"
    (tmp_path / "kvartal_sleepy.py").write_text(declared)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "discover", lambda: entry("kvartal_sleepy:plugin", "sleepy"))

    with pytest.raises(PluginError) as refused:
        load_plugins(HOST, ["sleepy"])

    assert str(refused.value) == (
        "Plugin sleepy cannot be imported: 'every night' is no schedule: it takes five fields"
    )


def test_the_registry_answers_for_all_that_is_loaded() -> None:
    loaded = load_plugins(HOST, ["meters", "photos"])

    assert list(loaded.models) == ["kvartal", "meters", "photos"]
    assert [(chain.app, chain.package) for chain in loaded.chains] == [
        ("kvartal", "kvartal"),
        ("meters", "kvartal_meters"),
        ("photos", "kvartal_photos"),
    ]
    assert loaded.packages == ["kvartal", "kvartal_meters", "kvartal_photos"]
    assert loaded.tasks.keys() >= {"photos.make_preview", "photos.forget_old_photos"}
    assert loaded.routes.by_name.keys() >= {"photos.announce", "photos.hear_reading"}
    assert loaded.nodes.keys() >= {"Building", "Meter", "Photo"}
    assert loaded.permissions.keys() >= {"meters.reading.submit", "photos.photo.add"}
    assert loaded.widgets.keys() == {"meters", "photos"}
    assert [chain.directory for chain in loaded.chains][-1] == (
        Path("tests/dummy_plugin/kvartal_photos/migrations").absolute()
    )


def test_a_plugin_without_models_has_no_chain() -> None:
    assert [each.app for each in load_plugins(HOST, (), [a_plugin("a")]).chains] == ["kvartal"]


def test_the_process_has_a_registry_once_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_current", None)
    loaded = load_plugins(HOST, ())

    with pytest.raises(PluginError, match="no plugins are loaded yet"):
        registry.current()

    registry.use(loaded)
    assert registry.current() is loaded
    assert registry.node_kinds() is loaded.nodes
