import pytest

from kvartal.metrics import SWEPT
from kvartal.retention.sweeping import swept


def counted(kind: str) -> float:
    return float(SWEPT.labels(kind)._value.get())


@pytest.mark.parametrize(("rows", "batches"), [(0, [0]), (1, [1]), (2, [2, 0]), (5, [2, 2, 1])])
async def test_batches_follow_one_another_until_one_is_not_full(
    rows: int, batches: list[int]
) -> None:
    left, seen = rows, []

    async def delete_some(limit: int) -> int:
        nonlocal left
        gone = min(left, limit)
        left -= gone
        seen.append(gone)
        return gone

    before = counted("tests")

    assert await swept("tests", delete_some, batch=2) == rows
    assert seen == batches
    assert counted("tests") - before == rows
