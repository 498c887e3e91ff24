"""Which blocks of a file are saved together."""

from pathlib import Path

import pytest
from tests.kvartal_integration.importing.conftest import HEAD, TAIL

from kvartal_integration.importing.service import batches


def a_file(folder: Path, *sizes: int) -> Path:
    """A file with an account of so many meters for each of ``sizes``."""
    meter = "<meter><type>COLD_WATER</type><identifier>А</identifier></meter>"
    accounts = "".join(
        f'<account number="{n}">\n{meter * size}</account>' for n, size in enumerate(sizes)
    )
    head = HEAD.format(mode="append", organization="UK-77")
    path = folder / "metrics.xml"
    path.write_text(f'{head}<place number="1">{accounts}</place>{TAIL}', encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([1, 1, 1], [3]),
        ([2, 2, 2], [2, 2, 2]),
        ([4, 1, 1], [4, 2]),
        ([3], [3]),
    ],
)
def test_a_batch_ends_before_the_block_that_no_longer_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int], expected: list[int]
) -> None:
    monkeypatch.setattr(batches, "BATCH", 3)

    found = list(batches.batches(a_file(tmp_path, *sizes), "a.xml", after=0))

    assert sum(len(each.blocks) for each in found) == len(sizes)
    assert [sum(len(block.meters) for block in each.blocks) for each in found] == expected
    assert found[-1].done == len(sizes)


def test_blocks_that_were_saved_are_passed_over(tmp_path: Path) -> None:
    [batch] = batches.batches(a_file(tmp_path, 1, 2), "a.xml", after=1)

    assert [len(each.meters) for each in batch.blocks] == [2]
    assert batch.done == 2
