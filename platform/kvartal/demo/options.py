"""What the demo is told, and the settings that it gives its processes."""

import contextlib
import socket
from datetime import date, datetime, time
from pathlib import Path

import redis
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kvartal import clock
from kvartal.demo.places import TIMEZONE
from kvartal.errors import KvartalError
from kvartal.settings import Settings

__all__ = [
    "DemoError",
    "GivenServers",
    "demo_settings",
    "environment_of",
    "free_port",
    "offset_to",
    "refuse_silent_redis",
]

HOST = "127.0.0.1"
YEARS = range(2000, 2101)
# People read a page and try on: they should not have to sign in again every quarter of an hour.
ACCESS_TOKEN_MINUTES = 720


class DemoError(KvartalError):
    """The demo cannot run: one sentence says why, and what to do."""


class GivenServers(BaseSettings):
    """Servers to use instead of the embedded ones, and where the demo keeps its data."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    demo_dir: Path = Field(default=Path(".kvartal/demo"), validation_alias="KVARTAL_DEMO_DIR")
    database_url: str | None = Field(
        default=None,
        repr=False,
        validation_alias=AliasChoices("DATABASE_URL", "KVARTAL_DATABASE_URL"),
    )
    redis_url: str | None = Field(
        default=None, repr=False, validation_alias=AliasChoices("REDIS_URL", "KVARTAL_REDIS_URL")
    )


def offset_to(text: str) -> int:
    """The shift of the clock, in seconds, that makes it noon of that day in Moscow."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DemoError(f"--date is a day like 2026-11-24, and {text!r} is none.") from None
    if day.year not in YEARS:
        raise DemoError(f"--date lies between {YEARS[0]} and {YEARS[-1]}, and {day} does not.")
    noon = datetime.combine(day, time(12), tzinfo=clock.timezone(TIMEZONE))
    return round((noon - clock.now()).total_seconds())


def free_port(port: int) -> int:
    """The port, if nobody listens there; for 0 one that is free."""
    if not 0 <= port <= 65535:
        raise DemoError(f"--port is a number from 0 to 65535, and {port} is not.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise DemoError(f"Port {port} needs a privileged user: give another --port.") from None
        except OSError:
            raise DemoError(
                f"Port {port} of {HOST} is busy: stop the program that listens there,"
                " or give another --port."
            ) from None
        return int(probe.getsockname()[1])


def refuse_silent_redis(url: str) -> None:
    """DemoError unless Redis answers: the processes would wait for it, and say nothing."""
    try:
        with contextlib.closing(redis.Redis.from_url(url, socket_timeout=5)) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise DemoError(f"Redis does not answer at REDIS_URL: {error}.") from None


def demo_settings(
    *, database_url: str, redis_url: str, secret_key: str, port: int, offset: int
) -> Settings:
    """The demo's settings; what they leave open the environment may set."""
    values: dict[str, object] = {
        "database_url": SecretStr(database_url),
        "redis_url": SecretStr(redis_url),
        "secret_key": SecretStr(secret_key),
        "redis_prefix": "kvartal-demo",
        "host": HOST,
        "port": port,
        "demo": True,
        "code_delivery": "console",
        "console_enabled": True,
        "clock_offset_seconds": offset,
        "access_token_minutes": ACCESS_TOKEN_MINUTES,
        "log_format": "console",
    }
    try:
        return Settings(**values)  # type: ignore[arg-type] # checked by pydantic
    except ValidationError as error:
        [fault, *_] = error.errors()
        name = "_".join(map(str, fault["loc"])).upper()
        raise DemoError(f"Setting KVARTAL_{name}: {fault['msg']}.") from None


def environment_of(settings: Settings) -> dict[str, str]:
    """The settings as the demo's processes read them."""
    found = {
        f"KVARTAL_{name.upper()}": _written(value)
        for name, value in settings
        if value is not None and name not in {"database_url", "redis_url"}
    }
    return found | {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": settings.redis_url.get_secret_value(),
    }


def _written(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, frozenset | tuple):
        return ",".join(sorted(map(_written, value)))
    return str(value)
