"""The process that opens foreign files: it may use so much memory and time, and is told no secret.

It reads a task from its input, in JSON, and answers on its output with what it has found, or why
the file is refused. Whatever kills it has killed nothing else.
"""

import json
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kvartal_integration.spreadsheets.workbook.errors_file import write_errors
from kvartal_integration.spreadsheets.workbook.reading import Wanted, read_rows, write_rows
from kvartal_integration.spreadsheets.workbook.refusal import WorkbookRefused

__all__ = ["answer", "confine"]

_LARGEST_FILE = 1 << 30


def confine(*, megabytes: int, seconds: int) -> None:
    """Take no more memory and processor time than this from now on."""
    memory = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(task: Mapping[str, Any]) -> dict[str, Any]:
    """Carry a task out."""
    source, target = Path(task["source"]), Path(task["target"])
    wanted = Wanted(**task["wanted"])
    try:
        if "problems" in task:
            told = Path(task["problems"])
            return {"rows": write_errors(source, target, wanted, told, task["titles"])}
        frame = read_rows(source, wanted)
        write_rows(frame, target)
        return {"rows": len(frame)}
    except WorkbookRefused as refused:
        return {"refused": refused.code, "facts": refused.facts}
    except MemoryError:
        return {"refused": "X112", "facts": {}}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    confine(megabytes=asked["megabytes"], seconds=asked["seconds"])
    json.dump(answer(asked), sys.stdout)
