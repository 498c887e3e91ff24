"""``kill -9`` of web, worker, scheduler or Valkey in the middle of submissions loses nothing.

Nor does PostgreSQL that cuts all connections, as in a failover.

Real processes over a real database, with the stranger's plugin on, whose handler writes a row for
each time that it is told of a reading.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from kvartal.db.connection import execute, fetch, fetch_one
from kvartal.embedded import EmbeddedValkey
from kvartal.graphql.node import encode_id, uuid_of
from kvartal.testing.auth_factories import token_of
from kvartal.testing.host import Committed
from kvartal.testing.processes import KvartalProcess, free_port
from kvartal.testing.watch import until
from kvartal_meters.meters.models import Meter
from kvartal_meters.testing import Home, a_home, a_meter
from kvartal_photos.plugin import plugin

pytestmark = pytest.mark.committed

DUMMY_PLUGIN = Path(__file__).parents[1] / "dummy_plugin"
VICTIMS = ("web", "worker", "valkey", "scheduler", "connections")
BATCH = 24
CLIENTS = 4
SUBMIT = """
mutation Submit($input: SubmitReadingsInput!) {
  submitReadings(input: $input) { readings { id } errors { code } }
}
"""


@dataclass
class Stage:
    """The processes, and what their clients have been told."""

    home: Home
    meters: list[Meter]
    valkey: EmbeddedValkey
    web: KvartalProcess
    worker: KvartalProcess
    scheduler: KvartalProcess
    url: str
    token: str
    accepted: dict[str, str] = field(default_factory=dict)

    async def start(self) -> None:
        for process in (self.web, self.worker, self.scheduler):
            await process.start()
        await until(self.is_ready, 60)
        await self.worker.started("worker.started")
        await self.scheduler.started("scheduler.started")

    async def is_ready(self) -> bool:
        assert self.web.is_running, self.web.log.read_text()
        async with httpx.AsyncClient(base_url=self.url) as client:
            try:
                return (await client.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

    async def submit(self, meters: Sequence[Meter], after: int) -> asyncio.Task[None]:
        """Begin to submit a reading of each; returns when so many of them have been accepted."""
        enough, left = asyncio.Event(), list(meters)
        expected = len(self.accepted) + after

        async def run() -> None:
            async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
                while left:
                    # As an app does: again until there is an answer.
                    await until(partial(self.submitted, client, left.pop()), 120)
                    if len(self.accepted) >= expected:
                        enough.set()

        async def run_all() -> None:
            await asyncio.gather(*(run() for _ in range(CLIENTS)))

        submitting = asyncio.create_task(run_all())
        await asyncio.wait_for(enough.wait(), 120)
        return submitting

    async def submitted(self, client: httpx.AsyncClient, meter: Meter) -> bool:
        entry = {"meterId": encode_id("Meter", meter.id), "values": ["1"]}
        premise_id = encode_id("Premise", self.home.premise.id)
        variables = {"input": {"premiseId": premise_id, "readings": [entry]}}
        try:
            answer = await client.post(
                "/graphql",
                json={"query": SUBMIT, "variables": variables},
                headers={"Authorization": f"Bearer {self.token}"},
            )
        except httpx.TransportError:
            return False
        if "errors" in answer.json():
            return False
        payload = answer.json()["data"]["submitReadings"]
        assert payload["errors"] == []
        self.accepted[str(meter.id)] = payload["readings"][0]["id"]
        return True

    async def crash(self, name: str) -> None:
        """Kill -9, and start again as a supervisor does."""
        if name == "valkey":
            await asyncio.to_thread(self.valkey.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(self.valkey.start)
        elif name == "connections":
            await execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        else:
            process: KvartalProcess = getattr(self, name)
            await process.kill()
            await process.start()


@pytest.fixture
async def stage(
    committed: Callable[..., AbstractAsyncContextManager[Committed]], tmp_path: Path
) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(committed(plugin))
        # It keeps nothing: what was in the queue when it is killed is lost.
        valkey = stack.enter_context(EmbeddedValkey(tmp_path / "valkey", durable=False))
        port = free_port()
        environment = {
            **own.environment,
            "KVARTAL_REDIS_URL": valkey.url,
            "KVARTAL_PORT": str(port),
            "PYTHONPATH": str(DUMMY_PLUGIN),
        }
        home = await a_home(days=None)
        meters = [home.meter]
        for _ in range(len(VICTIMS) * BATCH - 1):
            meters.append(await a_meter(premise=home.premise, account=home.account))

        def a_process(command: str) -> KvartalProcess:
            process = KvartalProcess(command, environment, tmp_path / f"{command}.log")
            stack.push_async_callback(process.kill)
            return process

        yield Stage(
            home=home,
            meters=meters,
            valkey=valkey,
            web=a_process("serve"),
            worker=a_process("worker"),
            scheduler=a_process("scheduler"),
            url=f"http://127.0.0.1:{port}",
            token=await token_of(home.user),
        )


async def all_delivered() -> bool:
    # Half a minute passes: what was sent to the dead is due again.
    await execute("UPDATE kvartal_delivery SET due_at = now() WHERE locked_until IS NULL")
    row = await fetch_one("SELECT count(*) AS left FROM kvartal_delivery WHERE done_at IS NULL")
    return row is not None and row["left"] == 0


async def ids(sql: str) -> list[str]:
    return sorted(str(row["id"]) for row in await fetch(sql))


async def test_no_accepted_reading_and_no_event_is_lost(stage: Stage) -> None:
    await stage.start()
    for place, name in enumerate(VICTIMS):
        batch = stage.meters[place * BATCH : (place + 1) * BATCH]
        submitting = await stage.submit(batch, after=BATCH // 4)
        assert len(stage.accepted) < (place + 1) * BATCH
        await stage.crash(name)
        await submitting
    await until(all_delivered, 90)

    readings = await ids("SELECT id FROM meters_reading")
    assert len(stage.accepted) == len(stage.meters)
    assert sorted(_uuid_of(each) for each in stage.accepted.values()) == readings
    assert await ids("SELECT reading_id AS id FROM photos_heard_reading") == readings
    assert await fetch("SELECT last_error FROM kvartal_delivery WHERE failed_at IS NOT NULL") == []


def _uuid_of(node_id: str) -> str:
    return str(uuid_of("Reading", node_id))
