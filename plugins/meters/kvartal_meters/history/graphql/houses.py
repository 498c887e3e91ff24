"""The tab «Общие»: a house's own meters, by resource."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from kvartal import text
from kvartal.context import Info
from kvartal.db.connection import Record
from kvartal.graphql.extend import extends
from kvartal.housing.api import Building
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.history.loaders import CollectiveMetersByBuilding
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.meters.rules import MeterStatus, VerificationSeverity

__all__ = ["BuildingResources", "CollectiveResource", "MeterValidity"]

VALID = frozenset({VerificationSeverity.NONE, VerificationSeverity.SOON})


@strawberry.type(description="A resource that a house has meters of its own for («Общие»).")
class CollectiveResource:
    """One resource with the house's meters."""

    resource_kind: ResourceKind = strawberry.field(description="The resource (группа учёта).")
    title: str = strawberry.field(description="Its name in the client's language.")
    last_updated_at: datetime | None = strawberry.field(
        description="When a reading of its meters was saved last; null if none was, and for staff"
        " without the right to see readings."
    )
    meters: list[Meter] = strawberry.field(description="The meters (ОДПУ) that are in service.")

    @classmethod
    def of(cls, kind: ResourceKind, rows: Sequence[Record], locale: str) -> "CollectiveResource":
        """The resource of these meters."""
        updates = [row["last_updated_at"] for row in rows if row["last_updated_at"] is not None]
        return cls(
            resource_kind=kind,
            title=text.title(kind, locale),
            last_updated_at=max(updates, default=None),
            meters=[Meter.of(row, locale) for row in rows],
        )


@extends(Building)
class BuildingResources:
    """What a building shows of its own meters."""

    @strawberry.field(
        description="The resources that it has meters of its own for («Общие»), with the meters."
    )
    async def collective_resources(
        self, info: Info, parent: strawberry.Parent[Building]
    ) -> list[CollectiveResource]:
        """Resources of the building."""
        found: dict[str, list[Record]] = {kind.value: [] for kind in ResourceKind}
        for row in await info.context.load(CollectiveMetersByBuilding, parent.uuid):
            found[row["resource_kind"]].append(row)
        return [
            CollectiveResource.of(ResourceKind(kind), rows, info.context.locale)
            for kind, rows in found.items()
            if rows
        ]


@extends(Meter)
class MeterValidity:
    """Whether a meter can be relied on."""

    @strawberry.field(
        description="Whether its verification is valid today (поверен): neither overdue nor marked"
        " «На поверке»; null in the archive, and if no date is known."
    )
    def is_verified(self, parent: strawberry.Parent[Meter]) -> bool | None:
        """The verification in one word."""
        found = parent.verification
        unknown = found.due_on is None and found.severity is VerificationSeverity.NONE
        if unknown or parent.status is MeterStatus.ARCHIVED:
            return None
        return found.severity in VALID
