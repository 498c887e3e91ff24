"""What an organization has chosen for its residents' home screens."""

from tortoise import fields

from kvartal.db.models import VersionedRow, link

__all__ = ["HomeWidgetChoice"]


class HomeWidgetChoice(VersionedRow):
    """Whether a widget is pinned, and its place; ``key`` is that of the plugin's widget."""

    organization = link("kvartal.Organization", "home_widgets", index=False)
    key = fields.CharField(max_length=50)
    pinned = fields.BooleanField(default=True)
    position = fields.SmallIntField(default=0)

    class Meta:
        app = "kvartal"
        table = "kvartal_home_widget"
        unique_together = (("organization_id", "key"),)
