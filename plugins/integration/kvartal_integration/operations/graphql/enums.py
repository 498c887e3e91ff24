"""The closed sets of the log in the schema."""

from kvartal.graphql.enums import describe_enum
from kvartal_integration.operations.rules import (
    Direction,
    EntrySeverity,
    OperationKind,
    OperationStatus,
    Trigger,
)

__all__: list[str] = []

describe_enum(
    Direction,
    "Which way data goes, always seen from our side.",
    IMPORT="From another system to us (загрузка).",
    EXPORT="From us to another system (выгрузка).",
)
describe_enum(
    OperationKind,
    "What an operation does (суть).",
    XML_IMPORT="Reads meters and readings from XML files of a file server.",
    XML_EXPORT="Writes readings to an XML file on a file server.",
    EXCEL_IMPORT="Reads readings from an Excel file.",
    EXCEL_EXPORT="Writes readings to an Excel file.",
)
describe_enum(
    OperationStatus,
    "How far an operation has come.",
    QUEUED="It waits for a worker (в очереди).",
    RUNNING="It is being carried out (выполняется).",
    SUCCEEDED="It is over, and there was nothing to complain of (успешно).",
    SUCCEEDED_WITH_WARNINGS="It came to its end, but some rows have errors or warnings.",
    FAILED="It was stopped by an error; what it had saved before stays (ошибка).",
    CANCELLED="Somebody has stopped it; what it had saved before stays (отменена).",
)
describe_enum(
    Trigger,
    "What has started an operation.",
    PERSON="An employee, or a system with a token.",
    SCHEDULE="Its schedule (расписание).",
)
describe_enum(
    EntrySeverity,
    "What an entry of the log means.",
    ERROR="The operation has stopped, or the row was not saved.",
    WARNING="Something was left out or saved otherwise than it stands in the file.",
)
