"""«Ошибки импорта.xlsx»: the rows that were not saved, as they were, with code and message.

What is to be said of each lies in a file until the import has come to its end: the log keeps the
first of very many alone, and memory none.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson
import structlog

from kvartal.db.transaction import unit_of_work
from kvartal.text import say
from kvartal_integration.operations.rules import Entry, OperationFailed
from kvartal_integration.operations.service import Run
from kvartal_integration.operations.wording import packed, spoken
from kvartal_integration.spreadsheets.rules.problems import is_left_out
from kvartal_integration.spreadsheets.service.child import run_child
from kvartal_integration.spreadsheets.uploads import XLSX

__all__ = ["LeftOut", "keep_left_out", "left_out_in"]

log = structlog.get_logger("kvartal_integration.spreadsheets")


@dataclass(slots=True)
class LeftOut:
    """The rows that were not saved so far: a line each of a file, their number, codes, message."""

    path: Path
    locale: str
    _file: IO[bytes]
    rows: int = 0

    def add(self, told: Iterable[Sequence[Entry]]) -> None:
        """Note those rows that were not saved, by what is said of each row."""
        for entries in told:
            reasons = [each for each in entries if is_left_out(each.code)]
            if reasons:
                self._file.write(orjson.dumps(self._line(reasons)) + b"\n")
                self.rows += 1

    def finish(self) -> None:
        """Let others read the file."""
        self._file.flush()

    def _line(self, reasons: Sequence[Entry]) -> tuple[int | None, str, str]:
        codes = dict.fromkeys(each.code.partition(".")[0] for each in reasons)
        messages = (spoken(each.code, packed(each.facts), self.locale) for each in reasons)
        return reasons[0].line, "; ".join(codes), "; ".join(messages)


@contextmanager
def left_out_in(folder: Path, locale: str) -> Iterator[LeftOut]:
    """Nothing is left out yet; what will be is noted in the folder, in this language."""
    path = folder / "left_out.jsonl"
    with path.open("wb") as file:
        yield LeftOut(path, locale, file)


async def keep_left_out(
    run: Run,
    source: Path,
    wanted: Mapping[str, Any],
    left_out: LeftOut,
    *,
    cursor: Mapping[str, Any],
) -> None:
    """Keep the file of errors, if there are any.

    It is done once: with it ``cursor`` says so. That it could not be made takes nothing back.
    """
    if not left_out.rows:
        return
    left_out.finish()
    with tempfile.TemporaryDirectory(prefix="kvartal-") as folder:
        target = Path(folder) / "errors.xlsx"
        titles = [say(f"operation.column.{name}", run.locale) for name in ("code", "message")]
        task = {"source": str(source), "target": str(target), "wanted": wanted}
        try:
            await run_child({**task, "problems": str(left_out.path), "titles": titles})
        except OperationFailed as failure:
            log.error("spreadsheets.errors_not_kept", code=failure.entry.code)
            return
        async with unit_of_work():
            await run.keep(target, name=say("sheet.errors", run.locale), media_type=XLSX)
            await run.advance(cursor={**cursor, "kept": True})
