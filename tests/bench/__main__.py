"""``scripts/bench``: measures the hot paths on this machine and tells what met its target."""

import argparse
import asyncio
import json
import platform
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.bench import applying, counts, exchange, others, paths, sockets, workbooks
from tests.bench.night import night
from tests.bench.paths import Row
from tests.bench.scene import Scene, staged
from tests.bench.seed import Size

SIZES = {"tiny": Size(4_800, months=3), "small": Size(40_000, months=12), "full": Size(200_000)}
PEERS = Path(__file__).parents[2] / ".kvartal" / "bench-peers"
Path_ = Callable[[Scene, float], AsyncIterator[Row]]
MEASURED: Mapping[str, Path_] = {
    "list": paths.listing,
    "doorkeeper": paths.doorkeeper,
    "screen": paths.screen,
    "widget": paths.widget,
    "history": paths.history,
    "plans": lambda scene, _: counts.plans(scene),
    "statements": lambda scene, _: counts.statements(scene),
    "submit": paths.submitting,
    "bulk": paths.bulk,
    "topic": lambda scene, _: sockets.shared_topic(scene),
    "premises": lambda scene, _: sockets.own_premises(scene),
    "apply": lambda scene, _: applying.applying(scene),
    "import": lambda scene, _: exchange.importing(scene),
    "excel": lambda scene, _: workbooks.workbooks(scene),
    # The last one: what it takes back lies about in the tables.
    "night": lambda scene, _: night(scene),
}


def main(argv: Sequence[str]) -> int:
    """Measure; 1 if this machine cannot be measured."""
    arguments = _parser().parse_args(argv)
    if not Path("/proc/self/schedstat").exists():
        _say("scripts/bench: CPU time is read from /proc of Linux: run it there.")
        return 1
    rows = asyncio.run(_run(arguments))
    missed = [row for row in rows if row.met is False]
    aimed = [row for row in rows if row.met is not None]
    _say(f"{len(aimed) - len(missed)} of {len(aimed)} targets met")
    if arguments.json is not None:
        report = {
            "machine": platform.platform(),
            "python": platform.python_version(),
            "size": arguments.size,
            "rows": [asdict(row) for row in rows],
        }
        arguments.json.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return 0


async def _run(arguments: argparse.Namespace) -> list[Row]:
    size = SIZES[arguments.size]
    rows: list[Row] = []

    def note(row: Row) -> None:
        rows.append(row)
        _say(_line(row))

    with tempfile.TemporaryDirectory(prefix="kvartal-bench-") as directory:
        _say(f"seeding {size.meters} meters with {size.readings} readings …")
        async with staged(size, Path(directory)) as scene:
            _say(f"{'path':<36} {'what':<34} {'measured':>12}  target")
            for name in arguments.only if arguments.only is not None else MEASURED:
                if name == "bulk" and not scene.has_bulk:
                    continue
                async for row in MEASURED[name](scene, arguments.seconds):
                    note(row)
            if arguments.peers:
                servers = await others.installed(PEERS)
                async for row in others.peers(scene, arguments.seconds, servers):
                    note(row)
    return rows


def _line(row: Row) -> str:
    number = f"{row.value:.2f}" if row.value < 10 else f"{row.value:.0f}"
    verdict = {None: "", True: "met", False: "MISSED"}[row.met]
    measured = f"{number} {row.unit}".rstrip()
    return f"{row.path:<36} {row.what:<34} {measured:>12}  {row.target:<28} {verdict}".rstrip()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the command line speaks


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="CPU time of server and PostgreSQL a request, against hand-written endpoints.",
    )
    parser.add_argument("--size", choices=SIZES, default="small", help="how much data (small)")
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="how long each load lasts (4)", metavar="N"
    )
    parser.add_argument("--only", nargs="*", choices=MEASURED, help="measure these paths alone")
    parser.add_argument(
        "--peers", action="store_true", help="other GraphQL servers too (needs npm)"
    )
    parser.add_argument("--json", type=Path, help="write the report to this file", metavar="FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
