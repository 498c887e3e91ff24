"""A server of the demo's two tenants on embedded servers, for tools that want a real one.

``python tests/conformance/serve.py DIRECTORY COMMAND…`` runs the command with ``KVARTAL_URL``,
``KVARTAL_TOKEN`` (an employee's), ``KVARTAL_RESIDENT_TOKEN`` and ``KVARTAL_SERVICE_TOKEN`` in its
environment, all of the first tenant; ``ids.json`` in the directory has ids of things of both.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import uvicorn
from tortoise.models import Model

from kvartal.app import create_app
from kvartal.asgi import server_config
from kvartal.auth.models import Employee, Role, ServiceToken, User
from kvartal.db import migrations
from kvartal.demo.ids import demo_id
from kvartal.demo.inhabitants import SERVICE_TOKEN
from kvartal.demo.people import RESIDENTS
from kvartal.demo.places import Tenant
from kvartal.demo.seed import seed
from kvartal.embedded import running_servers
from kvartal.graphql.node import encode_id
from kvartal.host import Host, load_host
from kvartal.housing.models import (
    Account,
    Building,
    BuildingGroup,
    Organization,
    Premise,
    Quarter,
    Resident,
)
from kvartal.logs import configure_logs
from kvartal.services.models import Service, ServiceOrder
from kvartal.settings import Settings
from kvartal.testing.auth_factories import a_service_token, token_of
from kvartal.testing.factories import a_service, a_service_order
from kvartal.testing.host import settings_for
from kvartal_meters.meters.models import Meter
from kvartal_meters.readings.models import Reading

KINDS: tuple[type[Model], ...] = (
    Account,
    Building,
    BuildingGroup,
    Employee,
    Meter,
    Organization,
    Premise,
    Quarter,
    Reading,
    Resident,
    Role,
    Service,
    ServiceOrder,
    ServiceToken,
)
OF_A_KIND = 3


async def _estate(host: Host) -> dict[str, str]:
    """The tokens of an employee, a resident and an integrator of the first tenant."""
    await seed(host.registry, "kv_nobody")
    employee = await Employee.get(id=demo_id("employee", Tenant.COMPANY))
    resident = await User.get(phone=RESIDENTS[0].phone)
    for tenant in Tenant:
        company = await Organization.get(id=demo_id("organization", tenant))
        premise = await Premise.filter(organization=company).first()
        assert premise is not None
        await a_service_order(premise=premise, service=await a_service(organization=company))
    company = await Organization.get(id=demo_id("organization", Tenant.COMPANY))
    integrator = await a_service_token(company, permissions=host.registry.permissions)
    return {
        "KVARTAL_TOKEN": await token_of(employee),
        "KVARTAL_RESIDENT_TOKEN": await token_of(resident),
        "KVARTAL_SERVICE_TOKEN": integrator.token,
    }


async def _ids() -> dict[str, list[str]]:
    """Some things of each kind of both tenants, save those that the tokens stand on."""
    own = {
        demo_id("employee", Tenant.COMPANY),
        demo_id("role", Tenant.COMPANY),
        (await Resident.get(phone=RESIDENTS[0].phone)).id,
        (await ServiceToken.exclude(id=SERVICE_TOKEN).get()).id,
    }
    found: dict[str, list[str]] = {kind.__name__: [] for kind in KINDS}
    for kind in KINDS:
        for tenant in Tenant:
            owner = "id" if kind is Organization else "organization_id"
            rows = kind.filter(**{owner: demo_id("organization", tenant)}).order_by("id")
            keys = [each.pk for each in await rows if each.pk not in own]
            found[kind.__name__] += [encode_id(kind.__name__, key) for key in keys[:OF_A_KIND]]
    return found


async def _serve(settings: Settings, command: list[str], root: Path) -> int:
    configure_logs(settings.model_copy(update={"log_level": "WARNING"}))
    host = load_host(settings)
    await migrations.migrate(host.tortoise, host.registry.chains)
    async with host.running():
        environment = await _estate(host)
        (root / "ids.json").write_text(json.dumps(await _ids()), "utf-8")
    server = uvicorn.Server(server_config(create_app(host), settings))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn sets no event
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    environment["KVARTAL_URL"] = f"http://127.0.0.1:{port}/graphql"
    tools = ["env", *(f"{name}={value}" for name, value in environment.items()), *command]
    code = await asyncio.to_thread(subprocess.call, tools)
    server.should_exit = True
    await serving
    return code


def main() -> int:
    """Serve while the command runs; its exit status."""
    directory, *command = sys.argv[1:]
    root = Path(directory).absolute()
    root.mkdir(parents=True, exist_ok=True)
    with running_servers(root, durable=False) as servers:
        settings = settings_for(
            servers,
            "kvartal",
            frozenset({"meters"}),
            "conformance",
            port=0,
            access_token_minutes=720,
        )
        return asyncio.run(_serve(settings, command, root))


if __name__ == "__main__":
    sys.exit(main())
