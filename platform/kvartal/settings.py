"""What the operator sets: environment variables ``KVARTAL_*``, read once at start."""

from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kvartal.errors import KvartalError

__all__ = ["PluginChoice", "PluginSettings", "Settings", "SettingsError", "load_settings"]

FIRST_PARTY = frozenset({"meters"})


class SettingsError(KvartalError):
    """A setting is missing or wrong; the text names it and says what to do."""


class PluginSettings(BaseSettings):
    """Base of a plugin's settings; the subclass sets ``env_prefix="KVARTAL_<PLUGIN>_"``."""

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


class Settings(PluginChoice):
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
        min_length=32,
        description="Signs access tokens and seals secrets; at least 32 random characters.",
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
    console_enabled: bool = Field(
        default=False, description="Serve the query console with ready examples at /graphql."
    )
    demo: bool = Field(default=False, description="The demo: sign-ins are shown on the console.")
    clock_offset_seconds: int = Field(
        default=0, description="Shift of the clock; for the demo and tests of windows only."
    )
    log_format: Literal["json", "console"] = Field(default="json", description="Form of the log.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )


def load_settings() -> Settings:
    """The settings from the environment; SettingsError with one line per fault."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        name = str(fault["loc"][0])
        field = Settings.model_fields.get(name)
        variable = name if name.isupper() else f"KVARTAL_{name.upper()}"
        hint = f" ({field.description})" if field and field.description else ""
        lines.append(f"Setting {variable}: {fault['msg']}{hint}")
    return "\n".join(lines)
