"""Opening foreign files in a process of its own, which may die without harm."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import orjson
import structlog

from kvartal.settings import settings_of
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.spreadsheets.service.starter import stopped

__all__ = ["run_child"]

MODULE = "kvartal_integration.spreadsheets.workbook"
PATIENCE = 5
"""So many times its processor time a process may take by the clock: the machine is shared."""

_TO_WRITE = 2
"""So many times as long a process may take that writes the rows that it has read."""

# Each takes its memory: however many imports a worker has under way, few of them read at a time.
_PLACES = asyncio.Semaphore(2)

log = structlog.get_logger("kvartal_integration.spreadsheets")


async def run_child(task: Mapping[str, Any]) -> int:
    """Have the process carry out a task; how many rows it told of.

    OperationFailed if the file is refused, or is too much for the process.
    """
    settings = settings_of(IntegrationSettings)
    seconds = settings.spreadsheet_seconds * (_TO_WRITE if "problems" in task else 1)
    limits = {"megabytes": settings.spreadsheet_memory_megabytes, "seconds": seconds}
    async with _PLACES:
        answer = await _answer({**task, **limits}, seconds * PATIENCE)
    if answer is None:
        raise stopped("X112")
    if "refused" in answer:
        raise stopped(answer["refused"], answer["facts"])
    return int(answer["rows"])


async def _answer(task: Mapping[str, Any], timeout: int) -> dict[str, Any] | None:
    """What the process has said; nothing if it has died, or was ended because it took too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # None of ours: what reads foreign files has no business with secrets.
        env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LANG": "C.UTF-8"},
    )
    try:
        async with asyncio.timeout(timeout):
            told, complaint = await process.communicate(orjson.dumps(task))
    except TimeoutError:
        log.warning("spreadsheets.reader_timed_out", seconds=timeout)
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.warning(
            "spreadsheets.reader_died",
            code=process.returncode,
            complaint=complaint[-2000:].decode(errors="replace"),
        )
        return None
    answer: dict[str, Any] = orjson.loads(told)
    return answer
