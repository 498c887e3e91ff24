"""The measured paths: each told with its target, and whether it was met."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tests.bench.load import Cost, Load, measure, request
from tests.bench.operations import BULK, HISTORY, LIST, SCREEN, SUBMIT, WIDGET
from tests.bench.scene import Scene

from kvartal.graphql.node import encode_id

__all__ = [
    "PAGE",
    "PLANNED",
    "WARM_SECONDS",
    "Row",
    "bulk",
    "doorkeeper",
    "history",
    "listing",
    "operation",
    "screen",
    "submissions",
    "submitting",
    "values",
    "widget",
]

PAGE = 50
READINGS_OF_A_CALL = 500
# So often is asked until each of the pool's connections has its statements planned for good.
PLANNED = 250
WARM_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report; ``met`` is None where there is no target."""

    path: str
    what: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None


def _costs(path: str, name: str, cost: Cost) -> list[Row]:
    return [
        Row(path, f"{name}: server", cost.server, "µs"),
        Row(path, f"{name}: PostgreSQL", cost.database, "µs"),
    ]


def _ratio(path: str, what: str, value: float, least: float) -> Row:
    return Row(path, what, value, "×", f"≥ {least:g} ×", value >= least)


def operation(query: str, variables: object, token: str) -> bytes:
    """A request to Kvartal's endpoint."""
    return request("/graphql", {"query": query, "variables": variables}, token)


async def listing(scene: Scene, seconds: float) -> AsyncIterator[Row]:
    """The list of 50 readings: against a bare endpoint, and without compiled completion."""
    path = "list of 50 readings"
    asked = [operation(LIST, {"first": PAGE}, scene.employee)]
    targets = scene.targets
    same, lean = [[request(name, {"first": PAGE}, scene.employee)] for name in ("/list", "/lean")]
    bare, leaner, compiled, reference = await measure(
        Load(targets["bare"], same),
        Load(targets["bare"], lean),
        Load(targets["kvartal"], asked),
        Load(targets["reference"], asked),
        seconds=seconds,
    )
    for name, cost in (("bare, same SQL", bare), ("bare, lean SQL", leaner)):
        for row in _costs(path, name, cost):
            yield row
    yield Row(path, "server", compiled.server, "µs", "≤ 1200 µs", compiled.server <= 1200)
    yield Row(path, "PostgreSQL", compiled.database, "µs", "≤ 600 µs", compiled.database <= 600)
    yield Row(path, "server over bare", compiled.server / bare.server, "×")
    yield Row(path, "server, completion not compiled", reference.server, "µs")
    yield Row(path, "compiled completion saves", reference.server / compiled.server, "×")
    yield Row(path, "requests a second", compiled.rate, "")


async def doorkeeper(scene: Scene, seconds: float) -> AsyncIterator[Row]:
    """What credentials, context and rates add to the endpoint."""
    path = "auth, context, limits"
    asked = [operation(LIST, {"first": PAGE}, scene.employee)]
    without, guarded = await measure(
        Load(scene.targets["bare"], asked), Load(scene.targets["kvartal"], asked), seconds=seconds
    )
    for row in _costs(path, "without", without):
        yield row
    factor = guarded.server / without.server
    yield Row(path, "server with over without", factor, "×", "≤ 1.15 ×", factor <= 1.15)
    factor = guarded.both / without.both
    yield Row(path, "with PostgreSQL's", factor, "×")


async def screen(scene: Scene, seconds: float) -> AsyncIterator[Row]:
    """The resident's meters: against the same by hand."""
    async for row in _against_bare(
        scene, seconds, "resident's meters screen", SCREEN, "/screen", 0.9
    ):
        yield row


async def widget(scene: Scene, seconds: float) -> AsyncIterator[Row]:
    """The widget k/N: against the same by hand."""
    async for row in _against_bare(scene, seconds, "widget k/N", WIDGET, "/widget", 0.5):
        yield row


async def history(scene: Scene, seconds: float) -> AsyncIterator[Row]:
    """A year of a home's readings by months, and the chart of its water."""
    path, home = "a resident's history of a year", scene.homes[-1]
    variables = {"premise": encode_id("Premise", home.premise)}
    load = Load(scene.targets["kvartal"], [operation(HISTORY, variables, home.token)])
    [cost] = await measure(load, seconds=seconds)
    for row in _costs(path, "Kvartal", cost):
        yield row


async def _against_bare(
    scene: Scene, seconds: float, path: str, query: str, endpoint: str, least: float
) -> AsyncIterator[Row]:
    home = scene.homes[-1]
    variables = {"premise": encode_id("Premise", home.premise)}
    by_hand = request(endpoint, {"premise": str(home.premise)}, home.token)
    bare, ours = await measure(
        Load(scene.targets["bare"], [by_hand]),
        Load(scene.targets["kvartal"], [operation(query, variables, home.token)]),
        seconds=seconds,
    )
    for name, cost in (("by hand", bare), ("Kvartal", ours)):
        for row in _costs(path, name, cost):
            yield row
    yield _ratio(path, "by hand over Kvartal", bare.both / ours.both, least)
    yield Row(path, "requests a second", ours.rate, "")


async def submitting(scene: Scene, seconds: float) -> AsyncIterator[Row]:
    """One reading, with all rules: against one statement by hand."""
    path = "submit one reading"
    homes = len(scene.homes) // 8
    by_hand = [
        request(
            "/submit",
            {"meter": str(meter), "values": values(scene, number)},
            home.token,
        )
        for home in scene.fresh_homes(homes)
        for number, meter in enumerate(home.meters)
    ]
    ours = submissions(scene, homes)
    bare, compared = await measure(
        Load(scene.targets["bare"], by_hand, WARM_SECONDS, PLANNED),
        Load(scene.targets["kvartal"], ours, WARM_SECONDS, PLANNED),
        seconds=seconds,
    )
    for name, cost in (("one statement", bare), ("Kvartal", compared)):
        for row in _costs(path, name, cost):
            yield row
    yield _ratio(path, "one statement over Kvartal", bare.both / compared.both, 0.6)
    yield Row(path, "requests a second", compared.rate, "")


def submissions(scene: Scene, homes: int) -> list[bytes]:
    """One for each meter of so many homes that have not been used yet."""
    return [
        operation(
            SUBMIT,
            {
                "input": {
                    "premiseId": encode_id("Premise", home.premise),
                    "readings": [
                        {"meterId": encode_id("Meter", meter), "values": values(scene, number)}
                    ],
                }
            },
            home.token,
        )
        for home in scene.fresh_homes(homes)
        for number, meter in enumerate(home.meters)
    ]


def values(scene: Scene, number: int) -> list[str]:
    """What a home's meter shows this month, of each of its registers."""
    # The second of a home's meters, by type, has two tariffs: COLD, ELECTRICITY, HEATING, HOT.
    return [scene.size.next_value] * (2 if number == 1 else 1)


async def bulk(scene: Scene, seconds: float) -> AsyncIterator[Row]:
    """500 new readings in one call of an integrator."""
    path = "500 rows in one call"
    used = {meter for home in scene.homes[: scene.homes_used] for meter in home.meters}
    meters = [meter for meter in scene.meters if meter not in used]
    calls = [
        _bulk(scene, [encode_id("Meter", meter) for meter in meters[at : at + READINGS_OF_A_CALL]])
        for at in range(0, len(meters) - READINGS_OF_A_CALL + 1, READINGS_OF_A_CALL)
    ]
    load = Load(scene.targets["kvartal"], calls, WARM_SECONDS, warming=4, connections=2)
    [cost] = await measure(load, seconds=seconds)
    server, database = cost.server / 1000, cost.database / 1000
    yield Row(path, "server", server, "ms", "≤ 20 ms", server <= 20)
    yield Row(path, "PostgreSQL", database, "ms", "≤ 60 ms", database <= 60)


def _bulk(scene: Scene, meters: Sequence[str]) -> bytes:
    rows = [{"meterId": meter, "values": [scene.size.next_value]} for meter in meters]
    variables = {"input": {"organizationId": scene.organization_id, "readings": rows}}
    return operation(BULK, variables, scene.integrator)
