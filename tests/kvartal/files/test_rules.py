"""What a file is, by its content, and under what name it is kept."""

import io
import zipfile

import pytest

from kvartal.files.rules import MEDIA_TYPES, clean_name, media_type_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JPEG = "image/jpeg"


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            # Always the same date: the content is part of the tests' names.
            file.writestr(zipfile.ZipInfo(name), "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("case", "content", "media_type"),
    [
        ("PDF", b"%PDF-1.7\n...", "application/pdf"),
        ("JPEG", b"\xff\xd8\xff\xe0\x00\x10JFIF", JPEG),
        ("PNG", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("WebP", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("HEIC", b"\x00\x00\x00\x18ftypheic....", "image/heic"),
        ("DOCX", archive("[Content_Types].xml", "word/document.xml"), DOCX),
        ("XLSX", archive("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        ("empty", b"", None),
        ("text", b"hello", None),
        ("HTML", b"<!doctype html><script>", None),
        ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        ("a program", b"MZ\x90\x00", None),
        ("an old Office file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ("WAV", b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        ("MP4", b"\x00\x00\x00\x18ftypisom....", None),
        ("an archive", archive("a.txt"), None),
        ("an unknown document", archive("[Content_Types].xml", "ppt/x.xml"), None),
        ("without types", archive("word/document.xml"), None),
        (
            "with macros",
            archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
            None,
        ),
        ("a broken archive", archive("[Content_Types].xml")[:30], None),
        ("a PDF further on", b"x%PDF-1.7", None),
    ],
)
def test_a_file_is_what_its_content_is(case: str, content: bytes, media_type: str | None) -> None:
    assert media_type_of(io.BytesIO(content)) == media_type


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("акт поверки.jpg", "акт поверки.jpg"),
        ("Photo.JPEG", "Photo.jpeg"),
        ("C:\\Users\\x\\фото.jpg", "фото.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("evil.exe", "evil.exe.jpg"),
        ("a\r\nb\t\u202ec.jpg", "a b c.jpg"),
        (".jpg", "file.jpg"),
        ("", "file.jpg"),
        (" . .. ", "file.jpg"),
        ("/", "file.jpg"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_a_name_is_safe_and_ends_as_its_kind(name: str, kept: str) -> None:
    assert clean_name(name, JPEG) == kept


def test_each_kind_has_an_ending() -> None:
    assert all(ending.startswith(".") for endings in MEDIA_TYPES.values() for ending in endings)
    assert clean_name("таблица", XLSX) == "таблица.xlsx"
