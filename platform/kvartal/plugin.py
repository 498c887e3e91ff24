"""The contract between the host and a plugin: one frozen value, found by entry point."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kvartal.events import Handler, on
from kvartal.settings import PluginSettings

if TYPE_CHECKING:
    from kvartal.context import Context

__all__ = [
    "Example",
    "GraphQLPart",
    "HomeWidgetKind",
    "Lifespan",
    "NodeKind",
    "Permission",
    "Plugin",
    "PluginPart",
    "on",
]

EMPTY: Mapping[str, str] = MappingProxyType({})

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A right that a role carries (право): ``plugin.noun.verb``.

    ``for_residents``: every resident has it, on their own premises.
    """

    code: str
    for_residents: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKind:
    """A type that ``node(id:)`` finds: its class and a loader of rows that the actor may see."""

    type: type
    fetch: "Callable[[Context, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeWidgetKind:
    """A widget of the resident's home screen: its key, type, and its states for premises.

    ``fetch`` answers for those of the premises that the actor may see, and for no other. What it
    says of a premise is the same whoever looks: for all who watch, the organization asks at once.
    """

    key: str
    type: type
    fetch: "Callable[[Context, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A ready operation of the console; ``role`` says on whose behalf it makes sense."""

    title: str
    role: str
    query: str
    variables: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLPart:
    """What a plugin adds to the schema: tuples of Strawberry classes."""

    queries: tuple[type, ...] = ()
    mutations: tuple[type, ...] = ()
    subscriptions: tuple[type, ...] = ()
    extensions: tuple[type, ...] = ()
    nodes: tuple[NodeKind, ...] = ()

    @classmethod
    def of(cls, *features: "GraphQLPart") -> "GraphQLPart":
        """What the features of a plugin add, together."""
        return cls(
            queries=tuple(each for part in features for each in part.queries),
            mutations=tuple(each for part in features for each in part.mutations),
            subscriptions=tuple(each for part in features for each in part.subscriptions),
            extensions=tuple(each for part in features for each in part.extensions),
            nodes=tuple(each for part in features for each in part.nodes),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginPart:
    """What is merged when a soft requirement (``after``) is on; never models."""

    graphql: GraphQLPart = GraphQLPart()
    tasks: tuple[str, ...] = ()
    handlers: tuple[Handler, ...] = ()
    offers: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """Everything the host knows of a plugin. Importing it starts nothing.

    ``offers``: values that another plugin or the host collects by their class, say kinds of
    notifications or limits of uploads.
    ``demo``: a module with ``async def seed(estate: DemoEstate) -> None``, which adds the plugin's
    data to the demo, and perhaps ``JOURNEY``, lines that tell what to try, and ``def server(root:
    Path) -> DemoServer | None``, which the demo runs beside the product.
    """

    name: str
    title: str
    requires: frozenset[str] = frozenset()
    after: Mapping[str, str] = field(default_factory=lambda: EMPTY, hash=False)
    models: tuple[str, ...] = ()
    graphql: GraphQLPart = GraphQLPart()
    tasks: tuple[str, ...] = ()
    handlers: tuple[Handler, ...] = ()
    permissions: tuple[Permission, ...] = ()
    widgets: tuple[HomeWidgetKind, ...] = ()
    offers: tuple[object, ...] = ()
    settings: type[PluginSettings] | None = None
    lifespan: Lifespan | None = None
    examples: tuple[Example, ...] = ()
    demo: str | None = None

    @property
    def package(self) -> str:
        """The Python package that holds the plugin's models, locale and migrations."""
        return "kvartal" if self.name == "kvartal" else f"kvartal_{self.name}"
