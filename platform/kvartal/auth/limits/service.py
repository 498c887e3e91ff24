"""Counting attempts before they are made; see ``rules`` for who pays for what."""

import hashlib
import hmac
from collections.abc import Sequence

import structlog

from kvartal import clock
from kvartal.auth.limits import queries
from kvartal.auth.limits.rules import Budget, Budgets, seconds_until
from kvartal.auth.policy import policy
from kvartal.db.transaction import OutsideUnitOfWork, current_work, unit_of_work
from kvartal.errors import BadInput, RateLimited

__all__ = ["counted_apart", "give_back", "spend"]

log = structlog.get_logger("kvartal.auth")


def counted_apart() -> None:
    """Refuse to count inside a unit of work: a refusal would roll the count back."""
    try:
        current_work()
    except OutsideUnitOfWork:
        return
    # Only a request with an Idempotency-Key has one around it.
    raise BadInput("IDEMPOTENCY_NOT_FOR_SIGN_IN")


async def spend(budgets: Budgets) -> bool:
    """Pay for one attempt, or raise RateLimited; False if it must fail whatever it is."""
    counted_apart()
    now = clock.now()
    loud = await queries.spend_from(_keys(budgets.loud), budgets.loud, now=now)
    if not loud.is_granted:
        log.warning("auth.attempts_limited", budget=_purpose(budgets.loud))
        raise RateLimited(retry_after=seconds_until(loud.free_at, now))
    if not budgets.strangers:
        return True
    quiet = await queries.spend_from(_keys(budgets.strangers), budgets.strangers, now=now)
    if not quiet.is_granted:
        log.warning("auth.strangers_limited", budget=_purpose(budgets.strangers))
    return quiet.is_granted


async def give_back(budgets: Budgets) -> None:
    """The attempt was right: it costs nothing, and the place's earlier failures are forgotten."""
    shared = budgets.shared
    # What comes after it, such as hashing a password, takes long: nobody may wait for that.
    async with unit_of_work(apart=True):
        await queries.return_to(_keys(shared), shared, emptied=_keys(budgets.own), now=clock.now())


def _keys(budgets: Sequence[Budget]) -> list[str]:
    key = policy().limit_key
    return [hmac.digest(key, each.key.encode(), hashlib.sha256).hex() for each in budgets]


def _purpose(budgets: Sequence[Budget]) -> str:
    return budgets[0].key.partition("|")[0]
