"""What the operator sets: environment variables ``KVARTAL_*``, read once at start."""

from collections.abc import Iterable
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kvartal.errors import KvartalError
from kvartal.files.settings import FilesSettings
from kvartal.graphql.settings import EdgeSettings
from kvartal.retention.settings import RetentionSettings

__all__ = [
    "HostNames",
    "PluginChoice",
    "PluginSettings",
    "Settings",
    "SettingsError",
    "configure",
    "in_demo",
    "load_plugin_settings",
    "load_settings",
    "settings_of",
]

FIRST_PARTY = frozenset({"integration", "meters", "notifications"})
SECRET_LENGTH = 32


class SettingsError(KvartalError):
    """A setting is missing or wrong; the text names it and says what to do."""


def _host_names(value: object) -> object:
    if isinstance(value, str):
        return frozenset(name.strip().lower() for name in value.split(",") if name.strip())
    return value


HostNames = Annotated[frozenset[str], NoDecode, BeforeValidator(_host_names)]
"""The type of a setting with names of hosts, separated by commas; they know no case."""


class PluginSettings(BaseSettings):
    """Base of a plugin's settings; the subclass sets ``env_prefix="KVARTAL_<PLUGIN>_"``.

    The host reads them once at start; the plugin asks ``settings_of(PhotosSettings)``.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")


class PluginChoice(BaseSettings):
    """Which plugins to load: all that printing the schema or making a migration needs to know."""

    model_config = SettingsConfigDict(env_prefix="KVARTAL_", frozen=True, extra="ignore")

    plugins: Annotated[frozenset[str], NoDecode] = Field(
        default=FIRST_PARTY, description="Plugins to load, separated by commas."
    )

    @field_validator("plugins", mode="before")
    @classmethod
    def split(cls, value: object) -> object:
        """Read ``a,b`` as a set: the order means nothing."""
        if isinstance(value, str):
            return frozenset(name.strip() for name in value.split(",") if name.strip())
        return value


class Settings(EdgeSettings, FilesSettings, RetentionSettings, PluginChoice):
    """Settings of the host. Every field is documented; secrets have no default."""

    database_url: SecretStr = Field(
        validation_alias=AliasChoices("database_url", "DATABASE_URL", "KVARTAL_DATABASE_URL"),
        description="postgres://user:password@host:port/database; PostgreSQL 15 or newer.",
    )
    redis_url: SecretStr = Field(
        validation_alias=AliasChoices("redis_url", "REDIS_URL", "KVARTAL_REDIS_URL"),
        description="redis://:password@host:port/0; Valkey or Redis 7 or newer.",
    )
    secret_key: SecretStr = Field(
        min_length=SECRET_LENGTH,
        description="Signs access tokens and seals secrets; at least 32 random characters.",
    )
    secret_keys_old: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        description="Other keys that are accepted, separated by commas: for changing the key.",
    )
    host: str = Field(default="127.0.0.1", description="Address that the web process listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the web process.")
    redis_prefix: str = Field(
        default="kvartal", description="Prefix of every key and channel: several installations."
    )
    database_pool_size: int = Field(
        default=10, ge=2, le=200, description="Connections to PostgreSQL, a process."
    )
    statement_timeout_ms: int = Field(
        default=30_000, ge=100, description="PostgreSQL cancels a statement that takes longer."
    )
    worker_threads: int = Field(
        default=4, ge=1, le=64, description="Actors that a worker process runs at a time."
    )
    access_token_minutes: int = Field(
        default=15, ge=1, le=1440, description="Life of an access token, in minutes."
    )
    refresh_token_days: int = Field(
        default=60, ge=1, le=365, description="Life of a refresh token, in days."
    )
    code_delivery: Literal["console", "none"] = Field(
        default="none",
        description="Where residents' one-time codes go; 'console' writes them to the log.",
    )
    mail_url: SecretStr = Field(
        default=SecretStr("none"),
        description="Where mail goes: smtp://user:password@host (STARTTLS), smtps:// (TLS),"
        " smtp+plain:// (no encryption: for a relay on this host), 'console' or 'none'.",
    )
    mail_from: str = Field(
        default="Kvartal <kvartal@localhost>", description="Sender of the mail, name and address."
    )
    mail_ca_file: FilePath | None = Field(
        default=None, description="Certificates, PEM, that the mail server is checked against."
    )
    password_url: str | None = Field(
        default=None,
        description="The page that sets a password; the letters lead there, the token after '#'.",
    )
    console_enabled: bool = Field(
        default=False, description="Serve the query console with ready examples at /graphql."
    )
    demo: bool = Field(default=False, description="The demo: sign-ins are shown on the console.")
    clock_offset_seconds: int = Field(
        default=0, description="Shift of the clock; for the demo and tests of windows only."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Who brings it as bearer token may read /metrics of the web process; unset:"
        " nobody may.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address of the metrics' own port; it asks for no token."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port on which this process, of whatever kind, serves /metrics; unset: none.",
    )
    tracing_endpoint: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Where spans go by OTLP over HTTP, e.g. http://collector:4318/v1/traces;"
        " needs the extra 'tracing'.",
    )
    tracing_ratio: float = Field(
        default=1.0, ge=0, le=1, description="Share of operations and deliveries that are traced."
    )
    log_format: Literal["json", "console"] = Field(default="json", description="Form of the log.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )

    @field_validator("secret_keys_old", mode="before")
    @classmethod
    def split_keys(cls, value: object) -> object:
        """Read ``a,b`` as several keys."""
        if isinstance(value, str):
            return tuple(key.strip() for key in value.split(",") if key.strip())
        return value

    @field_validator("secret_keys_old")
    @classmethod
    def refuse_short_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """An accepted key is as good as the present one, so it must be as long."""
        if any(len(key.get_secret_value()) < SECRET_LENGTH for key in value):
            raise ValueError(f"each key has at least {SECRET_LENGTH} characters")
        return value


Kind = TypeVar("Kind", bound=BaseSettings)
Own = TypeVar("Own", bound=PluginSettings)

_of_plugins: dict[type[PluginSettings], PluginSettings] = {}
_demo = False


def configure(settings: Settings) -> None:
    """Have this process know what plugins may of the host's settings; once, at start."""
    global _demo  # one installation a process
    _demo = settings.demo


def in_demo() -> bool:
    """Whether this is the demo, from which nothing goes outside unless it is set up to."""
    return _demo


def load_settings() -> Settings:
    """The settings from the environment; SettingsError with one line per fault."""
    return _read(Settings)


def load_plugin_settings(kinds: Iterable[type[PluginSettings]]) -> None:
    """Read the settings of the plugins that are on; SettingsError with one line per fault."""
    _of_plugins.update({kind: _read(kind) for kind in kinds})


def settings_of(kind: type[Own]) -> Own:
    """A plugin's settings as they were read at start."""
    found = _of_plugins.get(kind)
    if not isinstance(found, kind):
        raise SettingsError(f"{kind.__qualname__} is of no plugin that is on")
    return found


def _read(kind: type[Kind]) -> Kind:
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError(_explain(kind, error)) from None


def _explain(kind: type[BaseSettings], error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        name = str(fault["loc"][0])
        field = kind.model_fields.get(name)
        variable = name if name.isupper() else f"{kind.model_config['env_prefix']}{name}".upper()
        hint = f" ({field.description})" if field and field.description else ""
        lines.append(f"Setting {variable}: {fault['msg']}{hint}")
    return "\n".join(lines)
