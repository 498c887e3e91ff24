"""Settings of retention: for how long is kept what somebody may still ask for."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["RetentionSettings"]


class RetentionSettings(BaseSettings):
    """The part of the host's settings that is about the end of what is stored."""

    model_config = SettingsConfigDict(env_prefix="KVARTAL_", frozen=True, extra="ignore")

    retention_audit_days: int = Field(
        default=1095, ge=0, description="Days that the audit log is kept; 0: for ever."
    )
    retention_outbox_days: int = Field(
        default=7, ge=1, description="Days that events and deliveries are kept when all is done."
    )
    retention_failed_days: int = Field(
        default=90, ge=1, description="Days that deliveries are kept that were given up."
    )
    retention_session_days: int = Field(
        default=30, ge=1, description="Days that sessions are kept when they have ended."
    )
    retention_address_days: int = Field(
        default=180, ge=1, description="Days that an address is known from which somebody came."
    )
    retention_orphan_hours: int = Field(
        default=24, ge=1, description="Hours that an upload is kept that belongs to nothing."
    )
