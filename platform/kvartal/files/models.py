"""The table of stored files; their content lies in the file store under their ids."""

from uuid import UUID

from tortoise import fields

from kvartal.db.models import Row, link

__all__ = ["StoredFile"]


class StoredFile(Row):
    """A file of an organization, and what it belongs to, by the owner's GraphQL type and key.

    ``uploader_id``: the user or the service token that sent it; until it belongs to something it
    is theirs alone. It is the organization itself if the product has made the file.
    """

    organization_id: UUID
    organization = link("kvartal.Organization", "stored_files", index=False)
    name = fields.CharField(max_length=200)
    media_type = fields.CharField(max_length=100)
    size = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    uploader_id = fields.UUIDField()
    owner_kind = fields.CharField(max_length=100, null=True)
    owner_id = fields.UUIDField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_stored_file"
