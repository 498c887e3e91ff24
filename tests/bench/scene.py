"""Everything that is measured, running: both embedded servers, the data, the web processes."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
from tests.bench.load import Target
from tests.bench.seed import Home, Size, homes_of, seed

from kvartal import live
from kvartal.auth.actor import Actor
from kvartal.auth.sessions.service import authenticate
from kvartal.db import migrations
from kvartal.db.connection import execute, fetch
from kvartal.embedded import EmbeddedPostgres, EmbeddedValkey, Servers
from kvartal.graphql.node import encode_id
from kvartal.graphql.schema import build_schema
from kvartal.host import Host, load_host
from kvartal.housing.models import Organization
from kvartal.logs import configure_logs
from kvartal.testing.auth_factories import a_service_token, an_employee, token_of
from kvartal.testing.databases import create_database
from kvartal.testing.host import Committed, settings_for
from kvartal.testing.processes import free_port

__all__ = ["Scene", "answering", "staged"]

START_SECONDS = 60.0
HOMES = 2_000
PLENTY = "1000000000"  # the rates are counted, and never exceeded


@dataclass(slots=True)
class Scene:
    """The web processes by name, and whom requests come from; ``meters`` have one register."""

    host: Host
    organization: UUID
    employee: str
    actor: Actor
    integrator: str
    meters: tuple[UUID, ...]
    homes: tuple[Home, ...]
    size: Size
    targets: dict[str, Target] = field(default_factory=dict)
    homes_used: int = 0

    @property
    def organization_id(self) -> str:
        """The organization as clients know it."""
        return encode_id("Organization", self.organization)

    @property
    def database_url(self) -> str:
        """The database as other clients of PostgreSQL take it."""
        url = self.host.settings.database_url.get_secret_value()
        return url.replace("postgres://", "postgresql://", 1)

    @property
    def has_bulk(self) -> bool:
        """Whether integrators can register readings."""
        schema = build_schema(self.host.registry.plugins)._schema
        assert schema.mutation_type is not None
        return "registerReadings" in schema.mutation_type.fields

    def fresh_homes(self, number: int) -> tuple[Home, ...]:
        """Homes of which no reading has been submitted this month."""
        begin = self.homes_used
        self.homes_used += number
        return self.homes[begin : self.homes_used]


@asynccontextmanager
async def staged(size: Size, directory: Path) -> AsyncIterator[Scene]:
    """Start and fill everything; all ends with the block."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(directory / "postgres", durable=False))
        valkey = stack.enter_context(EmbeddedValkey(directory / "valkey", durable=False))
        servers = Servers(postgres.url, valkey.url)
        await create_database(servers.database_url, "kvartal_bench")
        settings = settings_for(
            servers,
            "kvartal_bench",
            frozenset({"integration", "meters"}),
            "kvartal-bench",
            log_level="ERROR",
            statement_timeout_ms=3_600_000,  # the seed's millions of rows take their time
        )
        configure_logs(settings)
        host = load_host(settings)
        await migrations.migrate(host.tortoise, host.registry.chains)
        await stack.enter_async_context(host.running())
        await stack.enter_async_context(live.serving(live.Hub(host.redis_url, host.live_channel)))
        scene = await _peopled(host, size)
        database_pid = int((postgres.data_dir / "postmaster.pid").read_text().split()[0])
        for name, module, changed in (
            ("kvartal", "kvartal.cli", {}),
            ("reference", "kvartal.cli", {"KVARTAL_COMPILED_COMPLETION": "false"}),
            ("bare", "tests.bench.bare", {}),
        ):
            port = free_port()
            pid = await stack.enter_async_context(
                _serving(module, {**_environment(host), **changed}, port, directory / f"{name}.log")
            )
            scene.targets[name] = Target(name, port, pid, database_pid)
        yield scene


async def _peopled(host: Host, size: Size) -> Scene:
    organization = await seed(size, HOMES)
    for table in ("meters_meter", "meters_reading", "kvartal_premise", "kvartal_account"):
        await execute(f"VACUUM (ANALYZE) {table}")
    await execute("ANALYZE")
    await execute("CHECKPOINT")
    company = await Organization.get(id=organization)
    permissions = host.registry.permissions
    employee = await token_of(await an_employee(company, permissions=permissions))
    rows = await fetch(
        "SELECT id FROM meters_meter WHERE organization_id = $1 AND initial_t2 IS NULL"
        " ORDER BY id DESC",
        organization,
    )
    return Scene(
        host=host,
        organization=organization,
        employee=employee,
        actor=await authenticate(employee),
        integrator=(await a_service_token(company, permissions=permissions)).token,
        meters=tuple(row["id"] for row in rows),
        homes=await homes_of(),
        size=size,
    )


def _environment(host: Host) -> dict[str, str]:
    of_tests = Committed(host, None, None).environment  # type: ignore[arg-type] # only the host is read
    return of_tests | {
        "KVARTAL_RATE_REQUESTS": PLENTY,
        "KVARTAL_RATE_COST": PLENTY,
        "KVARTAL_ACCESS_TOKEN_MINUTES": "1440",
        "KVARTAL_DATABASE_POOL_SIZE": "8",
        "KVARTAL_STATEMENT_TIMEOUT_MS": "30000",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


@asynccontextmanager
async def _serving(
    module: str, environment: Mapping[str, str], port: int, log: Path
) -> AsyncIterator[int]:
    """A web process that answers; its process id."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, "serve"),
            env={**environment, "KVARTAL_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    try:
        await answering(port, log)
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


async def answering(port: int, log: Path) -> None:
    """Wait for a server that has been started."""
    async with httpx.AsyncClient() as client:
        try:
            async with asyncio.timeout(START_SECONDS):
                while True:
                    try:
                        await client.get(f"http://127.0.0.1:{port}/livez")
                        return
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
        except TimeoutError:
            raise RuntimeError(f"no answer; its log is {log}") from None
