"""The table of codes in docs/integration.md: ``.venv/bin/python -m tests.docs.integration``."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

__all__ = ["PAGE", "codes", "page"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "integration.md"
LOCALE = ROOT / "plugins" / "integration" / "kvartal_integration" / "locale"
MARK = "<!-- codes: made by .venv/bin/python -m tests.docs.integration -->"
# Of E104 each detail is part of its one sentence.
_CODE = re.compile(r"(?!E104\.)[EWX]\d{3}(\.[A-Z_]+)?")


def codes() -> dict[str, tuple[str, str]]:
    """What the catalogues say of each code, in Russian and in English."""
    found = [_sentences(locale) for locale in ("ru", "en")]
    return {code: (found[0][code], found[1][code]) for code in sorted(found[0])}


def page() -> str:
    """The page with the table as it has to be."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(f"{MARK}\n")
    after = rest.partition("\n## ")[2]
    rows = "\n".join(f"| `{code}` | {ru} | {en} |" for code, (ru, en) in codes().items())
    return (
        f"{before}{MARK}\n\n| code | по-русски | in English |\n|---|---|---|\n{rows}\n\n## {after}"
    )


def _sentences(locale: str) -> dict[str, str]:
    with (LOCALE / f"{locale}.po").open("rb") as file:
        catalogue = read_po(file, locale=locale)
    return {str(each.id): str(each.string) for each in catalogue if _CODE.fullmatch(str(each.id))}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
