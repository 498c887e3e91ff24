"""The plugins that are on: found by entry point, checked, put in order."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TypeVar

from strawberry.types.base import get_object_definition

from kvartal.db.chain import Chain
from kvartal.errors import KvartalError
from kvartal.events import Handler, Routes
from kvartal.plugin import (
    Example,
    GraphQLPart,
    HomeWidgetKind,
    NodeKind,
    Permission,
    Plugin,
    PluginPart,
)
from kvartal.tasks.actors import Task, tasks_of

__all__ = [
    "LoadedPlugin",
    "PluginError",
    "Registry",
    "discover",
    "load_plugins",
    "node_kinds",
    "offered",
]

GROUP = "kvartal.plugins"

T = TypeVar("T")


class PluginError(KvartalError):
    """A plugin cannot be loaded: one sentence names it and the cause."""


@dataclass(frozen=True)
class LoadedPlugin:
    """A plugin with the parts that its soft requirements bring in."""

    plugin: Plugin
    parts: tuple[PluginPart, ...] = ()

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.plugin.name

    @property
    def graphql(self) -> tuple[GraphQLPart, ...]:
        """What it adds to the schema."""
        return (self.plugin.graphql, *(part.graphql for part in self.parts))

    @property
    def handlers(self) -> tuple[Handler, ...]:
        """What it hears."""
        return (*self.plugin.handlers, *(each for part in self.parts for each in part.handlers))

    @property
    def offers(self) -> tuple[object, ...]:
        """What it offers other plugins."""
        return (*self.plugin.offers, *(each for part in self.parts for each in part.offers))

    @cached_property
    def tasks(self) -> tuple[Task[...], ...]:
        """The actors that its modules declare."""
        names = (*self.plugin.tasks, *(name for part in self.parts for name in part.tasks))
        return tuple(task for name in names for task in tasks_of(import_part(self.plugin, name)))


@dataclass(frozen=True)
class Registry:
    """All that is loaded, the host first, each plugin after those it requires."""

    plugins: tuple[LoadedPlugin, ...]

    @property
    def models(self) -> Mapping[str, tuple[str, ...]]:
        """Modules of models by app label, in the order of migration."""
        return {each.name: each.plugin.models for each in self.plugins if each.plugin.models}

    @property
    def chains(self) -> list[Chain]:
        """The chains of migrations, in the order in which they are applied."""
        return [
            Chain(each.name, each.plugin.package) for each in self.plugins if each.plugin.models
        ]

    @property
    def packages(self) -> list[str]:
        """The plugins' packages: where locale and migrations lie."""
        return [each.plugin.package for each in self.plugins]

    @cached_property
    def tasks(self) -> dict[str, Task[...]]:
        """All actors by name."""
        return {task.name: task for each in self.plugins for task in each.tasks}

    @cached_property
    def routes(self) -> Routes:
        """Who hears which event."""
        return Routes(handler for each in self.plugins for handler in each.handlers)

    @cached_property
    def nodes(self) -> dict[str, NodeKind]:
        """What ``node(id:)`` finds, by the name of the type."""
        kinds = [kind for each in self.plugins for part in each.graphql for kind in part.nodes]
        return {type_name(kind.type): kind for kind in kinds}

    @cached_property
    def permissions(self) -> dict[str, Permission]:
        """All rights by code."""
        found = [right for each in self.plugins for right in each.plugin.permissions]
        return {right.code: right for right in found}

    @cached_property
    def widgets(self) -> dict[str, HomeWidgetKind]:
        """The home-screen widgets by key."""
        return {kind.key: kind for each in self.plugins for kind in each.plugin.widgets}

    def offered(self, kind: type[T]) -> list[T]:
        """What the plugins offer of a class, in their order."""
        found = (offer for each in self.plugins for offer in each.offers)
        return [offer for offer in found if isinstance(offer, kind)]

    @property
    def examples(self) -> list[Example]:
        """The ready operations of the demo's console."""
        return [example for each in self.plugins for example in each.plugin.examples]


_current: Registry | None = None


def use(registry: Registry) -> None:
    """Make ``registry`` the process's own; once, at start."""
    global _current  # one host a process
    _current = registry


def current() -> Registry:
    """The process's registry."""
    if _current is None:
        raise PluginError("no plugins are loaded yet")
    return _current


def offered(kind: type[T]) -> list[T]:
    """What the plugins of this process offer of a class (``Plugin.offers``), in their order."""
    return current().offered(kind)


def node_kinds() -> Mapping[str, NodeKind]:
    """What ``node(id:)`` finds in this process."""
    return current().nodes


def discover() -> dict[str, EntryPoint]:
    """All installed plugins by name, on or not."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load_plugins(host: Plugin, chosen: Iterable[str], extra: Sequence[Plugin] = ()) -> Registry:
    """The host and the chosen plugins in order; PluginError if one cannot be had.

    ``extra``: plugins given as values, for tests of a stranger's plugin that is not installed.
    """
    installed = discover()
    found = {plugin.name: plugin for plugin in extra}
    for name in sorted(set(chosen) - set(found)):
        if name not in installed:
            known = ", ".join(sorted(installed)) or "none"
            raise PluginError(f"Plugin {name} is not installed (installed: {known})")
        found[name] = _import(name, installed[name])
    ordered = [host, *_in_order(found)]
    return Registry(tuple(LoadedPlugin(each, _soft_parts(each, found)) for each in ordered))


def import_part(plugin: Plugin, name: str) -> ModuleType:
    """A module that the plugin's declaration names; PluginError if it cannot be imported."""
    try:
        return importlib.import_module(name)
    except Exception as error:
        told = f"Plugin {plugin.name}: {name} cannot be imported: {_told(error)}"
        raise PluginError(told) from error


def type_name(kind: type) -> str:
    """The name of a Strawberry type in the schema."""
    definition = get_object_definition(kind, strict=True)
    assert definition is not None
    return definition.name


def _import(name: str, point: EntryPoint) -> Plugin:
    try:
        plugin = point.load()
    except Exception as error:
        raise PluginError(f"Plugin {name} cannot be imported: {_told(error)}") from error
    if not isinstance(plugin, Plugin):
        raise PluginError(f"Plugin {name}: {point.value} is not a kvartal.plugin.Plugin")
    if plugin.name != name:
        raise PluginError(f"Plugin {name} calls itself {plugin.name}: both names must be equal")
    if point.module.split(".")[0] != plugin.package:
        raise PluginError(f"Plugin {name} must live in the package {plugin.package}")
    return plugin


def _told(error: Exception) -> str:
    """What we refuse says enough; of others the kind tells as much as the words."""
    return str(error) if isinstance(error, KvartalError) else repr(error)


def _in_order(found: Mapping[str, Plugin]) -> list[Plugin]:
    graph: dict[str, set[str]] = {}
    for name in sorted(found):
        missing = found[name].requires - set(found)
        if missing:
            raise PluginError(f"Plugin {name} requires {', '.join(sorted(missing))}: turn it on")
        graph[name] = set(found[name].requires) | (set(found[name].after) & set(found))
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        # The cycle is told from the required to the requiring.
        raise PluginError(
            f"Plugins require each other: {' → '.join(reversed(error.args[1]))}"
        ) from None
    ordered: list[Plugin] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += [found[name] for name in ready]
        sorter.done(*ready)
    return ordered


def _soft_parts(plugin: Plugin, found: Mapping[str, Plugin]) -> tuple[PluginPart, ...]:
    parts = []
    for name, module in sorted(plugin.after.items()):
        if name in found:
            part = getattr(import_part(plugin, module), "part", None)
            if not isinstance(part, PluginPart):
                raise PluginError(f"Plugin {plugin.name}: {module}.part is not a PluginPart")
            parts.append(part)
    return tuple(parts)
