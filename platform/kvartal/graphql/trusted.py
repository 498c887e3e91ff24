"""Documents known by their SHA-256: registered ones, and those that clients have shown before.

The protocol is Apollo's (``extensions.persistedQuery``) and that of GraphQL over HTTP
(``documentId``). Which documents are registered is read once, at start.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import orjson

from kvartal.errors import BadInput, Forbidden, KvartalError, RequestError

__all__ = [
    "PersistedQueryNotFound",
    "PersistedQueryNotSupported",
    "TrustMode",
    "TrustedDocuments",
    "TrustedDocumentsError",
    "load_documents",
]

MAX_REMEMBERED = 1_000


class TrustMode(StrEnum):
    """What a hash is worth: nothing, the text it stands for, or the only way in."""

    OFF = "off"
    ALLOW = "allow"
    ONLY = "only"


class TrustedDocumentsError(KvartalError):
    """The registered documents cannot be read; the text names the file and the cause."""


# Apollo's clients know these two by code and by message, so both are as its protocol has them.
class PersistedQueryNotFound(RequestError):
    """No document of this hash is known: the client is to send its text along."""

    code: ClassVar[str] = "PERSISTED_QUERY_NOT_FOUND"


class PersistedQueryNotSupported(RequestError):
    """Documents by hash are off here: the client is to send texts."""

    code: ClassVar[str] = "PERSISTED_QUERY_NOT_SUPPORTED"


class TrustedDocuments:
    """The texts by hash; ``registered`` ones never change, the others are forgotten in time."""

    def __init__(
        self, mode: TrustMode = TrustMode.OFF, registered: Mapping[str, str] | None = None
    ) -> None:
        self._mode = mode
        self._registered = dict(registered or {})
        self._remembered: OrderedDict[str, str] = OrderedDict()

    def text_of(self, text: str, digest: str | None) -> str:
        """The text of a document named by text, hash or both; refused if it may not be executed."""
        if self._mode is TrustMode.OFF:
            if digest is not None:
                raise PersistedQueryNotSupported
            return text
        if digest is not None and text and sha256_of(text) != digest:
            raise BadInput("PERSISTED_QUERY_MISMATCH")
        if self._mode is TrustMode.ONLY:
            return self._trusted(text, digest)
        if digest is None or text:
            return text
        known = self._registered.get(digest) or self._remembered.get(digest)
        if known is None:
            raise PersistedQueryNotFound
        return known

    def remember(self, text: str, digest: str | None) -> None:
        """Keep a valid document that a client has named, so that next time the hash will do."""
        if digest is None or self._mode is not TrustMode.ALLOW or digest in self._registered:
            return
        self._remembered[digest] = text
        self._remembered.move_to_end(digest)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    def _trusted(self, text: str, digest: str | None) -> str:
        known = self._registered.get(digest or sha256_of(text))
        if known is None:
            # A client that shows the text need not be asked for it: it is the text that is refused.
            raise Forbidden("DOCUMENT_NOT_TRUSTED") if text else PersistedQueryNotFound()
        return known


def sha256_of(text: str) -> str:
    """The hash by which a document is known."""
    # A lone surrogate can come in a frame's JSON; no document has one.
    return sha256(text.encode(errors="replace")).hexdigest()


def load_documents(path: Path) -> dict[str, str]:
    """The documents of a manifest, or of all manifests and ``*.graphql`` files in a directory.

    A manifest is JSON: Apollo's (``operations`` with ``id`` and ``body``) or, as graphql-codegen
    and relay-compiler write it, an object from hash to text.
    """
    found: dict[str, str] = {}
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.suffix == ".json":
            found |= _manifest(file)
        elif file.suffix == ".graphql":
            text = _text(file)
            found[sha256_of(text)] = text
    if not found:
        raise TrustedDocumentsError(f"{path} has no trusted documents: *.json or *.graphql files")
    return found


def _manifest(file: Path) -> dict[str, str]:
    try:
        decoded = orjson.loads(_text(file))
    except orjson.JSONDecodeError as error:
        raise TrustedDocumentsError(f"{file} is not JSON: {error}") from None
    documents: dict[str, str] = {}
    for name, text in _entries(file, decoded):
        digest = name.removeprefix("sha256:")
        if digest != sha256_of(text):
            raise TrustedDocumentsError(f"{file}: {name[:80]} is not the SHA-256 of its document")
        documents[digest] = text
    return documents


def _entries(file: Path, decoded: Any) -> Iterator[tuple[str, str]]:
    pairs: Any = None
    if isinstance(decoded, dict):
        pairs = decoded.items()
        if isinstance(decoded.get("operations"), list):
            pairs = [
                (each.get("id"), each.get("body")) if isinstance(each, dict) else (None, None)
                for each in decoded["operations"]
            ]
    if pairs is None:
        raise TrustedDocumentsError(f"{file} is not a manifest of documents")
    for name, text in pairs:
        if not (isinstance(name, str) and isinstance(text, str)):
            raise TrustedDocumentsError(f"{file} is not a manifest of documents")
        yield name, text


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TrustedDocumentsError(f"{file} cannot be read: {error}") from None
