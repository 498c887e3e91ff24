"""The servers of one test run: the controller starts them, its xdist workers share them."""

from contextlib import ExitStack
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from kvartal.embedded import Servers, running_servers

__all__ = ["adopt", "servers", "start_for_run", "stop"]


class _GivenServers(BaseSettings):
    """``DATABASE_URL`` and ``REDIS_URL``, for who tests against servers of their own."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: str | None = None
    redis_url: str | None = None


_current: Servers | None = None
_started = ExitStack()


def start_for_run(root_tmp: Path) -> Servers:
    """Start the servers whose addresses the environment does not give; once a run."""
    global _current
    if _current is None:
        given = _GivenServers()
        _current = _started.enter_context(
            running_servers(
                root_tmp,
                durable=False,
                database_url=given.database_url,
                redis_url=given.redis_url,
            )
        )
    return _current


def adopt(given: Servers) -> None:
    """Use servers that the controller has started: this process is one of its workers."""
    global _current
    _current = given


def servers() -> Servers:
    """The servers of this run; the database address is the administrator's."""
    if _current is None:
        raise LookupError("no servers: call start_for_run() or adopt() first")
    return _current


def stop() -> None:
    """Stop what ``start_for_run`` has started; a second call does nothing."""
    global _current
    _current = None
    _started.close()
