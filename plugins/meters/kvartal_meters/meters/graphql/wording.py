"""The closed sets of meters in the schema, and descriptions that several fields share."""

from typing import Annotated

import strawberry

from kvartal.graphql.enums import describe_enum
from kvartal_meters.meters.rules import (
    ArchiveReason,
    MeterCondition,
    MeterScope,
    MeterStatus,
    VerificationReason,
    VerificationSeverity,
)

__all__ = ["EXPECTED_VERSION", "Archived", "Scope"]

EXPECTED_VERSION = "The version that was edited; refused if it is no longer so."

Archived = Annotated[
    bool, strawberry.argument(description="Whether archived meters are listed too.")
]
Scope = Annotated[
    MeterScope | None, strawberry.argument(description="Only of one kind; null lists all.")
]

describe_enum(
    MeterScope,
    "Whose consumption a meter counts (вид ПУ).",
    INDIVIDUAL="One premise's (индивидуальный, ИПУ).",
    COLLECTIVE="The whole building's (общедомовой, ОДПУ).",
    APARTMENT="A shared flat's (общеквартирный).",
    ROOM="A room's (комнатный).",
)
describe_enum(
    MeterStatus,
    "Where a meter is in its life (статус).",
    ACTIVE="In service (Действующий).",
    VERIFICATION="Due for verification (На поверке).",
    ARCHIVED="Out of use, kept with its readings (Архивный).",
)
describe_enum(
    MeterCondition,
    "Whether a house meter works (состояние).",
    WORKING="It works (исправен).",
    FAULTY="It is out of order (неисправен).",
)
describe_enum(
    VerificationSeverity,
    "How urgent a meter's verification is.",
    NONE="Nothing to do.",
    SOON="Due in fewer than 30 days (yellow).",
    EXPIRED="Overdue (red).",
    ON_VERIFICATION="Marked «На поверке» before its date.",
)
describe_enum(
    ArchiveReason,
    "Why a meter left service (причина вывода в архив).",
    REPLACED="Another meter took its place.",
    FAULTY="It is out of order.",
    VERIFICATION_OVERDUE="Its verification is overdue.",
    LIFETIME_EXPIRED="Its lifetime is over.",
    REMOVED="It was taken down.",
    OTHER="Something else.",
)
describe_enum(
    VerificationReason,
    "Which date put a meter «На поверке» at night.",
    NEXT="That of the next verification.",
    LAST="The last verification and the interval (МПИ) after it.",
    COMM="The commissioning and the interval (МПИ) after it.",
)
