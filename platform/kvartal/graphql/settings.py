"""Settings of the edge: what a request may ask for, how often, and from which pages."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kvartal.graphql.trusted import TrustMode

__all__ = ["EdgeSettings"]


class EdgeSettings(BaseSettings):
    """The part of the host's settings that is about GraphQL requests."""

    model_config = SettingsConfigDict(env_prefix="KVARTAL_", frozen=True, extra="ignore")

    limit_document_bytes: int = Field(
        default=32_768, ge=100, description="Bytes of a GraphQL document."
    )
    limit_tokens: int = Field(
        default=3_000, ge=10, description="Lexical tokens of a document; as many comments."
    )
    limit_operations: int = Field(default=10, ge=1, description="Operations in one document.")
    limit_depth: int = Field(
        default=20, ge=1, description="Fields nested in one another, through fragments."
    )
    limit_aliases: int = Field(default=50, ge=0, description="Aliases in a document.")
    limit_directives: int = Field(default=50, ge=0, description="Directives in a document.")
    limit_comparisons: int = Field(
        default=4_000, ge=10, description="Pairs of fields that validation has to compare."
    )
    limit_root_fields: int = Field(default=20, ge=1, description="Root fields of an operation.")
    limit_cost: int = Field(
        default=75_000, ge=10, description="Cost of an operation: fields times page sizes, nested."
    )
    limit_body_bytes: int = Field(
        default=2_000_000, ge=1_000, description="Bytes of a request's body, uploads apart."
    )
    limit_body_seconds: float = Field(
        default=30, gt=0, description="Seconds in which a request's body must have come."
    )
    limit_header_bytes: int = Field(
        default=32_768, ge=1_000, description="Bytes of a request's line and headers."
    )
    limit_header_seconds: float = Field(
        default=10, gt=0, description="Seconds in which a connection's first headers must come."
    )
    limit_message_bytes: int = Field(
        default=256_000, ge=1_000, description="Characters of one WebSocket message."
    )
    limit_socket_operations: int = Field(
        default=50, ge=1, description="Operations that run on one WebSocket at a time."
    )
    limit_sockets: int = Field(
        default=2_500, ge=1, description="WebSockets of one credential, a process."
    )
    limit_socket_idle_seconds: float = Field(
        default=600, gt=0, description="Seconds after which a WebSocket without use is closed."
    )
    rate_requests: int = Field(
        default=6_000, ge=0, description="Requests a minute of one credential; 0: any number."
    )
    rate_cost: int = Field(
        default=10_000_000, ge=0, description="Cost a minute of one credential; 0: any."
    )
    rate_anonymous_requests: int = Field(
        default=1_200,
        ge=0,
        description="Requests a minute from one address without a credential; 0: any number.",
    )
    rate_anonymous_cost: int = Field(
        default=50_000,
        ge=0,
        description="Cost a minute from one address without a credential; 0: any.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins of foreign pages that may call the API, separated by commas.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies whose X-Forwarded-For is believed.",
    )
    trusted_documents: Path | None = Field(
        default=None, description="File or directory of the registered GraphQL documents."
    )
    trusted_documents_mode: TrustMode = Field(
        default=TrustMode.ALLOW,
        description="Documents by SHA-256: 'off'; 'allow' them; 'only' the registered ones.",
    )
    introspection_for_all: bool = Field(
        default=False, description="Let who is not signed in read the schema, too."
    )
    compiled_completion: bool = Field(
        default=True,
        description="Complete answers by functions generated for each document; off, it is slower.",
    )

    @field_validator("trusted_documents", mode="before")
    @classmethod
    def read_nothing(cls, value: object) -> object:
        """Read an empty line as none, not as the present directory."""
        return value or None

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def split_origins(cls, value: object) -> object:
        """Read ``https://a.example, https://b.example``."""
        if isinstance(value, str):
            return tuple(each.strip() for each in value.split(",") if each.strip())
        return value
