"""Mutations that state their failures: the payload type is made from what they may raise."""

import functools
import inspect
import typing
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields as dataclass_fields
from enum import Enum
from typing import Annotated, Any

import strawberry
import structlog

from kvartal.context import Context
from kvartal.errors import DomainError, KvartalError, Refused
from kvartal.graphql.enums import describe_enum
from kvartal.graphql.fields import Access, guarded
from kvartal.graphql.recording import recorded
from kvartal.text import say

__all__ = ["mutation"]

log = structlog.get_logger("kvartal.graphql")

Body = Callable[..., Awaitable[Any]]


def mutation(
    *,
    access: Access,
    description: str,
    raises: Sequence[type[DomainError]] = (),
    payload: str | None = None,
    secret: bool = False,
    unaudited: str | None = None,
    repeatable: bool = False,
) -> Callable[[Body], Any]:
    """A field of Mutation, over a function ``(self, info, input) -> <what changed>``.

    ``raises``: the domain errors that travel in the payload; another one is a bug. ``payload``:
    the name of the payload's field; by default that of the type returned. ``secret``: the answer
    is shown once, so a retry by ``Idempotency-Key`` is told of it but does not get it.
    ``unaudited``: why it leaves no row in the audit log, as all others do by themselves.
    ``repeatable``: it changes nothing here, so a retry by ``Idempotency-Key`` does it again, and
    no transaction is open while it waits for others.
    """

    def decorate(function: Body) -> Any:
        made = _PayloadTypes.of(function, raises, payload)
        guard = guarded(function, access)

        async def answer(*args: Any, **kwargs: Any) -> Any:
            context: Context = kwargs["info"].context
            try:
                if unaudited is not None:
                    result = await guard(*args, **kwargs)
                else:
                    result = await recorded(_lower(made.mutation), guard, args, kwargs)
            except (DomainError, Refused) as error:
                context.refused = True
                return made.refusal(error, context)
            return made.success(result)

        for attribute in functools.WRAPPER_ASSIGNMENTS:
            setattr(answer, attribute, getattr(function, attribute))
        # Strawberry reads the arguments from it.
        answer.__signature__ = _signature(function, made.payload)  # type: ignore[attr-defined] # read by inspect
        return strawberry.mutation(
            resolver=answer,
            description=description,
            metadata={
                "access": access,
                "raises": raises,
                "secret": secret,
                "unaudited": unaudited,
                "repeatable": repeatable,
            },
        )

    return decorate


def _signature(function: Body, payload: Any) -> inspect.Signature:
    signature = inspect.signature(function)
    parameters = dict(signature.parameters)
    if "input" in parameters:
        kind: Any = typing.get_type_hints(function, include_extras=True)["input"]
        described = strawberry.argument(description="What is asked for.")
        annotation: Any = Annotated[kind, described]
        parameters["input"] = parameters["input"].replace(annotation=annotation)
    return signature.replace(parameters=list(parameters.values()), return_annotation=payload)


class _PayloadTypes:
    """The GraphQL types of one mutation's answer."""

    def __init__(
        self, name: str, field: str | None, result: Any, raises: Sequence[type[DomainError]]
    ) -> None:
        self.mutation = name
        self.field = field
        self.codes = {each.code for each in raises}
        self.error = _error_type(name, raises)
        annotations: dict[str, Any] = {}
        namespace: dict[str, Any] = {}
        if field is not None:
            annotations[field] = result | None
            namespace[field] = strawberry.field(
                default=None, description="What changed; null if the mutation was refused."
            )
        annotations["errors"] = list[self.error]  # type: ignore[name-defined] # made at run time
        namespace["errors"] = strawberry.field(
            default_factory=list, description="Why it was refused; empty on success."
        )
        self.payload = _strawberry_type(
            f"{name}Payload", annotations, namespace, f"The answer of {_lower(name)}."
        )

    @classmethod
    def of(
        cls, function: Body, raises: Sequence[type[DomainError]], field: str | None
    ) -> "_PayloadTypes":
        name = "".join(part.title() for part in function.__name__.split("_"))
        result = typing.get_type_hints(function, include_extras=True)["return"]
        if result is type(None):
            return cls(name, None, None, raises)
        return cls(name, field or _snake(getattr(result, "__name__", "")), result, raises)

    def success(self, result: Any) -> Any:
        return self.payload(**({self.field: result} if self.field else {}))

    def refusal(self, error: DomainError | Refused, context: Context) -> Any:
        refused = error.errors if isinstance(error, Refused) else (error,)
        undeclared = [each.code for each in refused if each.code not in self.codes]
        if undeclared:
            raise KvartalError(
                f"{self.mutation} raised {', '.join(undeclared)} without declaring it"
            ) from error
        return self.payload(errors=[self._row(each, context.locale) for each in refused])

    def _row(self, error: DomainError, locale: str) -> Any:
        facts = error.facts()
        known = {each.name for each in dataclass_fields(self.error)}
        return self.error(
            code=error.code,
            message=say(error.message_code, locale, **facts),
            path=[_camel(str(step)) for step in error.path],
            **{name: value for name, value in facts.items() if name in known},
        )


def _error_type(name: str, raises: Sequence[type[DomainError]]) -> Any:
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {}
    if raises:
        annotations["code"] = _error_codes(name, raises)
    else:
        annotations["code"] = str
    namespace["code"] = strawberry.field(description="Machine-readable reason.")
    annotations["message"] = str
    namespace["message"] = strawberry.field(
        description="What went wrong and what to do, in the client's language."
    )
    annotations["path"] = list[str]
    namespace["path"] = strawberry.field(
        description="The input field at fault, from the input's root; empty if it is the whole."
    )
    for kind in raises:
        for fact, hint in _facts(kind).items():
            if fact in annotations and annotations[fact] != hint | None:
                raise KvartalError(f"{name}: {kind.__name__}.{fact} clashes with another error's")
            annotations[fact] = hint | None
            namespace[fact] = strawberry.field(
                default=None, description=f"The fact `{_camel(fact)}` of {kind.code} (or alike)."
            )
    return _strawberry_type(
        f"{name}Error", annotations, namespace, f"A reason why {_lower(name)} was refused."
    )


def _error_codes(name: str, raises: Sequence[type[DomainError]]) -> Any:
    # Called as a function, Enum makes a class; mypy takes a dynamic one for a member.
    codes: Any = Enum(f"{name}ErrorCode", {each.code: each.code for each in raises})  # type: ignore[misc]
    describe_enum(
        codes,
        f"Why {_lower(name)} may be refused.",
        **{each.code: _description(each) for each in raises},
    )
    return codes


def _description(kind: type[DomainError]) -> str:
    text = inspect.getdoc(kind) or ""
    if text.startswith(f"{kind.__name__}("):  # dataclasses made it
        raise KvartalError(f"{kind.__qualname__} needs a docstring: the schema describes its code")
    return " ".join(text.partition("\n\n")[0].split()).replace("``", "`")


def _facts(kind: type[DomainError]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {
        each.name: hints[each.name]
        for each in dataclass_fields(kind)
        if each.metadata.get("fact", True)
    }


def _strawberry_type(
    name: str, annotations: dict[str, Any], namespace: dict[str, Any], description: str
) -> Any:
    cls = type(name, (), {**namespace, "__annotations__": annotations})
    return strawberry.type(cls, description=description)


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
