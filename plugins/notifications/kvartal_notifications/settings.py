"""Settings of the notifications: push services, and how fast they are used."""

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from kvartal.settings import HostNames, PluginSettings
from kvartal_notifications.channels.fcm.account import ServiceAccount
from kvartal_notifications.channels.web_push.keys import SigningKey

__all__ = ["NotificationsSettings"]


class NotificationsSettings(PluginSettings):
    """Settings ``KVARTAL_NOTIFICATIONS_*``."""

    model_config = SettingsConfigDict(
        env_prefix="KVARTAL_NOTIFICATIONS_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    fcm_credentials_file: Path | None = Field(
        default=None,
        description="Key file (JSON) of the service account that sends by FCM; none: no FCM.",
    )
    fcm_url: str = Field(
        default="https://fcm.googleapis.com", description="Where FCM's HTTP v1 interface is."
    )
    web_push_key_file: Path | None = Field(
        default=None,
        description="Private key (PEM, P-256) that signs Web Push (VAPID); none: no Web Push.",
    )
    web_push_contact: str = Field(
        default="",
        validate_default=True,
        description="E-mail that push services may write to about our pushes.",
    )
    allowed_hosts: HostNames = Field(
        default=frozenset(),
        description="Push services that may be called although private, separated by commas.",
    )
    pushes_per_second: int = Field(
        default=140, ge=1, le=10_000, description="So many reminders fall due in a second."
    )
    notification_days: int = Field(
        default=180, ge=1, description="Days that notices and their deliveries are kept."
    )

    @field_validator("fcm_credentials_file")
    @classmethod
    def read_account(cls, value: Path | None) -> Path | None:
        """A file that names no service account stops the start, not the first push."""
        if value is not None:
            ServiceAccount.read(value)
        return value

    @field_validator("web_push_key_file")
    @classmethod
    def read_key(cls, value: Path | None) -> Path | None:
        """A file without a key of the right kind stops the start."""
        if value is not None:
            SigningKey.read(value)
        return value

    @field_validator("web_push_contact")
    @classmethod
    def require_contact(cls, value: str, info: ValidationInfo) -> str:
        """Some push services take nothing from who gives no address."""
        local, _, host = value.partition("@")
        is_address = local and host and not set(value) & set(" :,<>")
        if info.data.get("web_push_key_file") is not None and not is_address:
            raise ValueError("must be an e-mail address, since Web Push is set up")
        return value
