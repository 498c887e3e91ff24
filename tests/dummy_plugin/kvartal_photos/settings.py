"""What the operator sets."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kvartal.settings import PluginSettings

__all__ = ["PhotosSettings"]


class PhotosSettings(PluginSettings):
    """Settings ``KVARTAL_PHOTOS_*``."""

    model_config = SettingsConfigDict(env_prefix="KVARTAL_PHOTOS_")

    per_building: int = Field(default=3, ge=1, description="Photos that a building may have.")
