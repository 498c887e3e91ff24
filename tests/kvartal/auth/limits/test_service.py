import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from kvartal.auth import models
from kvartal.auth.limits import queries, service
from kvartal.auth.limits.rules import Budget, Budgets
from kvartal.db.transaction import unit_of_work
from kvartal.errors import BadInput, RateLimited
from kvartal.testing.host import Committed

Freeze = Callable[[datetime], AbstractContextManager[None]]
Own = Callable[[], AbstractAsyncContextManager[Committed]]

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

TWO = Budget("password|maria@example.org|address:203.0.113.7", 2, MINUTE)
WIDE = Budget("password|network:203.0.113.0/24", 3, MINUTE)
SILENT = Budget("password|maria@example.org|strangers", 2, MINUTE)


async def wait_for(budgets: Budgets) -> int:
    with pytest.raises(RateLimited) as limited:
        await service.spend(budgets)
    return int(limited.value.facts["retry_after"])


@pytest.mark.usefixtures("db")
async def test_a_budget_is_spent_and_refilled_evenly(frozen_clock: Freeze) -> None:
    with frozen_clock(NOW):
        assert await service.spend(Budgets(own=(TWO,)))
        assert await service.spend(Budgets(own=(TWO,)))
        assert await wait_for(Budgets(own=(TWO,))) == 30
    with frozen_clock(NOW + timedelta(seconds=20)):
        assert await wait_for(Budgets(own=(TWO,))) == 10
    with frozen_clock(NOW + timedelta(seconds=30)):
        assert await service.spend(Budgets(own=(TWO,)))
        assert await wait_for(Budgets(own=(TWO,))) == 30
    with frozen_clock(NOW + timedelta(days=1)):
        assert await service.spend(Budgets(own=(TWO,)))
        assert await service.spend(Budgets(own=(TWO,)))
        assert await wait_for(Budgets(own=(TWO,))) == 30


@pytest.mark.usefixtures("db")
async def test_an_attempt_that_is_refused_spends_nothing_of_others(frozen_clock: Freeze) -> None:
    with frozen_clock(NOW):
        for _ in range(2):
            assert await service.spend(Budgets((TWO,), (WIDE,), (SILENT,)))
        for _ in range(5):
            assert await wait_for(Budgets((TWO,), (WIDE,), (SILENT,))) == 30

        assert await service.spend(Budgets(network=(WIDE,)))
        assert await wait_for(Budgets(network=(WIDE,))) == 20


@pytest.mark.usefixtures("db")
async def test_the_wait_is_that_of_the_fullest_budget(frozen_clock: Freeze) -> None:
    slow = Budget("slow", 1, timedelta(hours=1))
    with frozen_clock(NOW):
        await service.spend(Budgets((TWO, slow)))

        assert await wait_for(Budgets((TWO, slow))) == 3600


@pytest.mark.usefixtures("db")
async def test_the_strangers_budget_refuses_in_silence(frozen_clock: Freeze) -> None:
    with frozen_clock(NOW), capture_logs() as logs:
        found = [await service.spend(Budgets(strangers=(SILENT,))) for _ in range(3)]

    assert found == [True, True, False]
    assert logs == [
        {"event": "auth.strangers_limited", "log_level": "warning", "budget": "password"}
    ]


@pytest.mark.usefixtures("db")
async def test_what_was_right_costs_nothing_and_forgives_the_place(frozen_clock: Freeze) -> None:
    budgets = Budgets((TWO,), (WIDE,), (SILENT,))
    with frozen_clock(NOW):
        await service.spend(budgets)
        await service.spend(budgets)

        await service.give_back(budgets)

        assert await service.spend(Budgets(own=(TWO,)))
        assert await service.spend(Budgets(own=(TWO,)))
        # Of the shared ones only this attempt comes back.
        assert [await service.spend(Budgets(strangers=(SILENT,))) for _ in range(2)] == [
            True,
            False,
        ]
        assert await service.spend(Budgets(network=(WIDE,)))


@pytest.mark.usefixtures("db")
async def test_the_table_names_nobody(frozen_clock: Freeze) -> None:
    with capture_logs() as logs, frozen_clock(NOW):
        for _ in range(3):
            try:
                await service.spend(Budgets((TWO,), (WIDE,), (SILENT,)))
            except RateLimited:
                continue

    rows = await models.AttemptBudget.all().values("key")
    assert len(rows) == 3
    assert "maria" not in f"{rows} {logs}"
    assert "203.0.113" not in f"{rows} {logs}"
    assert [each["event"] for each in logs] == ["auth.attempts_limited"]


@pytest.mark.usefixtures("db")
async def test_nothing_is_counted_where_a_refusal_would_roll_it_back() -> None:
    async with unit_of_work():
        with pytest.raises(BadInput) as refused:
            await service.spend(Budgets(own=(TWO,)))

    assert refused.value.message_code == "IDEMPOTENCY_NOT_FOR_SIGN_IN"
    assert await models.AttemptBudget.all().count() == 0


@pytest.mark.usefixtures("db")
async def test_an_attempt_without_budgets_is_free() -> None:
    assert await service.spend(Budgets())


@pytest.mark.usefixtures("db")
async def test_a_budget_that_is_full_again_is_forgotten(frozen_clock: Freeze) -> None:
    with frozen_clock(NOW):
        await service.spend(Budgets((TWO,), (WIDE,)))

    assert await queries.delete_full_budgets(now=NOW + timedelta(seconds=19), limit=10) == 0
    assert await queries.delete_full_budgets(now=NOW + timedelta(seconds=20), limit=10) == 1
    assert await queries.delete_full_budgets(now=NOW + timedelta(hours=1), limit=10) == 1


@pytest.mark.committed
async def test_attempts_at_the_same_time_do_not_overspend(committed: Own) -> None:
    async def outcome(budgets: Budgets) -> str:
        try:
            return str(await service.spend(budgets))
        except RateLimited as limited:
            return f"wait {limited.facts['retry_after'] > 0}"

    async with committed():
        found = await asyncio.gather(*(outcome(Budgets((TWO,), (WIDE,))) for _ in range(20)))

        assert Counter(found) == {"True": 2, "wait True": 18}


@pytest.mark.committed
async def test_spending_and_giving_back_do_not_wait_for_each_other(committed: Own) -> None:
    budgets = Budgets(
        (Budget("b", 1000, MINUTE), Budget("z", 1000, MINUTE)), (Budget("a", 1000, MINUTE),)
    )

    async def try_and_succeed() -> None:
        await service.spend(budgets)
        await service.give_back(budgets)

    async with committed():
        await asyncio.gather(*(try_and_succeed() for _ in range(40)))
