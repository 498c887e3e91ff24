"""Where an organization's files are fetched from and put."""

from uuid import UUID

from tortoise import fields

from kvartal.db.models import VersionedRow, link
from kvartal_integration.connections.rules import FileEncoding, Protocol

__all__ = ["ExchangeConnection"]


class ExchangeConnection(VersionedRow):
    """The file server of an organization (общие настройки обмена), one each.

    ``password_sealed``: encrypted for this row alone; it is never read back. ``fingerprint``: of
    the certificate that is trusted though no authority has signed it, SHA-256 in hex.
    """

    organization_id: UUID
    organization = link("kvartal.Organization", "integration_connections", index=False)
    protocol = fields.CharEnumField(Protocol, max_length=10, default=Protocol.FTPS)
    host = fields.CharField(max_length=255)
    port = fields.IntField(default=21)
    username = fields.CharField(max_length=100)
    password_sealed = fields.BinaryField(null=True)
    root = fields.CharField(max_length=500, default="/")
    passive = fields.BooleanField(default=True)
    verify_certificate = fields.BooleanField(default=True)
    fingerprint = fields.CharField(max_length=64, null=True)
    timeout_seconds = fields.SmallIntField(default=30)
    encoding = fields.CharEnumField(FileEncoding, max_length=10, default=FileEncoding.UTF_8)

    class Meta:
        app = "integration"
        table = "integration_connection"
        unique_together = (("organization_id",),)
