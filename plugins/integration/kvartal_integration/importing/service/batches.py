"""Blocks of a file in batches of a transaction's size, with where in the file each batch ends."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kvartal.bulk import MAX_ROWS
from kvartal_integration.metrics_xml.parsing import read_blocks, read_head
from kvartal_integration.metrics_xml.records import Block, FileHead, FileRefused

__all__ = ["Batch", "batches", "head_of"]

# So many readings or meters, whichever come first: as many as one call takes.
BATCH = MAX_ROWS


@dataclass(frozen=True, slots=True)
class Batch:
    """Blocks that are saved together, whole ones: how many of the file are done with them.

    ``refused``: why the file cannot be read on beyond them.
    """

    blocks: Sequence[Block]
    done: int
    position: int
    refused: FileRefused | None = None


def head_of(path: Path, name: str, *, megabytes: int) -> FileHead:
    """The head of a file; FileRefused."""
    with path.open("rb") as file:
        return read_head(file, name=name, megabytes=megabytes)


def batches(path: Path, name: str, *, after: int) -> Generator[Batch, None, None]:
    """The batches of a file that follow its first blocks, the last perhaps with a refusal."""
    with path.open("rb") as file:
        found = read_blocks(file, name=name)
        done, gathered, size = after, list[Block](), 0
        try:
            for block in islice(found, after, None):
                weight = max(block.size, len(block.meters))
                if gathered and size + weight > BATCH:
                    yield Batch(gathered, done, file.tell())
                    gathered, size = [], 0
                gathered.append(block)
                done += 1
                size += weight
        except FileRefused as refused:
            yield Batch(gathered, done, file.tell(), refused)
            return
        if gathered:
            yield Batch(gathered, done, file.tell())
