"""``Idempotency-Key``: a mutation that is sent again is answered again, not done again.

The key is claimed and the answer kept in the transaction of the change itself, so there is never
one without the other; a duplicate that comes meanwhile waits for that transaction to end. Only what
was done is kept: a request that was refused changed nothing and is judged anew, and one whose
answer failed is undone whole, for its client knows of no success.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

import orjson
from tortoise import fields

from kvartal import clock
from kvartal.db.connection import execute, fetch_one
from kvartal.db.models import Row, uuid7
from kvartal.db.transaction import unit_of_work
from kvartal.errors import BadInput, KvartalError

__all__ = [
    "KEPT",
    "Attempt",
    "Ending",
    "IdempotencyKey",
    "answered_once",
    "body_hash_of",
    "sweep_keys",
]

KEPT = timedelta(hours=24)

WireDict = dict[str, Any]


class Ending(Enum):
    """What became of an attempt."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


Run = Callable[[], Awaitable[tuple[WireDict, Ending]]]


class IdempotencyKey(Row):
    """A key that a client has used, with the answer it got; without one, that was a secret."""

    actor = fields.CharField(max_length=100)
    key = fields.CharField(max_length=255)
    body_hash = fields.CharField(max_length=64)
    answer = fields.TextField(null=True)
    claimed_at = fields.DatetimeField(db_index=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_idempotency_key"
        unique_together = (("actor", "key"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Somebody asks for one mutation under a key; a ``secret`` answer is never kept."""

    actor: str
    key: str
    body_hash: str
    is_secret: bool = False


class _Failed(KvartalError):
    """There is no answer worth keeping, so nothing of the attempt may stay."""

    def __init__(self, answer: WireDict) -> None:
        super().__init__("the mutation failed")
        self.answer = answer


def body_hash_of(text: str, operation_name: str | None, variables: object) -> str:
    """What makes two requests the same request."""
    canonical = orjson.dumps(
        [text, operation_name, variables], default=_fingerprint, option=orjson.OPT_SORT_KEYS
    )
    return sha256(canonical).hexdigest()


async def answered_once(attempt: Attempt, run: Run) -> WireDict:
    """The kept answer if there is one, else that of ``run``, which tells how it ended."""
    try:
        async with unit_of_work():
            if not await _claim(attempt, clock.now()):
                return await _kept_answer(attempt)
            answer, ending = await run()
            if ending is Ending.FAILED:
                raise _Failed(answer)
            if ending is Ending.REFUSED:
                await _release(attempt)
            elif not attempt.is_secret:
                await _keep(attempt, answer)
            return answer
    except _Failed as failed:
        return failed.answer


async def sweep_keys(limit: int) -> int:
    """Delete keys whose time is over; how many."""
    tag = await execute(
        "DELETE FROM kvartal_idempotency_key WHERE id = ANY(ARRAY"
        "(SELECT id FROM kvartal_idempotency_key WHERE claimed_at < $1 LIMIT $2))",
        clock.now() - KEPT,
        limit,
    )
    return int(tag.removeprefix("DELETE "))


async def _claim(attempt: Attempt, now: datetime) -> bool:
    """Whether the key is ours now; waits for another transaction that is claiming it."""
    claimed = await fetch_one(
        """
        INSERT INTO kvartal_idempotency_key AS known
            (id, actor, key, body_hash, claimed_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $5, $5)
        ON CONFLICT (actor, key) DO UPDATE
            SET id = $1, body_hash = $4, answer = NULL, claimed_at = $5, updated_at = $5
            WHERE known.claimed_at < $6
        RETURNING id
        """,
        uuid7(),
        attempt.actor,
        attempt.key,
        attempt.body_hash,
        now,
        now - KEPT,
    )
    return claimed is not None


async def _kept_answer(attempt: Attempt) -> WireDict:
    known = await fetch_one(
        "SELECT body_hash, answer FROM kvartal_idempotency_key WHERE actor = $1 AND key = $2",
        attempt.actor,
        attempt.key,
    )
    assert known is not None  # our claim has locked the row
    if known["body_hash"] != attempt.body_hash:
        raise BadInput("IDEMPOTENCY_KEY_REUSED")
    if known["answer"] is None:
        raise BadInput("IDEMPOTENCY_ANSWER_SECRET")
    answer: WireDict = orjson.loads(known["answer"])
    return answer


async def _release(attempt: Attempt) -> None:
    await execute(
        "DELETE FROM kvartal_idempotency_key WHERE actor = $1 AND key = $2",
        attempt.actor,
        attempt.key,
    )


async def _keep(attempt: Attempt, answer: WireDict) -> None:
    await execute(
        "UPDATE kvartal_idempotency_key SET answer = $3 WHERE actor = $1 AND key = $2",
        attempt.actor,
        attempt.key,
        orjson.dumps(answer).decode(),
    )


def _fingerprint(value: object) -> object:
    """A variable that JSON does not know: an uploaded file stands for its content."""
    digest = getattr(value, "sha256", None)
    if digest is None:
        raise BadInput("IDEMPOTENCY_NOT_HERE")
    return digest
