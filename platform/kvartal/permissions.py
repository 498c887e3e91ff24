"""The rights that the platform itself asks for; each plugin declares its own."""

from kvartal.plugin import Permission

__all__ = ["ALL", "BUILDING_EDIT", "PREMISE_EDIT", "ROLE_MANAGE"]

BUILDING_EDIT = Permission(code="housing.building.edit")
PREMISE_EDIT = Permission(code="housing.premise.edit")
ROLE_MANAGE = Permission(code="auth.role.manage")

ALL = (BUILDING_EDIT, PREMISE_EDIT, ROLE_MANAGE)
