"""How PostgreSQL finds the files that have had their time: by their index."""

from typing import Any
from unittest.mock import patch

import pytest

from kvartal import clock
from kvartal.db.connection import execute, fetch
from kvartal.files import queries


@pytest.mark.parametrize("but", [(), ("text/csv",)])
async def test_old_files_of_an_owner_are_found_by_their_age(db: None, but: tuple[str, ...]) -> None:
    sent: list[tuple[str, tuple[Any, ...]]] = []

    async def note(text: str, *args: Any) -> Any:
        sent.append((text, args))
        return await fetch(text, *args)

    with patch.object(queries, "fetch", note):
        await queries.delete_old("Operation", clock.now(), limit=500, but=but)

    [(text, args)] = sent
    await execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(row["QUERY PLAN"] for row in await fetch(f"EXPLAIN {text}", *args))
    assert "kvartal_stored_file_by_age" in plan
    assert "Seq Scan" not in plan
