"""A server of a small estate on embedded servers, for tools that want a real one.

``python tests/conformance/serve.py DIRECTORY COMMAND…`` runs the command with ``KVARTAL_URL``,
``KVARTAL_TOKEN`` (an employee's) and ``KVARTAL_RESIDENT_TOKEN`` in its environment.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import uvicorn

from kvartal.app import create_app
from kvartal.asgi import server_config
from kvartal.db import migrations
from kvartal.embedded import running_servers
from kvartal.host import Host, load_host
from kvartal.settings import Settings
from kvartal.testing.auth_factories import an_employee, token_of
from kvartal.testing.host import settings_for
from kvartal_meters.testing import a_home, a_reading


async def _estate(host: Host) -> dict[str, str]:
    home = await a_home()
    await a_reading(home.meter, "2026-10", "10")
    employee = await an_employee(home.organization, permissions=host.registry.permissions)
    return {
        "KVARTAL_TOKEN": await token_of(employee),
        "KVARTAL_RESIDENT_TOKEN": await token_of(home.user),
    }


async def _serve(settings: Settings, command: list[str]) -> int:
    host = load_host(settings)
    await migrations.migrate(host.tortoise, host.registry.chains)
    async with host.running():
        environment = await _estate(host)
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
    root = Path(directory)
    root.mkdir(parents=True, exist_ok=True)
    with running_servers(root, durable=False) as servers:
        settings = settings_for(servers, "kvartal", frozenset({"meters"}), "conformance", port=0)
        return asyncio.run(_serve(settings, command))


if __name__ == "__main__":
    sys.exit(main())
