"""Other GraphQL servers over the same data: ``scripts/bench --peers``.

Mercurius with its compiler and Yoga send Kvartal's own statement of the list; PostGraphile makes
its statements itself. None of them asks who is there, judges a reading or keeps a limit.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from tests.bench.load import Cost, Load, Target, measure, request
from tests.bench.operations import LIST, SCREEN
from tests.bench.paths import PAGE, PLANNED, WARM_SECONDS, Row, operation, submissions, values
from tests.bench.scene import Scene, answering
from tests.bench.statements import SUBMIT, list_statement

from kvartal.db.connection import execute
from kvartal.graphql.node import encode_id
from kvartal.graphql.paging import page_of
from kvartal.testing.processes import free_port

__all__ = ["installed", "peers"]

SOURCES = Path(__file__).parent / "peers"
NODE = "node_modules/.bin/node"  # PostGraphile wants a newer one than many machines have
SERVERS = ("postgraphile", "mercurius", "yoga")

_FUNCTION = f"""
CREATE OR REPLACE FUNCTION bench_submit(meter uuid, first numeric, second numeric)
RETURNS meters_reading LANGUAGE sql AS $$
{SUBMIT.replace("$4", "now()").replace("$5", "kvartal_uuid7()").rpartition("SELECT")[0]}
SELECT saved.* FROM saved
$$
"""

# PostGraphile names a link by its key's columns, which are not what is measured here.
_NAMES = """
COMMENT ON CONSTRAINT meters_reading_meter_same_building ON meters_reading
IS E'@fieldName meter\\n@foreignFieldName readings'
"""

_LIST = """
query Readings($first: Int!, $organization: UUID!) {
  allMetersReadings(first: $first, condition: {organizationId: $organization},
      orderBy: [SUBMITTED_AT_DESC, PRIMARY_KEY_DESC]) {
    nodes {
      id billingMonth takenOn submittedAt channel authorKind consumption needsReview version
      meter {
        identifier serialNumber type status
        kvartalBuildingByBuildingId { address } kvartalPremiseByPremiseId { number }
        kvartalAccountByAccountId { number }
      }
    }
  }
}
"""

_SCREEN = """
query Meters($premise: UUID!) {
  kvartalPremiseByRowId(rowId: $premise) {
    number kvartalBuildingByBuildingId { address }
    metersMetersByPremiseId {
      nodes {
        id type resourceKind serialNumber status nextVerificationOn latestMonth
        readings(first: 1, orderBy: [BILLING_MONTH_DESC]) {
          nodes { billingMonth takenOn consumption t1 t2 t3 previousT1 previousT2 previousT3 }
        }
      }
    }
  }
}
"""

_SUBMIT = """
mutation Submit($meter: UUID!, $first: BigFloat!, $second: BigFloat) {
  benchSubmit(input: {meter: $meter, first: $first, second: $second}) {
    result { id billingMonth version consumption t1 t2 previousT1 previousT2 }
  }
}
"""


async def installed(directory: Path) -> Path:
    """Where the servers are, with what they need from npm."""
    shutil.copytree(SOURCES, directory, dirs_exist_ok=True)
    command = ("npm", "install", "--silent", "--no-audit", "--no-fund")
    process = await asyncio.create_subprocess_exec(*command, cwd=directory)
    if await process.wait() != 0:
        raise RuntimeError("scripts/bench --peers: npm could not install the other servers")
    return directory


async def peers(scene: Scene, seconds: float, directory: Path) -> AsyncIterator[Row]:
    """List, screen and submission: ours, and those of the others."""
    async with _serving(scene, directory) as targets:
        async for row in _listing(scene, seconds, targets):
            yield row
        async for row in _screens(scene, seconds, targets["postgraphile"]):
            yield row
        async for row in _submitting(scene, seconds, targets["postgraphile"]):
            yield row


@asynccontextmanager
async def _serving(scene: Scene, directory: Path) -> AsyncIterator[dict[str, Target]]:
    await execute(_FUNCTION)
    await execute(_NAMES)
    statement = await list_statement(scene.actor, page_of(PAGE, None, None, None))
    assert statement is not None
    file = directory / "statement.json"
    file.write_bytes(orjson.dumps({"text": statement.text, "args": [*map(_bound, statement.args)]}))
    targets = {}
    async with AsyncExitStack() as stack:
        for name in SERVERS:
            port, log = free_port(), directory / f"{name}.log"
            output = stack.enter_context(log.open("wb"))
            process = await asyncio.create_subprocess_exec(
                *(
                    "node_modules/.bin/node",
                    f"{name}.mjs",
                    scene.database_url,
                    str(port),
                    str(file),
                ),
                cwd=directory,
                env={"NODE_ENV": "production"},
                stdout=output,
                stderr=output,
            )
            stack.push_async_callback(_ended, process)
            await answering(port, log)
            database_pid = scene.targets["kvartal"].database_pid
            targets[name] = Target(name, port, process.pid, database_pid)
        yield targets


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()


def _bound(value: Any) -> Any:
    """A parameter as ``pg`` takes it."""
    if isinstance(value, list | tuple):
        return [_bound(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else str(value)


async def _listing(scene: Scene, seconds: float, targets: dict[str, Target]) -> AsyncIterator[Row]:
    same = [request("/graphql", {"query": LIST, "variables": {"first": PAGE}})]
    variables = {"first": PAGE, "organization": str(scene.organization)}
    own = [request("/graphql", {"query": _LIST, "variables": variables})]
    ours, *theirs = await measure(
        Load(scene.targets["kvartal"], [operation(LIST, {"first": PAGE}, scene.employee)]),
        Load(targets["postgraphile"], own),
        Load(targets["mercurius"], same),
        Load(targets["yoga"], same),
        seconds=seconds,
    )
    for name, cost, least in zip(SERVERS, theirs, (3.0, 1.0, None), strict=True):
        for row in _compared("list of 50 readings", name, cost, ours, least):
            yield row


async def _screens(scene: Scene, seconds: float, postgraphile: Target) -> AsyncIterator[Row]:
    home = scene.homes[-1]
    asked = operation(SCREEN, {"premise": encode_id("Premise", home.premise)}, home.token)
    own = {"query": _SCREEN, "variables": {"premise": str(home.premise)}}
    ours, theirs = await measure(
        Load(scene.targets["kvartal"], [asked]),
        Load(postgraphile, [request("/graphql", own)]),
        seconds=seconds,
    )
    for row in _compared("resident's meters screen", "postgraphile", theirs, ours, 2.0):
        yield row


async def _submitting(scene: Scene, seconds: float, postgraphile: Target) -> AsyncIterator[Row]:
    homes = len(scene.homes) // 8
    own = []
    for home in scene.fresh_homes(homes):
        for number, meter in enumerate(home.meters):
            first, second, *_ = (*values(scene, number), None)
            variables = {
                "meter": str(meter),
                "first": first,
                "second": second,
            }
            own.append(request("/graphql", {"query": _SUBMIT, "variables": variables}))
    ours, theirs = await measure(
        Load(scene.targets["kvartal"], submissions(scene, homes), WARM_SECONDS, PLANNED),
        Load(postgraphile, own, WARM_SECONDS, PLANNED),
        seconds=seconds,
    )
    for row in _compared("submit one reading", "postgraphile", theirs, ours, 1.2):
        yield row


def _compared(path: str, name: str, theirs: Cost, ours: Cost, least: float | None) -> list[Row]:
    factor = theirs.server / ours.server
    aim = ("", None) if least is None else (f"≥ {least:g} ×", factor >= least)
    return [
        Row(path, f"{name}: server", theirs.server, "µs"),
        Row(path, f"{name}: PostgreSQL", theirs.database, "µs"),
        Row(path, f"server of {name} over ours", factor, "×", *aim),
        Row(path, "with PostgreSQL's", theirs.both / ours.both, "×"),
    ]
