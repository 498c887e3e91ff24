"""Real processes for tests that kill them."""

import asyncio
from pathlib import Path

import pytest

from kvartal.testing.processes import KvartalProcess, free_port, running_process


async def test_a_process_that_cannot_start_fails_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="Setting KVARTAL_DATABASE_URL: Field required"):
        async with running_process("worker", {}, tmp_path / "log", "worker.started"):
            pytest.fail("not reached")


async def test_a_process_that_has_not_been_started_is_nothing_to_end(tmp_path: Path) -> None:
    process = KvartalProcess("worker", {}, tmp_path / "log")

    assert not process.is_running
    assert await process.stop() == 0
    await process.kill()


async def test_a_free_port_can_be_listened_on() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", free_port())
    server.close()
    await server.wait_closed()
