"""What plugins may use of stored files: keep an upload or a product, attach, list, read, delete it.

A plugin's object shows its files by a loader over ``files_of`` and ``StoredFile.of``: staff who see
the object see them by their ids too, residents where the object shows them.
"""

from kvartal.files.graphql import UPLOAD_ERRORS, StoredFile
from kvartal.files.produced import as_path, keep, remove_old
from kvartal.files.queries import files_of
from kvartal.files.rules import (
    FileEmpty,
    FileTooLarge,
    FileTypeRefused,
    FileUnavailable,
    UploadLimit,
)
from kvartal.files.service import attach, remove, require_upload, store
from kvartal.files.storage.store import FileMissing
from kvartal.files.uploads import UploadedFile

__all__ = [
    "UPLOAD_ERRORS",
    "FileEmpty",
    "FileMissing",
    "FileTooLarge",
    "FileTypeRefused",
    "FileUnavailable",
    "StoredFile",
    "UploadLimit",
    "UploadedFile",
    "as_path",
    "attach",
    "files_of",
    "keep",
    "remove",
    "remove_old",
    "require_upload",
    "store",
]
