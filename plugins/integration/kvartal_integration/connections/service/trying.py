"""Trying a connection: step by step, so that it is seen how far one comes."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from kvartal.addresses import AddressRefused, HostUnknown
from kvartal.audit.api import belongs_to
from kvartal.auth.api import Actor
from kvartal_integration.access import require_exchange
from kvartal_integration.connections import queries
from kvartal_integration.connections.rules import (
    ConnectionValues,
    ExchangeStep,
    ExchangeTestRunning,
    Protocol,
    StepOutcome,
)
from kvartal_integration.connections.service.managing import wanted_of
from kvartal_integration.connections.service.opening import judged, password_of, server_of
from kvartal_integration.exchange.ftp import FtpExchange
from kvartal_integration.exchange.port import ExchangeFailed

__all__ = ["StepResult", "Trial", "tried"]

ANSWER_SECONDS = 10.0
WHOLE_SECONDS = 30.0

_busy: set[UUID] = set()


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of a step; ``reason``: why it failed, by the code of ``exchange.REASON``."""

    step: ExchangeStep
    outcome: StepOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """How far one comes; ``fingerprint``: of the certificate that the server has shown."""

    steps: Sequence[StepResult]
    fingerprint: str | None

    @property
    def is_passed(self) -> bool:
        """Everything works."""
        return all(each.outcome is StepOutcome.PASSED for each in self.steps)


async def tried(actor: Actor, organization_id: UUID, given: Mapping[str, Any]) -> Trial:
    """Try the connection as it is kept, with what was given in its place; nothing is saved.

    It may write and delete a file of its own. One trial at a time in an organization. Nothing of
    the database is held while it waits.
    """
    require_exchange(actor, organization_id)
    belongs_to(organization_id)
    row = await queries.sealed_connection_of(organization_id)
    wanted = wanted_of(row, given)
    with _alone(organization_id):
        password = wanted.password or ""
        if wanted.keeps_password and row is not None:
            try:
                password = password_of(row)
            except ExchangeFailed as failure:
                return _unreadable(wanted.values, failure)
        attempt = _Attempt(wanted.values, password)
        try:
            return await attempt.made()
        finally:
            attempt.close()


@contextmanager
def _alone(organization_id: UUID) -> Iterator[None]:
    if organization_id in _busy:
        raise ExchangeTestRunning
    _busy.add(organization_id)
    try:
        yield
    finally:
        _busy.discard(organization_id)


def _steps_of(values: ConnectionValues) -> list[ExchangeStep]:
    is_secure = values.protocol is Protocol.FTPS
    return [each for each in ExchangeStep if is_secure or each is not ExchangeStep.SECURE]


def _unreadable(values: ConnectionValues, failure: ExchangeFailed) -> Trial:
    return Trial(
        [
            StepResult(each, StepOutcome.FAILED, failure.reason)
            if each is ExchangeStep.LOGIN
            else StepResult(each, StepOutcome.SKIPPED)
            for each in _steps_of(values)
        ],
        None,
    )


class _Attempt:
    """One trial of some settings."""

    def __init__(self, values: ConnectionValues, password: str) -> None:
        self._values = values
        self._password = password
        self._addresses: list[str] = []
        self._exchange: FtpExchange | None = None
        self._fingerprint: str | None = None
        self._probe = f"/kvartal-{uuid4().hex}.txt"

    async def made(self) -> Trial:
        """Take the steps until one fails, or the time is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + WHOLE_SECONDS
        steps: list[StepResult] = []
        for each in _steps_of(self._values):
            if steps and steps[-1].outcome is not StepOutcome.PASSED:
                steps.append(StepResult(each, StepOutcome.SKIPPED))
                continue
            steps.append(await self._taken(each, until))
        return Trial(steps, self._fingerprint)

    def close(self) -> None:
        """End the connection."""
        if self._exchange is not None:
            self._exchange.close()

    async def _taken(self, step: ExchangeStep, until: float) -> StepResult:
        reason: str | None = None
        try:
            async with asyncio.timeout_at(until):
                await self._take(step)
        except TimeoutError:
            reason = "TIMEOUT"
        except (AddressRefused, HostUnknown) as error:
            reason = error.code
        except ExchangeFailed as failure:
            reason = failure.reason
        return StepResult(step, StepOutcome.FAILED if reason else StepOutcome.PASSED, reason)

    async def _take(self, step: ExchangeStep) -> None:
        if step is ExchangeStep.RESOLVE:
            self._addresses = await judged(self._values.host, self._values.port)
            return
        if self._exchange is None:
            self._exchange = self._exchange_of(self._values)
        exchange = self._exchange
        actions: Mapping[ExchangeStep, Callable[[], Awaitable[None]]] = {
            ExchangeStep.CONNECT: exchange.connect,
            ExchangeStep.SECURE: partial(self._secure, exchange),
            ExchangeStep.LOGIN: exchange.login,
            ExchangeStep.LIST: exchange.look,
            ExchangeStep.WRITE: partial(exchange.put, self._probe, io.BytesIO(b"Kvartal\n")),
            ExchangeStep.DELETE: partial(exchange.remove, self._probe),
        }
        await actions[step]()

    def _exchange_of(self, values: ConnectionValues) -> FtpExchange:
        return FtpExchange(
            server_of(values, self._password, self._addresses, longest=ANSWER_SECONDS)
        )

    async def _secure(self, exchange: FtpExchange) -> None:
        try:
            await exchange.secure()
        except ExchangeFailed as failure:
            if failure.reason == "CERTIFICATE":
                self._fingerprint = await self._shown()
            raise
        self._fingerprint = exchange.fingerprint

    async def _shown(self) -> str | None:
        """The fingerprint of a certificate that is not trusted, for people to compare.

        Nobody logs in by such a connection.
        """
        stranger = self._exchange_of(replace(self._values, verify_certificate=False))
        try:
            with suppress(ExchangeFailed):
                await stranger.connect()
                await stranger.secure()
            return stranger.fingerprint
        finally:
            stranger.close()
