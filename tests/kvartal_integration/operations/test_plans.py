"""How PostgreSQL finds what the sweeps are about: by indexes, however long the log has become."""

from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import pytest

from kvartal import clock
from kvartal.db.connection import execute, fetch
from kvartal_integration.operations.queries import sweeping


async def old_ones() -> object:
    return await sweeping.delete_old(clock.now(), limit=500)


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (sweeping.unfinished, "integration_operation_unfinished"),
        (old_ones, "integration_operation_finished"),
    ],
)
async def test_a_sweep_reads_its_index(
    db: None, ask: Callable[[], Awaitable[object]], index: str
) -> None:
    sent: list[tuple[str, tuple[Any, ...]]] = []

    async def note(text: str, *args: Any) -> Any:
        sent.append((text, args))
        return await fetch(text, *args)

    with patch.object(sweeping, "fetch", note):
        await ask()

    [(text, args)] = sent
    await execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(row["QUERY PLAN"] for row in await fetch(f"EXPLAIN {text}", *args))
    assert index in plan
    assert "Seq Scan" not in plan
