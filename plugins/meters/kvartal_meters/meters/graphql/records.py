"""What hangs on a meter: its documents, the verifications it has passed, what it took the place of.

Documents and verifications are the staff's: residents are told whether a meter is verified.
"""

from datetime import date, datetime

import strawberry

from kvartal.context import Info
from kvartal.files.api import StoredFile
from kvartal.graphql.extend import extends
from kvartal_meters.meters.graphql.rows import Meter
from kvartal_meters.meters.loaders import (
    CompletedRow,
    DocumentRow,
    DocumentsByMeter,
    MeterById,
    ReplacementByMeter,
    VerificationsByMeter,
)

__all__ = ["MeterRecords"]


@strawberry.type(description="A document of a house meter (документ по ОДПУ).")
class MeterDocument:
    """A file with who attached it."""

    file: StoredFile = strawberry.field(description="The file, with a link to it.")
    attached_by: str | None = strawberry.field(
        description="The employee who uploaded it; null if a system did."
    )

    @classmethod
    def of(cls, row: DocumentRow) -> "MeterDocument":
        """The document in a row."""
        return cls(file=StoredFile.of(row.file), attached_by=row.by)


@strawberry.type(description="A verification that was carried out (поверка выполнена).")
class CompletedVerification:
    """A row of a meter's history."""

    verified_on: date = strawberry.field(description="When it was carried out.")
    next_verification_on: date | None = strawberry.field(
        description="When the next one was due after it, if an interval was known."
    )
    record_number: str | None = strawberry.field(
        description="Number of its record in the state's register (ФГИС «Аршин»)."
    )
    recorded_at: datetime = strawberry.field(description="When it was recorded.")
    recorded_by: str | None = strawberry.field(
        description="The employee who recorded it; null if a system did."
    )
    file: StoredFile | None = strawberry.field(description="Its certificate, if one is attached.")

    @classmethod
    def of(cls, row: CompletedRow) -> "CompletedVerification":
        """The verification in a row."""
        return cls(
            verified_on=row.record["verified_on"],
            next_verification_on=row.record["next_verification_on"],
            record_number=row.record["record_number"],
            recorded_at=row.record["created_at"],
            recorded_by=row.by,
            file=StoredFile.of(row.file) if row.file else None,
        )


@extends(Meter)
class MeterRecords:
    """What is known of a meter beside its card."""

    @strawberry.field(description="Documents of a house meter, oldest first; residents see none.")
    async def documents(self, info: Info, parent: strawberry.Parent[Meter]) -> list[MeterDocument]:
        """Documents of the meter."""
        rows = await info.context.load(DocumentsByMeter, parent.uuid)
        return [MeterDocument.of(row) for row in rows]

    @strawberry.field(
        description="Verifications that are recorded, latest first; residents see none."
    )
    async def verifications(
        self, info: Info, parent: strawberry.Parent[Meter]
    ) -> list[CompletedVerification]:
        """Verifications of the meter."""
        rows = await info.context.load(VerificationsByMeter, parent.uuid)
        return [CompletedVerification.of(row) for row in rows]

    @strawberry.field(description="The meter whose place it took (взамен какого установлен).")
    async def replaces(self, info: Info, parent: strawberry.Parent[Meter]) -> Meter | None:
        """The replaced meter."""
        if parent.replaces_uuid is None:
            return None
        row = await info.context.load(MeterById, parent.replaces_uuid)
        return Meter.of(row, info.context.locale) if row else None

    @strawberry.field(description="The meter that took its place (каким заменен).")
    async def replaced_by(self, info: Info, parent: strawberry.Parent[Meter]) -> Meter | None:
        """The replacing meter."""
        row = await info.context.load(ReplacementByMeter, parent.uuid)
        return Meter.of(row, info.context.locale) if row else None
