"""Why a file is not read."""

from collections.abc import Mapping

__all__ = ["WorkbookRefused"]


class WorkbookRefused(Exception):
    """A file is no workbook that may be read: the code of the sentence, and its facts."""

    def __init__(self, code: str, facts: Mapping[str, str | int] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts = dict(facts or {})
