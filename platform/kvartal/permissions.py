"""The rights that the platform itself asks for; each plugin declares its own."""

from kvartal.plugin import Permission

__all__ = [
    "ALL",
    "AUDIT_VIEW",
    "BUILDING_EDIT",
    "ESTATE_REGISTER",
    "ORDER_MANAGE",
    "ORGANIZATION_EDIT",
    "PREMISE_EDIT",
    "ROLE_MANAGE",
    "SERVICE_EDIT",
    "SERVICE_ORDER",
    "WIDGET_MANAGE",
]

BUILDING_EDIT = Permission(code="housing.building.edit")
PREMISE_EDIT = Permission(code="housing.premise.edit")
ORGANIZATION_EDIT = Permission(code="housing.organization.edit")
ESTATE_REGISTER = Permission(code="housing.estate.register")
SERVICE_EDIT = Permission(code="services.service.edit")
SERVICE_ORDER = Permission(code="services.service.order", for_residents=True)
ORDER_MANAGE = Permission(code="services.order.manage")
WIDGET_MANAGE = Permission(code="home.widget.manage")
ROLE_MANAGE = Permission(code="auth.role.manage")
AUDIT_VIEW = Permission(code="auth.audit.view")

ALL = (
    BUILDING_EDIT,
    PREMISE_EDIT,
    ORGANIZATION_EDIT,
    ESTATE_REGISTER,
    SERVICE_EDIT,
    SERVICE_ORDER,
    ORDER_MANAGE,
    WIDGET_MANAGE,
    ROLE_MANAGE,
    AUDIT_VIEW,
)
