"""Loaders of service tokens."""

from kvartal.auth.authority.loaders import BuildingsOf

__all__ = ["BuildingsByServiceToken"]


class BuildingsByServiceToken(BuildingsOf):
    """The buildings that a service token opens."""

    belongs = (
        "EXISTS (SELECT FROM kvartal_service_token_building held"
        " WHERE held.service_token_id = parent.id"
        " AND held.organization_id = b.organization_id AND held.building_id = b.id)"
    )
