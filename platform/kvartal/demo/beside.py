"""What a plugin's demo has beside the product, so that what reaches out can be tried."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from kvartal.supervised import SupervisedServer

__all__ = ["DemoServer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServer:
    """A server on this machine that runs as long as the demo does; ``title`` and ``told`` greet.

    ``settings``: variables that the demo's processes get for it. ``prepare``: what is to be changed
    in the demo's database once it serves, at each start: its port is another one.
    """

    server: SupervisedServer
    title: str
    told: str
    settings: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], Awaitable[None]]
