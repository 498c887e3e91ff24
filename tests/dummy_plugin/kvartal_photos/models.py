"""Photos, and what the plugin has heard of readings."""

from tortoise import fields

from kvartal.db.models import Row, link

__all__ = ["HeardReading", "Photo"]


class Photo(Row):
    """A photo of a building; announced once the workers have heard of it."""

    organization = link("kvartal.Organization", "photos_photos")
    building = link("kvartal.Building", "photos_photos")
    caption = fields.CharField(max_length=200)
    announced_at = fields.DatetimeField(null=True)
    preview = fields.CharField(max_length=200, null=True)

    class Meta:
        app = "photos"
        table = "photos_photo"


class HeardReading(Row):
    """A reading that the plugin was told of: a row for each time that it was told."""

    organization = link("kvartal.Organization", "photos_heard_readings")
    reading_id = fields.UUIDField(db_index=True)

    class Meta:
        app = "photos"
        table = "photos_heard_reading"
