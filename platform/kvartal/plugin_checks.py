"""What a plugin must hold to be loaded: each breach stops the start with one sentence."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from inspect import isclass

from strawberry.types.base import get_object_definition
from tortoise.models import Model

from kvartal.errors import DomainError
from kvartal.plugin import GraphQLPart, Plugin, PluginPart
from kvartal.registry import LoadedPlugin, PluginError, Registry, import_part, type_name
from kvartal.text import LAST_RESORT, codes

__all__ = ["HOST_NAME", "check_plugins", "check_sentences", "models_of"]

HOST_NAME = "kvartal"

Claims = Iterator[tuple[str, object]]


def check_plugins(registry: Registry) -> None:
    """PluginError for the first breach; the host is held to the same rules."""
    for each in registry.plugins:
        _check_tuples(each)
        _check_name(each.plugin)
        _check_prefixes(each)
        _check_settings(each.plugin)
        _check_models(each.plugin)
    for what, claims in _CLAIMED_ONCE.items():
        _refuse_rivals(what, registry, claims)


def check_sentences(registry: Registry) -> None:
    """PluginError for the first right or refusal of which the catalogues say nothing to people."""
    for each in registry.plugins:
        known = codes(each.plugin.package, LAST_RESORT)
        own = sorted({*_own_rights(each), *_own_refusals(each)} - known)
        if own:
            raise PluginError(
                f"Plugin {each.name}: {own[0]} has no sentence in locale/{LAST_RESORT}.po"
            )


def models_of(plugin: Plugin) -> list[type[Model]]:
    """The models that the plugin's own modules declare."""
    modules = [import_part(plugin, name) for name in plugin.models]
    return [
        each
        for module in modules
        for each in vars(module).values()
        if isclass(each)
        and issubclass(each, Model)
        and each.__module__ == module.__name__
        and each.__module__.split(".")[0] == plugin.package
        and not each._meta.abstract
    ]


def _check_tuples(loaded: LoadedPlugin) -> None:
    declared: list[Plugin | PluginPart | GraphQLPart] = [loaded.plugin, *loaded.parts]
    for part in (*declared, *loaded.graphql):
        for each in fields(part):
            value = getattr(part, each.name)
            if str(each.type).startswith("tuple[") and not isinstance(value, tuple):
                raise PluginError(
                    f"Plugin {loaded.name}: {each.name} must be a tuple, not {type(value).__name__}"
                )


def _check_name(plugin: Plugin) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*", plugin.name):
        raise PluginError(f"Plugin {plugin.name!r}: a name is small Latin letters and digits")
    outside = [
        name
        for name in (*plugin.models, *plugin.tasks)
        if name.split(".")[0] != plugin.package and plugin.name != HOST_NAME
    ]
    if outside:
        raise PluginError(f"Plugin {plugin.name}: {outside[0]} is outside of {plugin.package}")


def _check_prefixes(loaded: LoadedPlugin) -> None:
    if loaded.name != HOST_NAME:
        _check_prefix(loaded, "permission", (each.code for each in loaded.plugin.permissions))
    _check_prefix(loaded, "actor", (each.name for each in loaded.tasks))
    _check_prefix(loaded, "handler", (each.name for each in loaded.handlers))


def _check_prefix(loaded: LoadedPlugin, what: str, names: Iterable[str]) -> None:
    for name in names:
        if not name.startswith(f"{loaded.name}."):
            raise PluginError(
                f"Plugin {loaded.name}: {what} {name} lacks the prefix {loaded.name}."
            )


def _check_settings(plugin: Plugin) -> None:
    kind = plugin.settings
    if kind is None:
        return
    prefix = f"KVARTAL_{plugin.name.upper()}_"
    if kind.model_config.get("env_prefix") != prefix:
        raise PluginError(f"Plugin {plugin.name}: its settings lack the prefix {prefix}")
    for name, field in kind.model_fields.items():
        if not field.description:
            raise PluginError(f"Plugin {plugin.name}: setting {name} has no description")


def _check_models(plugin: Plugin) -> None:
    for model in models_of(plugin):
        if model._meta.app != plugin.name:
            raise PluginError(
                f"Plugin {plugin.name}: {model.__name__}.Meta.app is not {plugin.name!r}"
            )
        if not model._meta.db_table.startswith(f"{plugin.name}_"):
            raise PluginError(
                f"Plugin {plugin.name}: table {model._meta.db_table} lacks the prefix"
                f" {plugin.name}_"
            )


def _refuse_rivals(what: str, registry: Registry, claims: Callable[[LoadedPlugin], Claims]) -> None:
    owners: dict[str, tuple[object, str]] = {}
    for each in registry.plugins:
        for name, claim in claims(each):
            known, first = owners.setdefault(name, (claim, each.name))
            if known is not claim:
                raise PluginError(f"{what} {name} is defined by both {first} and {each.name}")


def _own_rights(loaded: LoadedPlugin) -> Iterator[str]:
    yield from (each.code for each in loaded.plugin.permissions)


def _own_refusals(loaded: LoadedPlugin) -> Iterator[str]:
    classes = [cls for part in loaded.graphql for cls in part.mutations]
    declared = [each for cls in classes for each in get_object_definition(cls, strict=True).fields]
    for kind in {kind for each in declared for kind in each.metadata.get("raises", ())}:
        # One whose facts choose the sentence may have none for its bare code.
        chooses = kind.message_code is not DomainError.message_code
        if kind.__module__.split(".")[0] == loaded.plugin.package and not chooses:
            yield kind.code


def _permissions(loaded: LoadedPlugin) -> Claims:
    yield from ((each.code, each) for each in loaded.plugin.permissions)


def _targets(loaded: LoadedPlugin) -> Claims:
    # An actor and a handler of one name would be one address in the outbox.
    yield from ((each.name, each) for each in loaded.tasks)
    yield from ((each.name, each) for each in loaded.handlers)


def _events(loaded: LoadedPlugin) -> Claims:
    yield from ((each.event.name, each.event) for each in loaded.handlers)


def _widgets(loaded: LoadedPlugin) -> Claims:
    yield from ((each.key, each) for each in loaded.plugin.widgets)


def _nodes(loaded: LoadedPlugin) -> Claims:
    yield from ((type_name(each.type), each) for part in loaded.graphql for each in part.nodes)


def _models(loaded: LoadedPlugin) -> Claims:
    # aerich tells models apart by the bare name of the class.
    yield from ((each.__name__, each) for each in models_of(loaded.plugin))


_CLAIMED_ONCE: dict[str, Callable[[LoadedPlugin], Claims]] = {
    "Permission": _permissions,
    "Actor or handler": _targets,
    "Event": _events,
    "Widget": _widgets,
    "Node": _nodes,
    "Model": _models,
}
