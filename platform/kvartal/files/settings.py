"""Settings of stored files: where they lie, and how large one may be."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["FilesSettings"]


class FilesSettings(BaseSettings):
    """The part of the host's settings that is about stored files."""

    model_config = SettingsConfigDict(env_prefix="KVARTAL_", frozen=True, extra="ignore")

    files_dir: Path = Field(
        default=Path(".kvartal/files"),
        description="Directory of stored files, the same for all processes; never served as such.",
    )
    limit_file_bytes: int = Field(
        default=10_000_000,
        ge=1_000,
        description="Bytes of an uploaded file; plugins may take larger ones of some kinds.",
    )
    limit_request_files: int = Field(default=10, ge=1, description="Files in one request.")
    limit_upload_seconds: float = Field(
        default=300, gt=0, description="Seconds in which a request with files must have come."
    )
