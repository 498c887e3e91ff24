"""An import as a whole: several files, what stops it, what is kept, and going on after a kill."""

from typing import Any

import pytest
from tests.kvartal_integration.conftest import Allow
from tests.kvartal_integration.importing.conftest import HEAD, TAIL, Done, Estate, Import, meter

from kvartal_integration.importing.service import batches, import_files
from kvartal_integration.importing.service import run as running_import
from kvartal_integration.operations.models import Operation
from kvartal_integration.operations.rules import OperationStatus
from kvartal_integration.operations.service import running
from kvartal_integration.testing import an_operation
from kvartal_meters.meters.models import Meter


async def identifiers() -> set[str]:
    return {each.identifier for each in await Meter.all()}


async def test_several_files_are_read_in_their_order(estate: Estate, run_import: Import) -> None:
    first = estate.file(meter("А"), name="a.xml")
    second = estate.file(meter("Б"), name="папка/b.xml")

    done = await run_import(first, second)

    assert done.operation.status is OperationStatus.SUCCEEDED
    assert await identifiers() == {"А", "Б"}
    assert done.operation.counts == {"meters_created": 2}


async def test_an_error_stops_it_and_what_was_saved_stays(
    estate: Estate, run_import: Import
) -> None:
    good = estate.file(meter("А"), name="a.xml")
    bad = estate.write("это не XML", "b.xml")
    never = estate.file(meter("В"), name="c.xml")

    done = await run_import(good, bad, never, delete=True)

    assert done.operation.status is OperationStatus.FAILED
    assert [(each.code, each.file) for each in done.entries] == [("E103", "b.xml")]
    assert await identifiers() == {"А"}
    assert {each.name for each in estate.folder.iterdir()} == {"b.xml", "c.xml"}


async def test_blocks_before_the_fault_are_saved(
    estate: Estate, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 1)
    path = estate.file(meter("А"), meter("Б").replace("<type>", "<kind>"))
    text = (estate.folder / path).read_text(encoding="utf-8")
    text = text.replace("</meter>\n", '</meter></account><account number="7700415015">\n', 1)
    estate.write(text)

    done = await run_import(path)

    assert done.codes[-1] in {"E103", "E104"}
    assert await identifiers() == {"А"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "E101"),
        ("", "E103"),
        ("<html/>", "E105"),
        (HEAD.format(mode="append", organization="UK-77").replace('"1.0" ', '"9.9" '), "E105"),
        (
            HEAD.format(mode="append", organization="UK-77").replace(
                "<metrics", '<!DOCTYPE metrics [<!ENTITY a "b">]><metrics'
            ),
            "E106",
        ),
        (
            HEAD.format(mode="append", organization="UK-78")
            + f'<place><account number="7700415015">{meter("А")}</account></place>{TAIL}',
            "E201",
        ),
    ],
)
async def test_what_stops_it_is_told(
    estate: Estate, run_import: Import, content: str | None, code: str
) -> None:
    if content is not None:
        estate.write(content)

    done = await run_import("metrics.xml")

    assert (done.operation.status, done.codes) == (OperationStatus.FAILED, [code])
    assert await identifiers() == set()


async def test_a_file_over_the_limit_is_not_read(
    estate: Estate, run_import: Import, integration_settings: Allow
) -> None:
    integration_settings(import_megabytes=1)
    estate.write("x" * 1_000_001)

    done = await run_import("metrics.xml")

    assert [(each.code, each.facts) for each in done.entries] == [("E106", {"n": 1})]


async def test_a_trial_saves_nothing_and_tells_the_same(estate: Estate, run_import: Import) -> None:
    path = estate.file(meter("А"), meter("Газ", type="GAS"))

    trial = await run_import(path, preview=True, delete=True)
    nothing = await identifiers()
    real = await run_import(path)

    assert nothing == set()
    assert (estate.folder / path).exists()
    assert trial.operation.counts == real.operation.counts
    assert trial.codes == real.codes == ["W205"]


async def test_a_file_is_deleted_once_it_was_read(estate: Estate, run_import: Import) -> None:
    kept = estate.file(meter("А"), name="kept.xml")
    gone = estate.file(meter("Б"), name="gone.xml")

    await run_import(kept)
    await run_import(gone, delete=True)

    assert {each.name for each in estate.folder.iterdir()} == {"kept.xml"}


class Killed(BaseException):
    """A worker dies: nothing of its own is run any more."""


async def test_after_a_kill_it_goes_on_where_it_was(
    estate: Estate, run_import: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 1)
    place = '<place externalId="KV-15"><account number="7700415015">'
    blocks = "".join(f"{place}{meter(f'М-{n}')}</account></place>" for n in range(5))
    head = HEAD.format(mode="append", organization="UK-77")
    path = estate.write(f"{head}{blocks}{TAIL}")
    saved: list[int] = []
    advance = running_import._advance

    async def dying(work: Any, batch: Any, *rest: Any) -> None:
        if len(saved) == 2:
            raise Killed
        saved.append(batch.done)
        await advance(work, batch, *rest)

    monkeypatch.setattr(running_import, "_advance", dying)
    with pytest.raises(Killed):
        await run_import(path)
    monkeypatch.setattr(running_import, "_advance", advance)
    operation = await Operation.get()
    after_the_kill = await identifiers()
    # The server may have another file by now: the copy is read.
    estate.file(meter("другое"))

    async with running(operation.id) as run:
        assert run is not None
        await import_files(run, no_exchange)
    await operation.refresh_from_db()

    assert after_the_kill == {"М-0", "М-1"}
    assert await identifiers() == {f"М-{n}" for n in range(5)}
    assert operation.status is OperationStatus.SUCCEEDED
    assert operation.counts == {"meters_created": 5}


def no_exchange(_: object) -> Any:
    raise AssertionError("the file was fetched already")


async def test_progress_is_told_in_bytes(estate: Estate, run_import: Import) -> None:
    path = estate.file(meter("А"))

    done = await run_import(path)

    size = (estate.folder / path).stat().st_size
    assert (done.operation.done, done.operation.total) == (size, size)


async def test_an_import_of_nothing_ends_well(estate: Estate, run_import: Import) -> None:
    done: Done = await run_import()

    assert (done.operation.status, done.entries) == (OperationStatus.SUCCEEDED, [])


async def test_another_organization_is_left_alone(estate: Estate, run_import: Import) -> None:
    await an_operation()

    await run_import(estate.file(meter("А")))

    assert {each.organization_id for each in await Meter.all()} == {estate.organization.id}
