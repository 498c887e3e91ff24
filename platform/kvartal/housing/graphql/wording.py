"""What the schema says of the estate in more than one place."""

from typing import Annotated

import strawberry

from kvartal.graphql.enums import describe_enum
from kvartal.housing.rules import OrganizationKind, PremiseKind

__all__ = ["ARCHIVED_AT", "EXPECTED_VERSION", "EXTERNAL_ID", "VERSION", "Archived"]

ARCHIVED_AT = "Since when it is in the archive (архив); null while it is in use."
VERSION = "Grows with every change; send it back as `expectedVersion`."
EXPECTED_VERSION = "The version that was edited; refused if it is no longer so."
EXTERNAL_ID = "Its id in the billing system (внешний идентификатор); unique in the organization."

Archived = Annotated[
    bool, strawberry.argument(description="Whether those in the archive are listed too.")
]

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
