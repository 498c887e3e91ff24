import pytest

from kvartal_notifications.channels.push.fitting import fitted


def wrapped(text: str) -> bytes:
    return f"<{text}>".encode()


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 2, "<>"),
        ("", 1, None),
        ("abc", 5, "<abc>"),
        ("abcdef", 7, "<ab…>"),
        ("ab cdef", 8, "<ab…>"),
        ("жжж", 8, "<жжж>"),
        ("жжж", 7, "<ж…>"),
        ("abc", 4, "<>"),
        ("abc", 1, None),
    ],
)
def test_as_much_as_fits(text: str, limit: int, expected: str | None) -> None:
    made = fitted(text, wrapped, limit)

    assert made == (None if expected is None else expected.encode())
