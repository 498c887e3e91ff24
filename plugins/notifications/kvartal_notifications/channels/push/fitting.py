"""Texts cut to what a push may carry."""

from collections.abc import Callable

__all__ = ["fitted"]

_CUT = "…"


def fitted(text: str, make: Callable[[str], bytes], limit: int) -> bytes | None:
    """What ``make`` makes of as much of ``text`` as fits into so many bytes, cut by «…».

    None if nothing fits.
    """
    whole = make(text)
    if len(whole) <= limit:
        return whole
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if len(make(text[:middle].rstrip() + _CUT)) <= limit:
            fits = middle
        else:
            too_long = middle
    made = make(text[:fits].rstrip() + _CUT if fits else "")
    return made if len(made) <= limit else None
