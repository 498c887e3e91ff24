"""Documents by their hash: which are known, which are trusted, and how a client learns it."""

import json
from pathlib import Path

import pytest

from kvartal.errors import BadInput, Forbidden
from kvartal.graphql import trusted
from kvartal.graphql.trusted import (
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
    TrustedDocuments,
    TrustedDocumentsError,
    TrustMode,
    load_documents,
    sha256_of,
)

TEXT = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
HASH = "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"
OTHER = "{ other }"


def test_the_hash_is_the_specifications() -> None:
    assert sha256_of(TEXT) == HASH


def test_switched_off_texts_pass_and_hashes_do_not() -> None:
    documents = TrustedDocuments()

    assert documents.text_of(TEXT, None) == TEXT
    for text in ("", TEXT):
        with pytest.raises(PersistedQueryNotSupported):
            documents.text_of(text, HASH)


def test_a_shown_document_is_remembered_once_it_is_found_valid() -> None:
    documents = TrustedDocuments(TrustMode.ALLOW)
    with pytest.raises(PersistedQueryNotFound):
        documents.text_of("", HASH)

    assert documents.text_of(TEXT, HASH) == TEXT
    with pytest.raises(PersistedQueryNotFound):
        documents.text_of("", HASH)
    documents.remember(TEXT, HASH)

    assert documents.text_of("", HASH) == TEXT


def test_a_wrong_hash_poisons_nothing() -> None:
    documents = TrustedDocuments(TrustMode.ALLOW)

    with pytest.raises(BadInput) as refused:
        documents.text_of(OTHER, HASH)

    assert refused.value.message_code == "PERSISTED_QUERY_MISMATCH"


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "MAX_REMEMBERED", 2)
    documents = TrustedDocuments(TrustMode.ALLOW)

    for text in ("{ a }", "{ b }", "{ a }", "{ c }"):
        documents.remember(text, sha256_of(text))

    assert documents.text_of("", sha256_of("{ a }")) == "{ a }"
    assert documents.text_of("", sha256_of("{ c }")) == "{ c }"
    with pytest.raises(PersistedQueryNotFound):
        documents.text_of("", sha256_of("{ b }"))


def test_a_text_without_a_hash_is_not_remembered() -> None:
    documents = TrustedDocuments(TrustMode.ALLOW)

    documents.remember(TEXT, None)

    with pytest.raises(PersistedQueryNotFound):
        documents.text_of("", HASH)


def test_only_registered_documents_pass_by_hash_or_by_text() -> None:
    documents = TrustedDocuments(TrustMode.ONLY, {HASH: TEXT})

    assert documents.text_of("", HASH) == TEXT
    assert documents.text_of(TEXT, None) == TEXT
    assert documents.text_of(TEXT, HASH) == TEXT
    with pytest.raises(PersistedQueryNotFound):
        documents.text_of("", sha256_of(OTHER))
    for digest in (None, sha256_of(OTHER)):
        with pytest.raises(Forbidden) as refused:
            documents.text_of(OTHER, digest)
        assert refused.value.message_code == "DOCUMENT_NOT_TRUSTED"
    with pytest.raises(BadInput):
        documents.text_of(OTHER, HASH)


def test_where_only_registered_ones_pass_none_is_remembered() -> None:
    documents = TrustedDocuments(TrustMode.ONLY, {HASH: TEXT})

    documents.remember(OTHER, sha256_of(OTHER))

    with pytest.raises(PersistedQueryNotFound):
        documents.text_of("", sha256_of(OTHER))


def test_a_lone_surrogate_has_a_hash() -> None:
    assert len(sha256_of("\ud800")) == 64


@pytest.mark.parametrize(
    ("case", "manifest"),
    [
        ("Relay's and codegen's", {HASH: TEXT}),
        ("with the prefix of the specification", {f"sha256:{HASH}": TEXT}),
        (
            "Apollo's",
            {
                "format": "apollo-persisted-query-manifest",
                "version": 1,
                "operations": [{"id": HASH, "name": "User", "type": "query", "body": TEXT}],
            },
        ),
    ],
)
def test_a_manifest_is_read(tmp_path: Path, case: str, manifest: object) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(manifest))

    assert load_documents(file) == {HASH: TEXT}, case
    assert load_documents(tmp_path) == {HASH: TEXT}, case


def test_a_directory_may_hold_documents_themselves(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "user.graphql").write_text(TEXT)
    (tmp_path / "other.json").write_text(json.dumps({sha256_of(OTHER): OTHER}))
    (tmp_path / "README.md").write_text("not a document")

    assert load_documents(tmp_path) == {HASH: TEXT, sha256_of(OTHER): OTHER}


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a manifest"),
        ('{"x": 1}', "is not a manifest"),
        ('{"operations": [1]}', "is not a manifest"),
        ('{"x": "{ a }"}', "is not the SHA-256"),
        ("{}", "has no trusted documents"),
    ],
)
def test_a_bad_manifest_stops_the_start(tmp_path: Path, content: str, cause: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(content)

    with pytest.raises(TrustedDocumentsError, match=cause):
        load_documents(file)


def test_a_missing_file_and_an_unreadable_one_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.graphql").write_bytes(b"\xff")

    with pytest.raises(TrustedDocumentsError, match=r"x\.graphql cannot be read"):
        load_documents(tmp_path)
    with pytest.raises(TrustedDocumentsError, match=r"no\.json cannot be read"):
        load_documents(tmp_path / "no.json")
