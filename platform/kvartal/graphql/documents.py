"""The bounded cache from a document's text to its parsed, measured and validated form."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from kvartal.errors import BadInput, KvartalError, TooComplex
from kvartal.graphql.completion import Plans
from kvartal.graphql.limits import Limits, Measure, OperationMeasure, measure, refuse_above
from kvartal.metrics import DOCUMENTS

__all__ = ["Document", "Documents", "InvalidDocument", "Operation"]

MAX_REPORTED_ERRORS = 5
_NUL = re.compile(r"\0|\\u0000|\\u\{0+\}")  # PostgreSQL keeps none
_RULES = (*specified_rules, MaybeNullValidationRule)


class InvalidDocument(KvartalError):
    """The document does not parse or does not fit the schema; graphql-core's errors tell why."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document."""

    name: str | None
    kind: OperationType
    measure: OperationMeasure
    root_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document within the limits, ready to be executed any number of times."""

    ast: DocumentNode
    introspects: bool
    reads_schema: bool
    operations: Mapping[str | None, Operation]
    plans: Plans = field(default_factory=Plans, compare=False)

    def operation(self, name: str | None) -> Operation:
        """The operation of that name, or the only one; BadInput if there is no such choice."""
        if name is not None:
            found = self.operations.get(name)
            if found is None:
                raise BadInput("OPERATION_UNKNOWN", name=name[:100])
            return found
        if len(self.operations) != 1:
            raise BadInput("OPERATION_NAME_REQUIRED", count=len(self.operations))
        return next(iter(self.operations.values()))


class Documents:
    """The valid documents last used; refused ones are not kept, so that they push nothing out."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        max_documents: int = 1_000,
        max_characters: int = 4_000_000,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._max_documents = max_documents
        self._max_characters = max_characters
        self._characters = 0
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str) -> Document:
        """The document of this text; InvalidDocument or TooComplex if it may not be executed."""
        document = self._kept.get(text)
        if document is not None:
            DOCUMENTS.labels("hit").inc()
            self._kept.move_to_end(text)
            return document
        DOCUMENTS.labels("miss").inc()
        document = self._read(text)
        self._kept[text] = document
        self._characters += len(text)
        while len(self._kept) > self._max_documents or self._characters > self._max_characters:
            dropped, _ = self._kept.popitem(last=False)
            self._characters -= len(dropped)
        return document

    def _read(self, text: str) -> Document:
        ast = self._parse(text)
        measured = measure(ast, self._schema, self._limits)
        self._validate(ast, measured)
        operations = {
            name: Operation(
                name, node.operation, measured.operations[name], tuple(_root_fields(ast, node))
            )
            for node in ast.definitions
            if isinstance(node, OperationDefinitionNode)
            for name in [node.name.value if node.name else None]
        }
        return Document(ast, measured.introspects, measured.reads_schema, operations)

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        # A character is up to four bytes: only a text of doubtful size has to be encoded.
        if len(text) * 4 > limits.document_bytes:
            size = len(text.encode(errors="replace"))
            refuse_above("DOCUMENT", limits.document_bytes, size)
        if _NUL.search(text):
            raise BadInput("NUL_CHARACTER")
        try:
            return parse(text, max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
        except GraphQLSyntaxError as error:
            if f"more than {limits.tokens} tokens" in error.message:
                raise TooComplex(
                    "TOO_COMPLEX_TOKENS", limit=limits.tokens, value=limits.tokens + 1
                ) from None
            raise InvalidDocument([error]) from None

    def _validate(self, ast: DocumentNode, measured: Measure) -> None:
        # A cyclic document was not measured, so the dearer rules must not see it.
        rules = (NoFragmentCyclesRule,) if measured.is_cyclic else _RULES
        errors = validate(
            self._schema, ast, rules, max_errors=MAX_REPORTED_ERRORS, hide_suggestions=True
        )
        if errors:
            raise InvalidDocument(errors)


def _root_fields(ast: DocumentNode, operation: OperationDefinitionNode) -> Iterator[str]:
    """The names of an operation's root fields, through its fragments; the document is valid."""
    fragments = {
        node.name.value: node
        for node in ast.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    seen: set[str] = set()
    pending: list[SelectionSetNode] = [operation.selection_set]
    while pending:
        for selection in pending.pop().selections:
            match selection:
                case FieldNode():
                    yield selection.name.value
                case InlineFragmentNode():
                    pending.append(selection.selection_set)
                case FragmentSpreadNode() if selection.name.value not in seen:
                    seen.add(selection.name.value)
                    pending.append(fragments[selection.name.value].selection_set)
