"""What the schema says of the estate in more than one place."""

from kvartal.graphql.enums import describe_enum
from kvartal.housing.rules import OrganizationKind, PremiseKind

__all__ = ["EXTERNAL_ID", "VERSION"]

VERSION = "Grows with every change; send it back as `expectedVersion`."
EXTERNAL_ID = "Its id in the billing system (внешний идентификатор); unique in the organization."

describe_enum(
    OrganizationKind,
    "What an organization is in the housing trade.",
    MANAGEMENT_COMPANY="It manages buildings (УО, УК).",
    RESOURCE_SUPPLIER="It supplies water, heat, gas or electricity (РСО).",
)
describe_enum(
    PremiseKind,
    "What a premise is used for.",
    RESIDENTIAL="Somebody lives in it (жилое).",
    NON_RESIDENTIAL="A shop, an office, a store-room (нежилое).",
)
