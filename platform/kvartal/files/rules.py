"""Rules of stored files: what kinds are taken, by their content, and under what names."""

import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO, ClassVar

from kvartal.errors import DomainError

__all__ = [
    "ALL_TYPES",
    "MEDIA_TYPES",
    "FileEmpty",
    "FileTooLarge",
    "FileTypeRefused",
    "FileUnavailable",
    "UploadLimit",
    "clean_name",
    "media_type_of",
]

NAME_LENGTH = 200
_HEAD = 32
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MEDIA_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "application/pdf": (".pdf",),
        "image/jpeg": (".jpg", ".jpeg"),
        "image/png": (".png",),
        "image/webp": (".webp",),
        "image/heic": (".heic", ".heif"),
        _DOCX: (".docx",),
        _XLSX: (".xlsx",),
    }
)
"""The kinds of files that are taken, each with the endings of its names."""

ALL_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {**MEDIA_TYPES, "text/csv": (".csv",), "application/xml": (".xml",)}
)
"""The same, and those of files that the product makes itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimit:
    """How large files of one kind may be that people send to a plugin: one of its ``offers``.

    It raises what the setting allows all uploads, and never lowers it. ``max_bytes`` is asked when
    the settings are there.
    """

    media_type: str
    max_bytes: Callable[[], int]


_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
_OFFICE = {"word/document.xml": _DOCX, "xl/workbook.xml": _XLSX}


class FileEmpty(DomainError):
    """A file has no content."""

    code: ClassVar[str] = "FILE_EMPTY"


@dataclass(eq=False, kw_only=True)
class FileTooLarge(DomainError):
    """A file is larger than it may be."""

    code: ClassVar[str] = "FILE_TOO_LARGE"
    limit: int


class FileTypeRefused(DomainError):
    """A file is none of the kinds that are taken: PDF, JPEG, PNG, WebP, HEIC, DOCX, XLSX."""

    code: ClassVar[str] = "FILE_TYPE_REFUSED"


class FileUnavailable(DomainError):
    """A file is not the actor's own upload, or belongs to something already."""

    code: ClassVar[str] = "FILE_UNAVAILABLE"


def media_type_of(content: IO[bytes]) -> str | None:
    """What a file is, by its content alone; none if it is not taken."""
    content.seek(0)
    head = content.read(_HEAD)
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return _office_type(content) if head.startswith(b"PK\x03\x04") else None


def clean_name(name: str, media_type: str) -> str:
    """A name that is safe to save under, and ends as files of its kind do."""
    visible = "".join(
        " " if unicodedata.category(char)[0] in "CZ" else char
        for char in unicodedata.normalize("NFC", name).replace("\\", "/")
    )
    base = " ".join(PurePosixPath(visible).name.split())
    endings = ALL_TYPES[media_type]
    ending = next((each for each in endings if base.lower().endswith(each)), None)
    stem = (base[: -len(ending)] if ending else base).strip(". ") or "file"
    ending = ending or endings[0]
    return stem[: NAME_LENGTH - len(ending)] + ending


def _office_type(content: IO[bytes]) -> str | None:
    """The kind of an Office document; none if it is another archive, or carries macros."""
    try:
        content.seek(0)
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, io.UnsupportedOperation, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(
        name.lower().endswith("vbaproject.bin") for name in names
    ):
        return None
    return next((kind for member, kind in _OFFICE.items() if member in names), None)
