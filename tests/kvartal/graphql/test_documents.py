"""The document cache: parse, measure and validate once, keep only what may be executed."""

import pytest
from graphql import OperationType, build_schema

from kvartal.errors import BadInput, TooComplex
from kvartal.graphql import documents as module
from kvartal.graphql.documents import Documents, InvalidDocument
from kvartal.graphql.limits import Limits

SCHEMA = build_schema(
    """
    type Query { hello(name: String, other: Int): String  again: Query }
    type Mutation { bump: Int }
    type Subscription { ticks: Int }
    """
)


def _documents(limits: Limits | None = None, **bounds: int) -> Documents:
    return Documents(SCHEMA, limits or Limits(), **bounds)


def test_a_known_document_is_neither_parsed_nor_validated_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents = _documents()
    first = documents.get("{ hello }")
    monkeypatch.setattr(module, "parse", None)
    monkeypatch.setattr(module, "validate", None)

    assert documents.get("{ hello }") is first


def test_the_least_recently_used_document_goes_first() -> None:
    documents = _documents(max_documents=2)
    first = documents.get("{ a: hello }")
    second = documents.get("{ b: hello }")
    documents.get("{ a: hello }")
    documents.get("{ c: hello }")

    assert len(documents) == 2
    assert documents.get("{ a: hello }") is first
    assert documents.get("{ b: hello }") is not second


def test_the_cache_is_bounded_by_characters_too() -> None:
    documents = _documents(max_characters=100)
    for index in range(20):
        documents.get(f"query q{index} {{ hello }}" + " " * 20)

    assert len(documents) == 2


def test_refused_documents_are_not_kept() -> None:
    documents = _documents(Limits(depth=2))

    for text in ("{", "{ nothing }", "{ again { again { hello } } }"):
        with pytest.raises((InvalidDocument, TooComplex)):
            documents.get(text)

    assert len(documents) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Syntax Error: Unexpected <EOF>."),
        ("{ hello", "Syntax Error: Expected Name, found <EOF>."),
        ("{ helo }", "Cannot query field 'helo' on type 'Query'."),
        ('{ hello(nam: "x") }', "Unknown argument 'nam' on field 'Query.hello'."),
        ("{ ...a } fragment a on Query { ...a }", "Cannot spread fragment 'a' within itself."),
        ("type X { y: Int }", "The 'X' definition is not executable."),
        ("query A { hello } query A { hello }", "There can be only one operation named 'A'."),
        (
            "{ hello } query B { hello }",
            "This anonymous operation must be the only defined operation.",
        ),
    ],
)
def test_an_invalid_document_is_explained_without_suggestions(text: str, message: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        _documents().get(text)

    assert [error.message for error in refused.value.errors] == [message]


def test_only_a_few_errors_are_reported() -> None:
    with pytest.raises(InvalidDocument) as refused:
        _documents().get("{ again {" + " ".join(f"no{i}" for i in range(50)) + "} }")

    assert len(refused.value.errors) == module.MAX_REPORTED_ERRORS + 1


@pytest.mark.parametrize("text", ["{" * 100_000, "[" * 100_000, "{a(x:" + "[" * 100_000])
def test_100_000_brackets_are_too_many(text: str) -> None:
    with pytest.raises(TooComplex) as refused:
        _documents().get(text)

    assert refused.value.message_code == "TOO_COMPLEX_DOCUMENT"
    assert refused.value.facts == {"limit": 32_768, "value": len(text)}


@pytest.mark.parametrize(
    "opening", ["{a" * 2_000, "{a(x:" + "[" * 2_500, "query($v:" + "[" * 2_500]
)
def test_deep_nesting_is_a_syntax_error_and_no_stack_overflow(opening: str) -> None:
    documents = _documents(Limits(tokens=1_000_000, document_bytes=10_000_000))

    with pytest.raises(InvalidDocument, match=r"nested too deeply|Expected|Unexpected"):
        documents.get(opening)


def test_the_size_is_counted_in_bytes() -> None:
    text = '{ hello(name: "' + "ж" * 500 + '") }'
    size = len(text.encode())

    _documents(Limits(document_bytes=size)).get(text)
    with pytest.raises(TooComplex) as refused:
        _documents(Limits(document_bytes=size - 1)).get(text)

    assert refused.value.facts == {"limit": size - 1, "value": size}


def test_tokens_are_limited() -> None:
    _documents(Limits(tokens=3)).get("{ hello }")

    with pytest.raises(TooComplex) as refused:
        _documents(Limits(tokens=3)).get("{ hello hello }")

    assert refused.value.message_code == "TOO_COMPLEX_TOKENS"
    assert refused.value.facts == {"limit": 3, "value": 4}


def test_comments_are_limited() -> None:
    with pytest.raises(InvalidDocument, match="comments"):
        _documents(Limits(tokens=10)).get("#\n" * 20 + "{ hello }")


def test_the_only_operation_needs_no_name() -> None:
    document = _documents().get("mutation Bump { bump }")

    assert document.operation(None).name == "Bump"
    assert document.operation("Bump").kind is OperationType.MUTATION


def test_an_unknown_name_is_refused() -> None:
    document = _documents().get("query A { hello }")

    with pytest.raises(BadInput) as refused:
        document.operation("B" * 1_000)

    assert refused.value.message_code == "OPERATION_UNKNOWN"
    assert refused.value.facts == {"name": "B" * 100}


@pytest.mark.parametrize(("text", "count"), [("query A { hello } query B { hello }", 2)])
def test_several_operations_need_a_name(text: str, count: int) -> None:
    document = _documents().get(text)

    with pytest.raises(BadInput) as refused:
        document.operation(None)

    assert refused.value.message_code == "OPERATION_NAME_REQUIRED"
    assert refused.value.facts == {"count": 2}


def test_a_document_of_fragments_alone_has_nothing_to_run() -> None:
    with pytest.raises(InvalidDocument, match="never used"):
        _documents().get("fragment a on Query { hello }")
