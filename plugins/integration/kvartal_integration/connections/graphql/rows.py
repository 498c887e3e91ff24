"""A connection and what came of trying it, as rows of GraphQL."""

from datetime import datetime

import strawberry

from kvartal.db.connection import Record
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.node import Node, encode_id
from kvartal.text import say, title
from kvartal_integration.connections import service
from kvartal_integration.connections.rules import (
    ExchangeStep,
    FileEncoding,
    Protocol,
    StepOutcome,
)

__all__ = ["ExchangeServer", "ExchangeTest", "FieldText"]

strawberry.enum(Protocol, name="ExchangeProtocol")
describe_enum(
    Protocol,
    "How files travel (протокол).",
    FTP="In the open, password and all: for networks that nobody else is in.",
    FTPS="Over TLS: on demand (AUTH TLS), at port 990 from the beginning.",
)
describe_enum(
    FileEncoding,
    "In which encoding a server writes the names of its files (кодировка).",
    UTF_8="UTF-8.",
    CP1251="Windows-1251.",
)
strawberry.enum(StepOutcome, name="ExchangeStepOutcome")
describe_enum(
    StepOutcome,
    "What came of a step.",
    PASSED="It works.",
    FAILED="It does not; the message says why.",
    SKIPPED="It was not tried, for what comes before does not work.",
)
describe_enum(
    ExchangeStep,
    "What is tried of a connection, in this order.",
    RESOLVE="The host has an address that may be called.",
    CONNECT="A file server answers there.",
    SECURE="TLS can be agreed on, and the certificate is trusted; with FTPS.",
    LOGIN="The login and password are right.",
    LIST="The root directory can be read: enough for an import that deletes nothing.",
    WRITE="A file can be written there.",
    DELETE="That file can be deleted again.",
)


class FieldText:
    """What the fields of a connection mean, in the schema."""

    PROTOCOL = "How files travel (протокол)."
    HOST = "The server's name or address (хост); inside the installation's network none is called."
    PORT = "Its port (порт), 1 to 65535: usually 21, or 990 for TLS from the beginning."
    USERNAME = "The login (логин), 100 characters at most."
    ROOT = "The directory that all paths begin in (корневой каталог), from a slash on."
    PASSIVE = "Whether we connect for each file, not the server (пассивный режим)."
    VERIFY = (
        "Whether the certificate of an FTPS server must be good: signed by a known authority for"
        " this host, or the one with the fingerprint."
    )
    FINGERPRINT = (
        "The certificate that is trusted, and no other, whoever has signed it (отпечаток): SHA-256"
        " in hex, with or without colons."
    )
    TIMEOUT = "For how many seconds each answer is waited (тайм-аут), 5 to 300."
    ENCODING = "How the server writes names of files (кодировка)."


@strawberry.type(
    description="The file server that an organization exchanges files with"
    " (общие настройки обмена), without its password."
)
class ExchangeServer(Node):
    """A connection."""

    protocol: Protocol = strawberry.field(description=FieldText.PROTOCOL)
    host: str = strawberry.field(description=FieldText.HOST)
    port: int = strawberry.field(description=FieldText.PORT)
    username: str = strawberry.field(description=FieldText.USERNAME)
    has_password: bool = strawberry.field(
        description="Whether a password is kept; it is never shown."
    )
    root: str = strawberry.field(description=FieldText.ROOT)
    passive: bool = strawberry.field(description=FieldText.PASSIVE)
    verify_certificate: bool = strawberry.field(description=FieldText.VERIFY)
    fingerprint: str | None = strawberry.field(description=FieldText.FINGERPRINT)
    timeout_seconds: int = strawberry.field(description=FieldText.TIMEOUT)
    encoding: FileEncoding = strawberry.field(description=FieldText.ENCODING)
    updated_at: datetime = strawberry.field(description="When it was last changed.")
    version: int = strawberry.field(
        description="Grows with every change; the `expectedVersion` of updateExchangeConnection."
    )

    @classmethod
    def of(cls, record: Record) -> "ExchangeServer":
        """The connection in a record."""
        return cls(
            id=encode_id("ExchangeServer", record["id"]),
            protocol=Protocol(record["protocol"]),
            host=record["host"],
            port=record["port"],
            username=record["username"],
            has_password=record["has_password"],
            root=record["root"],
            passive=record["passive"],
            verify_certificate=record["verify_certificate"],
            fingerprint=record["fingerprint"],
            timeout_seconds=record["timeout_seconds"],
            encoding=FileEncoding(record["encoding"]),
            updated_at=record["updated_at"],
            version=record["version"],
        )


@strawberry.type(description="A step of trying a connection.")
class ExchangeTestStep:
    """What came of a step."""

    step: ExchangeStep = strawberry.field(description="What was tried.")
    title: str = strawberry.field(description="What was tried, in the client's language.")
    outcome: StepOutcome = strawberry.field(description="What came of it.")
    code: str | None = strawberry.field(
        description="Why it failed, such as `LOGIN`, `CERTIFICATE` or `TIMEOUT`; null if it has"
        " not."
    )
    message: str | None = strawberry.field(
        description="Why it failed, in the client's language; null if it has not."
    )


@strawberry.type(description="What came of trying a connection (проверить соединение).")
class ExchangeTest:
    """What came of a trial."""

    succeeded: bool = strawberry.field(description="Whether every step has passed.")
    steps: list[ExchangeTestStep] = strawberry.field(description="What was tried, in its order.")
    fingerprint: str | None = strawberry.field(
        description="SHA-256 in hex of the certificate that the server has shown, trusted or not:"
        " to be compared with what its owner says before it is set. Null without TLS."
    )

    @classmethod
    def of(cls, trial: service.Trial, locale: str) -> "ExchangeTest":
        """A trial, as people read it."""
        return cls(
            succeeded=trial.is_passed,
            steps=[_step(each, locale) for each in trial.steps],
            fingerprint=trial.fingerprint,
        )


def _step(result: service.StepResult, locale: str) -> ExchangeTestStep:
    return ExchangeTestStep(
        step=result.step,
        title=title(result.step, locale),
        outcome=result.outcome,
        code=result.reason,
        message=say(f"exchange.{result.reason}", locale) if result.reason else None,
    )
