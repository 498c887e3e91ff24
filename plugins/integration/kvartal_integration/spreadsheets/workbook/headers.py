"""How titles of columns and sheets are compared."""

import re

__all__ = ["header_key"]

_NOTE = re.compile(r"\([^)]*\)|\*")
# Who types «Текущее T1» has a Latin letter in it as often as not.
_LOOK_ALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")


def header_key(title: str) -> str:
    """Without case, spaces around, stars and notes in brackets; look-alikes are one letter."""
    bare = _NOTE.sub(" ", title).casefold().replace("ё", "е")
    return " ".join(bare.split()).translate(_LOOK_ALIKES)
