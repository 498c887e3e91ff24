"""The command line, ``kvartal COMMAND``: processes, and what an operator or an author does."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kvartal.db import migrations
from kvartal.db.connection import tortoise_config
from kvartal.errors import KvartalError
from kvartal.graphql.schema import build_schema, print_sdl
from kvartal.host import Host, load_host, load_registry
from kvartal.logs import configure_logs
from kvartal.registry import Registry
from kvartal.settings import PluginChoice, load_settings

__all__ = ["main"]

SCHEMA_FILE = Path("schema.graphql")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 1 and one sentence if it cannot be done."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except KvartalError as error:
        print(f"kvartal: {error}", file=sys.stderr)  # noqa: T201 -- the command line speaks
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kvartal", description="The Kvartal platform.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    demo = command("demo", _demo, "Run everything with demo data in this terminal.")
    demo.add_argument("--fresh", action="store_true", help="forget the data of earlier starts")
    demo.add_argument("--port", type=int, default=8000, help="port of the web process (8000)")
    demo.add_argument("--date", help="let the demo live on that day, e.g. 2026-11-24")
    command("serve", _serve, "Run a web process.")
    command("worker", _worker, "Run a worker process.")
    command("scheduler", _scheduler, "Run a scheduler process.")
    schema = command("schema", _schema, "Print the GraphQL schema of the plugins that are on.")
    schema.add_argument("--write", action="store_true", help=f"write {SCHEMA_FILE}")
    schema.add_argument("--check", action="store_true", help=f"fail unless {SCHEMA_FILE} is it")
    db = command("db", _db, "Make, apply and check migrations.")
    db.add_argument("action", choices=("make", "migrate", "check"))
    db.add_argument("name", nargs="?", help="what a new migration does, in_words_like_these")
    db.add_argument("--plugin", default="kvartal", help="whose models have changed (kvartal)")
    db.add_argument("--empty", action="store_true", help="a file to be written by hand")
    command("plugins", _plugins, "List the plugins that are on.")
    appointed = command(
        "administrator", _administrator, "Give somebody every right in an organization."
    )
    appointed.add_argument("email", help="whose; a person without a password gets a link")
    appointed.add_argument("--organization", type=int, required=True, help="its number")
    appointed.add_argument("--name", help="makes the organization, if there is none of the number")
    return parser


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the command line speaks


def _host() -> Host:
    settings = load_settings()
    configure_logs(settings)
    return load_host(settings)


def _registry() -> Registry:
    return load_registry(PluginChoice().plugins)


def _demo(arguments: argparse.Namespace) -> int:
    from kvartal.demo.run import run_demo

    return run_demo(fresh=arguments.fresh, port=arguments.port, date=arguments.date)


def _serve(_: argparse.Namespace) -> int:
    from kvartal.asgi import serve

    serve(_host())
    return 0


def _worker(_: argparse.Namespace) -> int:
    from kvartal.worker import run_worker

    asyncio.run(run_worker(_host()))
    return 0


def _scheduler(_: argparse.Namespace) -> int:
    from kvartal.scheduler import run_scheduler

    asyncio.run(run_scheduler(_host()))
    return 0


def _schema(arguments: argparse.Namespace) -> int:
    sdl = print_sdl(build_schema(_registry().plugins))
    if arguments.write:
        SCHEMA_FILE.write_text(sdl, encoding="utf-8")
    elif arguments.check:
        if not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text(encoding="utf-8") != sdl:
            raise KvartalError(f"{SCHEMA_FILE} is not what the code prints: kvartal schema --write")
    else:
        _say(sdl.rstrip())
    return 0


def _db(arguments: argparse.Namespace) -> int:
    if arguments.action == "migrate":
        host = _host()
        applied = asyncio.run(migrations.migrate(host.tortoise, host.registry.chains))
        for name in applied:
            _say(f"applied {name}")
        _say(f"{len(applied)} migrations applied" if applied else "nothing to apply")
        return 0
    registry = _registry()
    config = tortoise_config(
        "postgres://nobody@localhost/none", registry.models, pool_size=1, statement_timeout_ms=1000
    )
    if arguments.action == "check":
        problems = asyncio.run(migrations.check(config, registry.chains))
        for problem in problems:
            _say(problem)
        return 1 if problems else 0
    if not arguments.name:
        raise KvartalError(
            "kvartal db make needs a name: kvartal db make add_photos --plugin photos"
        )
    written = asyncio.run(
        migrations.make(
            config, registry.chains, arguments.plugin, arguments.name, empty=arguments.empty
        )
    )
    _say(f"wrote {written}" if written else "the models have not changed")
    return 0


def _plugins(_: argparse.Namespace) -> int:
    for each in _registry().plugins:
        needs = {"requires": each.plugin.requires, "after": each.plugin.after}
        words = [f"{word} {', '.join(sorted(names))}" for word, names in needs.items() if names]
        _say(f"{each.name:<16} {each.plugin.title:<32} {'; '.join(words)}".rstrip())
    return 0


def _administrator(arguments: argparse.Namespace) -> int:
    from kvartal.auth.staff.service.appointing import Appointed, appoint

    host = _host()
    number = arguments.organization

    async def run() -> Appointed:
        async with host.connected():
            return await appoint(
                arguments.email, host.registry.permissions, number=number, name=arguments.name
            )

    made = asyncio.run(run())
    _say(f"{arguments.email} is an administrator of {number}, {made.organization}")
    _say(f"new rights of the role: {', '.join(made.added) or 'none'}")
    if made.link:
        _say(f"within three days a password is set by: {made.link}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
