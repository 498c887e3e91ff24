"""The house rules: each finds its breach, and lets the right way pass."""

from pathlib import Path

import pytest

from kvartal.testing.lint import RULES, lint, main

CLOCK = "from datetime import date, datetime\nimport time\n"
LOOP = "from kvartal.db.connection import fetch\nfrom kvartal_x import queries, service\n"
BREACHES = [
    ("clock", CLOCK + "x = datetime.now()"),
    ("clock", CLOCK + "x = datetime.utcnow()"),
    ("clock", CLOCK + "x = date.today()"),
    ("clock", CLOCK + "x = time.time()"),
    ("clock", 'x = "SELECT 1 FROM t WHERE at < now()"'),
    ("clock", 'x = f"SELECT {1} WHERE at < CURRENT_TIMESTAMP"'),
    ("tenant-filter", "def f(actor):\n    return actor.memberships"),
    ("tenant-filter", 'x = "SELECT 1 FROM kvartal_building_access"'),
    ("query-in-loop", LOOP + "async def f():\n    for x in y:\n        await fetch('')"),
    (
        "query-in-loop",
        LOOP
        + "async def f():\n    for x in y:\n        if x:\n            z = await queries.all(x)",
    ),
    ("query-in-loop", LOOP + "async def f():\n    async for x in y:\n        await fetch('')"),
    ("query-in-loop", LOOP + "async def f():\n    return [await queries.one(x) for x in y]"),
    ("query-in-loop", LOOP + "async def f():\n    return {x: await queries.one(x) for x in y}"),
    ("query-in-loop", LOOP + "async def f():\n    return [x for x in y if await queries.one(x)]"),
    (
        "query-in-loop",
        "from a.queries import b\nasync def f():\n    for x in y: await b(x)",
    ),
    (
        "query-in-loop",
        "from a.queries.b import c\nasync def f():\n    for x in y: await c.d(x)",
    ),
    ("log-event", 'log.info("imported")'),
    ("log-event", 'log.error(f"readings.{1}")'),
    ("log-event", 'log.warning("Readings imported")'),
    ("log-event", "log.info()"),
    ("own-error", "raise Exception"),
    ("own-error", 'raise Exception("wrong")'),
    ("own-error", "raise BaseException()"),
]
FINE = [
    ("clock", "from kvartal import clock\nx = clock.now(), clock.today('UTC')"),
    ("clock", "x = time.monotonic(), knowhow()"),
    ("clock", '"""They know() it."""'),
    ("tenant-filter", "x = visible_to(actor)"),
    ("query-in-loop", LOOP + "async def f():\n    for x in await fetch(''):\n        print(x)"),
    ("query-in-loop", LOOP + "async def f():\n    return [x for x in await queries.all()]"),
    ("query-in-loop", LOOP + "async def f():\n    for x in y:\n        await service.save(x)"),
    ("query-in-loop", LOOP + "async def f():\n    while True:\n        await fetch('')"),
    ("log-event", 'log.info("readings.imported", count=1)'),
    ("log-event", 'print("imported")'),
    ("own-error", "try:\n    pass\nexcept ValueError:\n    raise"),
    ("own-error", "raise PeriodClosed(opens_on=None)"),
]


def rules_broken(folder: Path, code: str, name: str = "kvartal_x/things/queries.py") -> list[str]:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code, encoding="utf-8")
    return [finding.rule for finding in lint([folder])]


@pytest.mark.parametrize(("rule", "code"), BREACHES)
def test_a_breach_is_found(rule: str, code: str, tmp_path: Path) -> None:
    assert rules_broken(tmp_path, code) == [rule]


@pytest.mark.parametrize(("rule", "code"), FINE)
def test_the_right_way_passes(rule: str, code: str, tmp_path: Path) -> None:
    assert rules_broken(tmp_path, code) == []
    assert rule in RULES


@pytest.mark.parametrize(("rule", "code"), BREACHES)
def test_a_line_may_ask_to_be_left_alone(rule: str, code: str, tmp_path: Path) -> None:
    *before, last = code.splitlines()
    indent = last[: len(last) - len(last.lstrip())]
    above = [*before, f"{indent}# lint-skip: {rule} -- it must", last]

    assert rules_broken(tmp_path, f"{code}  # lint-skip: {rule} -- it must") == []
    assert rules_broken(tmp_path, "\n".join(above)) == []
    assert rules_broken(tmp_path, f"{code}  # lint-skip: another-rule") == [rule]


@pytest.mark.parametrize(
    ("case", "name", "code"),
    [
        ("the clock itself", "kvartal/clock.py", CLOCK + "x = datetime.now()"),
        ("who decides access", "kvartal/auth/access.py", "x = actor.memberships"),
        ("steps, which filter nothing", "kvartal_x/service.py", "x = actor.memberships"),
        ("migrations", "kvartal_x/migrations/0001_a.py", "raise Exception"),
    ],
)
def test_some_places_are_free_of_a_rule(case: str, name: str, code: str, tmp_path: Path) -> None:
    assert rules_broken(tmp_path, code, name) == []


def test_findings_are_printed_with_their_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = tmp_path / "bad.py", tmp_path / "good.py"
    bad.write_text("x = 1\nraise Exception\n", encoding="utf-8")
    good.write_text("x = 1\n", encoding="utf-8")

    assert main([str(bad), str(good)]) == 1
    assert capsys.readouterr().out == (
        f"{bad}:2: own-error: raises a bare exception: give it a class of its own\n"
    )
    assert main([str(good)]) == 0
