"""Cutting a multipart body into parts, however the network has cut it into chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal.errors import BadInput
from kvartal.graphql.transports.parts import Data, PartEnd, Parts, PartStart

BOUNDARY = b"----boundary"


def part(headers: str, content: bytes = b"") -> bytes:
    return b"--" + BOUNDARY + b"\r\n" + headers.encode() + b"\r\n\r\n" + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def cut(chunks: list[bytes]) -> tuple[list[tuple[str, str | None, bytes]], bool]:
    """The parts, and whether the body was complete."""
    parts = Parts(BOUNDARY)
    found: list[tuple[str, str | None, bytes]] = []
    done = 0
    for chunk in chunks:
        for event in parts.feed(chunk):
            match event:
                case PartStart(name, filename):
                    found.append((name, filename, b""))
                case Data(content):
                    name, filename, before = found.pop()
                    found.append((name, filename, before + content))
                case PartEnd():
                    done += 1
    assert done in {len(found), len(found) - 1}
    return found, parts.is_complete


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('form-data; name="map"', "map", None),
        ('FORM-DATA; Name="0"; FileName="акт.pdf"', "0", "акт.pdf"),
        ('form-data; name="0"; filename=""', "0", ""),
        ('form-data; name="0"; filename="a\\"b.pdf"', "0", 'a"b.pdf'),
        ('form-data; name="0"; filename="a%22b%0D%0a.pdf"', "0", 'a"b\r\n.pdf'),
        ('form-data; filename="x"; name="0"', "0", "x"),
    ],
)
def test_a_part_has_a_name_and_a_file_a_filename(
    disposition: str, name: str, filename: str | None
) -> None:
    headers = f"content-type: text/plain\r\nContent-Disposition: {disposition}"

    assert cut([body(part(headers, b"x"))]) == ([(name, filename, b"x")], True)


HEADERS = 'Content-Disposition: form-data; name="0"; filename="f"'
TRICKY = [
    b"",
    b"\r\n",
    b"--" + BOUNDARY,
    b"\r\n--" + BOUNDARY[:-1],
    b"\r\n\r\n--",
    b"\r" * 20 + b"\n--",
    bytes(range(256)) * 3,
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 64, 10_000])
def test_parts_are_the_same_whatever_the_chunks(size: int) -> None:
    whole = body(*(part(HEADERS, content) for content in TRICKY)) + b"epilogue"

    chunks = [whole[start : start + size] for start in range(0, len(whole), size)]

    assert cut(chunks) == ([("0", "f", content) for content in TRICKY], True)


@given(
    contents=st.lists(st.binary(max_size=60), max_size=4),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=60),
)
def test_any_content_comes_through(contents: list[bytes], cuts: list[int]) -> None:
    kept = [each for each in contents if b"\r\n--" + BOUNDARY not in each]
    whole = body(*(part(HEADERS, content) for content in kept))
    chunks, start = [], 0
    for size in cuts:
        chunks.append(whole[start : start + size])
        start += size
    chunks.append(whole[start:])

    assert cut(chunks) == ([("0", "f", content) for content in kept], True)


def test_a_body_that_breaks_off_is_not_complete() -> None:
    whole = body(part(HEADERS, b"x"))

    assert cut([whole[:-3]]) == ([("0", "f", b"x")], False)
    assert cut([]) == ([], False)


@pytest.mark.parametrize(
    ("case", "whole"),
    [
        ("a preamble", b"preamble\r\n" + body()),
        ("another boundary", b"--other\r\n"),
        ("something after the boundary", b"--" + BOUNDARY + b"xx"),
        ("no headers", b"--" + BOUNDARY + b"\r\n\r\n\r\nbody\r\n"),
        ("no name", body(part("Content-Disposition: form-data"))),
        ("not a form's", body(part('Content-Disposition: attachment; name="x"'))),
        ("no disposition", body(part("Content-Type: text/plain"))),
        ("headers without end", b"--" + BOUNDARY + b"\r\n" + b"x" * 9000),
        ("headers too long", body(part(f"X: {'x' * 9000}\r\n{HEADERS}"))),
    ],
)
def test_what_is_not_a_form_is_refused(case: str, whole: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        cut([whole])

    assert refusal.value.message_code == "REQUEST_MALFORMED"
