"""An operation from its start to its end: nothing twice, nothing lost, and always an end."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from structlog.testing import capture_logs

from kvartal import live
from kvartal.db.connection import Record, execute, fetch, fetch_one
from kvartal.db.transaction import current_work, unit_of_work
from kvartal.files.api import files_of
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_user
from kvartal.testing.factories import an_organization
from kvartal.testing.watch import EmittedEvents, QueryCounter
from kvartal_integration.events import OperationFinished
from kvartal_integration.operations.rules import (
    Entry,
    EntrySeverity,
    OperationCancelled,
    OperationFailed,
    OperationKind,
    OperationRunning,
    OperationStatus,
    Trigger,
)
from kvartal_integration.operations.service import Run, ending, running, start
from kvartal_integration.operations.service import run as run_module
from kvartal_integration.operations.topics import operation_topic
from kvartal_integration.settings import IntegrationSettings
from kvartal_integration.testing import an_operation

Freeze = Callable[[str], AbstractContextManager[None]]

ERROR, WARNING = EntrySeverity.ERROR, EntrySeverity.WARNING


async def started(
    organization: Organization,
    kind: OperationKind = OperationKind.XML_IMPORT,
    request: Mapping[str, Any] | None = None,
    **more: Any,
) -> UUID:
    async with unit_of_work():
        return await start(
            organization.id, kind, trigger=Trigger.PERSON, request=request or {}, **more
        )


async def row(operation_id: UUID) -> Record:
    found = await fetch_one("SELECT * FROM integration_operation WHERE id = $1", operation_id)
    assert found is not None
    return found


async def status(operation_id: UUID) -> tuple[str, str | None]:
    found = await row(operation_id)
    return found["status"], orjson.loads(found["message"] or "{}").get("code")


async def numbers(operation_id: UUID) -> list[tuple[int, str]]:
    rows = await fetch(
        "SELECT number, code FROM integration_operation_entry WHERE operation_id = $1"
        " ORDER BY number",
        operation_id,
    )
    return [(each["number"], each["code"]) for each in rows]


def entry(code: str = "W203", severity: EntrySeverity = WARNING, **more: Any) -> Entry:
    return Entry(severity=severity, code=code, **more)


async def broken_off(operation_id: UUID, error: BaseException) -> None:
    """A run that has come to the fifth row when that happens."""
    async with running(operation_id) as run:
        assert run is not None
        await run.advance(done=5, cursor={"at": 5}, entries=[entry("W201")])
        raise error


async def test_it_waits_in_the_log_with_what_it_was_asked(
    organization: Organization, frozen_clock: Freeze
) -> None:
    user = await a_user()

    with frozen_clock("2026-11-24T02:00:00+03:00"):
        operation_id = await started(
            organization, request={"paths": ["/a.xml"]}, started_by_id=user.id, locale="en"
        )

    found = await row(operation_id)
    assert (found["status"], found["kind"], found["direction"]) == (
        "QUEUED",
        "XML_IMPORT",
        "IMPORT",
    )
    assert (found["started_by_id"], found["locale"], found["trigger"]) == (user.id, "en", "PERSON")
    assert orjson.loads(found["request"]) == {"paths": ["/a.xml"]}
    assert (found["started_at"], found["done"], found["total"]) == (None, 0, None)
    assert found["created_at"].isoformat() == "2026-11-23T23:00:00+00:00"


async def test_one_exchange_runs_at_a_time_in_each_direction(organization: Organization) -> None:
    await started(organization)

    async with unit_of_work():
        with pytest.raises(OperationRunning) as refused:
            await start(
                organization.id, OperationKind.XML_IMPORT, trigger=Trigger.SCHEDULE, request={}
            )
        # The refusal has cost nothing else.
        await started(organization, OperationKind.XML_EXPORT)

    assert refused.value.facts() == {"direction": "IMPORT"}
    assert len(await fetch("SELECT 1 FROM integration_operation")) == 2


async def test_excel_operations_and_other_organizations_do_not_wait(
    organization: Organization,
) -> None:
    await started(organization)

    for _ in range(2):
        await started(organization, OperationKind.EXCEL_IMPORT)
    await started(await an_organization())


@pytest.mark.parametrize("over", ["SUCCEEDED", "SUCCEEDED_WITH_WARNINGS", "FAILED", "CANCELLED"])
async def test_what_is_over_holds_up_nobody(organization: Organization, over: str) -> None:
    await an_operation(organization, status=OperationStatus(over))

    await started(organization)


async def test_a_run_knows_what_it_is_to_do(
    organization: Organization, frozen_clock: Freeze
) -> None:
    user = await a_user()
    operation_id = await started(organization, request={"n": 1}, started_by_id=user.id)

    with frozen_clock("2026-11-24T02:00:00Z"):
        async with running(operation_id) as run:
            assert run is not None
            assert await status(operation_id) == ("RUNNING", None)

    assert run == Run(
        operation_id=operation_id,
        organization_id=organization.id,
        kind=OperationKind.XML_IMPORT,
        trigger=Trigger.PERSON,
        started_by_id=user.id,
        started_at=(await row(operation_id))["started_at"],
        locale="ru",
        request={"n": 1},
        cursor={},
    )
    assert run.started_at.isoformat() == "2026-11-24T02:00:00+00:00"


async def test_progress_is_written_and_added_up(organization: Organization) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        await run.advance(done=1, total=3, cursor={"at": 1}, counts={"created": 2, "updated": 1})
        await run.advance(counts={"created": 3})
        await run.advance(done=3, cursor={"at": 3, "file": "b"})

    found = await row(operation_id)
    assert (found["done"], found["total"]) == (3, 3)
    assert orjson.loads(found["cursor"]) == {"at": 3, "file": "b"}
    assert orjson.loads(found["counts"]) == {"created": 5, "updated": 1}


async def test_a_step_is_one_statement(organization: Organization, queries: QueryCounter) -> None:
    async with running(await started(organization)) as run:
        assert run is not None
        with queries.exactly(1):
            await run.advance(done=1, counts={"a": 1}, entries=[entry() for _ in range(20)])


async def test_entries_are_numbered_as_they_come(organization: Organization) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        await run.advance(entries=[entry("W201"), entry("W203", ERROR)])
        await run.advance(
            entries=[
                entry(
                    "W301",
                    facts={"v": "1"},
                    file="/a.xml",
                    line=7,
                    account="7700",
                    meter="ХВС-1",
                )
            ]
        )

    assert await numbers(operation_id) == [(1, "W201"), (2, "W203"), (3, "W301")]
    found = await row(operation_id)
    assert (found["errors"], found["warnings"]) == (1, 2)
    last = await fetch_one("SELECT * FROM integration_operation_entry WHERE number = 3")
    assert last is not None
    told = {name: last[name] for name in ("file", "line", "account", "meter", "severity")}
    assert told == {
        "file": "/a.xml",
        "line": 7,
        "account": "7700",
        "meter": "ХВС-1",
        "severity": "WARNING",
    }
    assert (last["organization_id"], orjson.loads(last["facts"])) == (organization.id, {"v": "1"})


async def test_of_very_many_entries_the_first_are_kept_and_that_which_ended_it(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = IntegrationSettings(operation_entries=3)
    monkeypatch.setattr(run_module, "settings_of", lambda _: few)
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        await run.advance(entries=[entry("W201"), entry("W201")])
        await run.advance(entries=[entry("W203"), entry("W205")])
        run.fail(entry("E301", ERROR))

    assert await numbers(operation_id) == [(1, "W201"), (2, "W201"), (3, "W203"), (5, "E301")]
    found = await row(operation_id)
    assert (found["errors"], found["warnings"]) == (1, 4)


async def test_a_block_that_is_taken_back_takes_its_progress_with_it(
    organization: Organization,
) -> None:
    operation_id = await started(organization)

    async def block(run: Run) -> None:
        async with unit_of_work():
            await run.advance(
                done=2, cursor={"at": 2}, counts={"created": 1}, entries=[entry("W201")]
            )
            raise RuntimeError("the block failed")

    async with running(operation_id) as run:
        assert run is not None
        await run.advance(done=1, cursor={"at": 1}, counts={"created": 1}, entries=[entry("W201")])
        with pytest.raises(RuntimeError, match="the block"):
            await block(run)
        await run.advance(entries=[entry("W205")])

    found = await row(operation_id)
    assert (found["done"], orjson.loads(found["cursor"])) == (1, {"at": 1})
    assert orjson.loads(found["counts"]) == {"created": 1}
    assert await numbers(operation_id) == [(1, "W201"), (2, "W205")]


async def test_after_a_killed_worker_the_next_one_goes_on(organization: Organization) -> None:
    operation_id = await started(organization)
    with pytest.raises(asyncio.CancelledError):
        await broken_off(operation_id, asyncio.CancelledError())
    began = (await row(operation_id))["started_at"]
    assert await status(operation_id) == ("RUNNING", None)

    async with running(operation_id) as again:
        assert again is not None
        assert (again.cursor, again.started_at) == ({"at": 5}, began)
        await again.advance(done=9, entries=[entry("W203")])

    assert await numbers(operation_id) == [(1, "W201"), (2, "W203")]
    assert await status(operation_id) == ("SUCCEEDED_WITH_WARNINGS", "OPERATION_WITH_WARNINGS")


async def test_what_is_over_is_not_run_again(
    organization: Organization, events: EmittedEvents
) -> None:
    operation_id = await started(organization)
    async with running(operation_id):
        pass
    ended = await row(operation_id)

    async with running(operation_id) as run:
        assert run is None
    async with running(uuid4()) as run:
        assert run is None

    assert await row(operation_id) == ended


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], ("SUCCEEDED", "OPERATION_SUCCEEDED")),
        ([entry()], ("SUCCEEDED_WITH_WARNINGS", "OPERATION_WITH_WARNINGS")),
        ([entry("X105", ERROR)], ("SUCCEEDED_WITH_WARNINGS", "OPERATION_WITH_WARNINGS")),
    ],
)
async def test_its_end_tells_what_came_of_it(
    organization: Organization, entries: list[Entry], expected: tuple[str, str]
) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        await run.advance(entries=entries)

    assert await status(operation_id) == expected
    assert (await row(operation_id))["finished_at"] is not None


async def test_a_run_may_conclude_in_its_own_words(organization: Organization) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        run.conclude("W203", n="7")

    found = await row(operation_id)
    assert found["status"] == "SUCCEEDED"
    assert orjson.loads(found["message"]) == {"code": "W203", "facts": {"n": "7"}}


async def test_a_failure_stops_it_and_what_was_committed_stays(
    organization: Organization,
) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        await run.advance(done=1, entries=[entry()])
        async with unit_of_work():
            await run.advance(done=2)
            run.fail(entry("E105", ERROR, facts={"v": "2.0"}, file="/a.xml", line=2))

    found = await row(operation_id)
    assert (found["status"], found["done"]) == ("FAILED", 1)
    assert orjson.loads(found["message"]) == {"code": "E105", "facts": {"v": "2.0"}}
    assert (found["errors"], found["warnings"]) == (1, 1)
    assert await numbers(operation_id) == [(1, "W203"), (2, "E105")]


async def test_code_that_knows_no_run_may_fail_it_too(organization: Organization) -> None:
    operation_id = await started(organization)

    async with running(operation_id):
        raise OperationFailed(entry("E106", ERROR, facts={"n": 200}))

    assert await status(operation_id) == ("FAILED", "E106")


async def test_a_warning_may_end_it(organization: Organization) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        run.fail(entry("W201", facts={"id": "D-1"}))

    found = await row(operation_id)
    assert (found["status"], found["errors"], found["warnings"]) == ("FAILED", 0, 1)


@pytest.mark.parametrize(
    ("kind", "code"),
    [(OperationKind.XML_IMPORT, "E301"), (OperationKind.EXCEL_EXPORT, "E302")],
)
async def test_what_nobody_has_foreseen_fails_it_at_once_and_is_logged(
    organization: Organization, kind: OperationKind, code: str
) -> None:
    operation_id = await started(organization, kind)

    with capture_logs() as logs:
        async with running(operation_id) as run:
            assert run is not None
            await run.advance(done=1)
            raise KeyError("a mistake")

    assert await status(operation_id) == ("FAILED", code)
    assert await numbers(operation_id) == [(1, code)]
    assert (await row(operation_id))["done"] == 1
    assert [each["event"] for each in logs] == ["operations.failed"]


class Wrapped(Exception):
    """As an ORM wraps the driver's error."""


def wrapped() -> Exception:
    error = Wrapped()
    error.__cause__ = asyncpg.DeadlockDetectedError("deadlock")
    return error


@pytest.mark.parametrize(
    "error",
    [
        OSError("the disk is away"),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.InterfaceError("closed"),
        asyncpg.DeadlockDetectedError("deadlock"),
        wrapped(),
    ],
)
async def test_what_may_pass_is_left_to_the_next_try(
    organization: Organization, error: Exception
) -> None:
    operation_id = await started(organization)

    with pytest.raises(type(error)):
        await broken_off(operation_id, error)

    assert await status(operation_id) == ("RUNNING", None)
    async with running(operation_id) as again:
        assert again is not None
        assert again.cursor == {"at": 5}
    assert await status(operation_id) == ("SUCCEEDED_WITH_WARNINGS", "OPERATION_WITH_WARNINGS")


async def test_who_is_asked_to_stop_stops_at_the_next_step(organization: Organization) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        await run.advance(done=1)
        await execute("UPDATE integration_operation SET cancel_requested_at = now()")
        await run.advance(done=2)
        pytest.fail("it went on")

    found = await row(operation_id)
    assert (found["status"], found["done"]) == ("CANCELLED", 1)
    assert await status(operation_id) == ("CANCELLED", "OPERATION_CANCELLED")


async def test_a_run_that_was_closed_behind_its_back_stops_and_changes_nothing(
    organization: Organization,
) -> None:
    operation_id = await started(organization)

    async with running(operation_id) as run:
        assert run is not None
        await ending.end(operation_id, OperationStatus.FAILED, last=entry("E303", ERROR))
        with pytest.raises(OperationCancelled):
            await run.advance(done=2, entries=[entry()])

    assert await status(operation_id) == ("FAILED", "E303")
    assert await numbers(operation_id) == [(1, "E303")]


async def test_what_was_cancelled_while_its_worker_was_dead_does_not_run_again(
    organization: Organization,
) -> None:
    operation = await an_operation(organization, status=OperationStatus.RUNNING)
    await execute("UPDATE integration_operation SET cancel_requested_at = now()")

    async with running(operation.id) as run:
        assert run is None

    assert await status(operation.id) == ("CANCELLED", "OPERATION_CANCELLED")


async def test_its_end_is_told_once(organization: Organization, events: EmittedEvents) -> None:
    user = await a_user()
    operation_id = await started(organization, started_by_id=user.id)

    async with unit_of_work() as work:
        async with running(operation_id) as run:
            assert run is not None
            await run.advance(entries=[entry(), entry("X105", ERROR)])
        await ending.end(operation_id, None)

    assert events.of(OperationFinished) == [
        OperationFinished(
            operation_id=operation_id,
            organization_id=organization.id,
            kind=OperationKind.XML_IMPORT,
            status=OperationStatus.SUCCEEDED_WITH_WARNINGS,
            trigger=Trigger.PERSON,
            started_by_id=user.id,
            errors=1,
            warnings=1,
        )
    ]
    assert operation_topic(operation_id) in work.touched


async def test_subscribers_hear_of_progress_twice_a_second_at_most(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([100.0, 100.0, 100.1, 100.49, 100.5, 100.5, 100.9])
    monkeypatch.setattr(run_module, "monotonic", lambda: next(moments))
    touched: list[str] = []
    monkeypatch.setattr(live, "touch", touched.append)

    async with running(await started(organization)) as run:
        assert run is not None
        touched.clear()
        for _ in range(5):  # at 100.0, twice asked, 100.1, 100.49, 100.5, 100.9
            await run.advance(done=1)

    assert touched == [operation_topic(run.operation_id)] * 3  # two, and the end


async def test_its_table_of_entries_is_kept_as_a_file(
    organization: Organization, frozen_clock: Freeze, files: Any
) -> None:
    with frozen_clock("2026-11-24T02:05:00+03:00"):
        operation_id = await started(organization)
        async with running(operation_id) as run:
            assert run is not None
            await run.advance(
                entries=[
                    entry("W203", facts={"n": "=7700"}, file="/a.xml", line=3, account="=7700"),
                    entry("X105", ERROR, facts={"v": "ё"}, meter="-1"),
                ]
            )

    [file] = (await files_of("Operation", [operation_id]))[operation_id]
    content = b"".join([chunk async for chunk in files.read(file["id"])])
    assert (file["name"], file["media_type"]) == ("Импорт XML 2026-11-24 02-05.csv", "text/csv")
    assert content.decode("utf-8-sig").splitlines() == [
        "№;Уровень;Код;Сообщение;Файл;Строка;Лицевой счет;Счетчик",
        "1;Предупреждение;W203;Лицевой счет «=7700» не найден;/a.xml;3;'=7700;",
        "2;Ошибка;X105;Не удалось распознать число «ё»;;;;'-1",
    ]


async def test_without_entries_there_is_no_table(organization: Organization) -> None:
    operation_id = await started(organization)

    async with running(operation_id):
        pass

    assert await files_of("Operation", [operation_id]) == {}


async def test_a_run_keeps_files(organization: Organization, tmp_path: Any) -> None:
    operation_id = await started(organization)
    source = tmp_path / "metrics.xml"
    source.write_bytes(b"<metrics/>")

    async with running(operation_id) as run:
        assert run is not None
        file_id = await run.keep(source, name="metrics.xml", media_type="application/xml")

    [file] = (await files_of("Operation", [operation_id]))[operation_id]
    assert (file["id"], file["name"], file["size"]) == (file_id, "metrics.xml", 10)
    assert file["uploader_id"] == organization.id


async def test_starting_and_going_on_leave_with_the_surrounding_work(
    organization: Organization,
) -> None:
    async with unit_of_work():
        await started(organization)
        assert current_work().events == []
