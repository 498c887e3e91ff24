"""Settings of the integration: whom it may call, and how much it takes (KVARTAL_INTEGRATION_*)."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kvartal.settings import HostNames, PluginSettings

__all__ = ["IntegrationSettings"]


class IntegrationSettings(PluginSettings):
    """Settings ``KVARTAL_INTEGRATION_*``."""

    model_config = SettingsConfigDict(
        env_prefix="KVARTAL_INTEGRATION_", frozen=True, extra="ignore"
    )

    allowed_hosts: HostNames = Field(
        default=frozenset(),
        description="Hosts that may be called although they are private, separated by commas.",
    )

    import_megabytes: int = Field(
        default=200, ge=1, le=2_000, description="Megabytes of a file to import."
    )
    operation_entries: int = Field(
        default=10_000,
        ge=1,
        le=100_000,
        description="Errors and warnings that are kept of an operation; all are counted.",
    )
    operation_days: int = Field(
        default=180, ge=1, description="Days that the log of operations goes back."
    )
    operation_file_days: int = Field(
        default=30, ge=1, description="Days that the files of operations are kept."
    )

    spreadsheet_rows: int = Field(
        default=100_000, ge=1, le=1_000_000, description="Rows of an Excel import or export."
    )
    spreadsheet_megabytes: int = Field(
        default=50, ge=1, le=500, description="Megabytes of an Excel file to import."
    )
    spreadsheet_memory_megabytes: int = Field(
        default=600,
        ge=200,
        description="Megabytes of address space of the process that opens an Excel file.",
    )
    spreadsheet_seconds: int = Field(
        default=60, ge=1, description="Processor seconds that it may take; by the clock five times."
    )
