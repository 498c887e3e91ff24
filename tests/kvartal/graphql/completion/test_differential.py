"""Compiled against reference execution: the same bytes for every document and every object.

``KVARTAL_COMPLETION_CASES=100000`` runs more cases than the ordinary suite has time for.
"""

import os
import random
from collections import Counter
from typing import Any

import orjson
import pytest
import strawberry
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, parse, validate
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from tests.kvartal.graphql.completion.documents import made_document
from tests.kvartal.graphql.completion.objects import Maker, make_up_resolvers
from tests.kvartal.graphql.completion.schemas import small_schema

from kvartal.graphql.completion import CompiledExecutor, Plans
from kvartal.graphql.schema import build_schema
from kvartal.host import load_registry

CASES = int(os.environ.get("KVARTAL_COMPLETION_CASES", "2400"))  # noqa: TID251 -- no setting of the product
EXECUTIONS = 8  # of one document, with other variables and objects


def our_schema() -> strawberry.Schema:
    return build_schema(load_registry(["meters"]).plugins)


# graphql-core forgets what it need not wait for after an error, in either execution.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("made", [our_schema, small_schema], ids=["ours", "small"])
async def test_compiled_completion_gives_the_same_bytes(made: Any) -> None:
    schema = made()._schema
    make_up_resolvers(schema)
    seen: Counter[str] = Counter()
    overlaps: dict[Any, Any] = {}

    for seed in range(CASES // 2 // EXECUTIONS):
        await _compare(schema, seed, seen, overlaps)

    assert seen["executed"] >= 0.8 * (seen["executed"] + seen["refused"]), seen
    # A comparison without plans, oddities and errors would show nothing.
    assert seen["planned"] > 0.4 * seen["executed"], seen
    assert seen["redone"] > 0.02 * seen["executed"], seen
    assert seen["with errors"] > 0.1 * seen["executed"], seen


async def _compare(
    schema: GraphQLSchema, seed: int, seen: Counter[str], overlaps: dict[Any, Any]
) -> None:
    rng = random.Random(seed)
    document = made_document(schema, rng, overlaps)
    ast = parse(document.text)
    if validate(schema, ast):
        seen["refused"] += EXECUTIONS
        return
    plans = Plans()
    for execution in range(EXECUTIONS):
        variables, name = document.values(rng), rng.choice(document.operations)
        wrongness = rng.choice((0, 0, 0.01, 0.05))

        async def outcome(executor_class: Any, **custom: Any) -> tuple[Any, str]:
            executor = executor_class.build(
                schema,
                ast,
                context_value=Maker(schema, seed * EXECUTIONS + execution, wrongness),  # noqa: B023 -- called at once
                raw_variable_values=variables,  # noqa: B023
                operation_name=name,  # noqa: B023
                is_awaitable=optimized_is_awaitable,
                hide_suggestions=True,
                operation_extensions={},
                **custom,
            )
            return executor, await _outcome(executor)

        _, expected = await outcome(StrawberryGraphQLCoreExecutionContext)
        executor, given = await outcome(CompiledExecutor, plans=plans)

        assert given == expected, f"{seed}.{execution}\n{document.text}\n{variables}"
        _count(executor, plans, expected, seen)


async def _outcome(executor: Any) -> str:
    if isinstance(executor, list):
        return _coded(None, executor)
    result = executor.execute_operation()
    if optimized_is_awaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    return _coded(result.data, result.errors)


def _coded(data: object, errors: list[GraphQLError] | None) -> str:
    formatted = [error.formatted for error in errors or ()]
    return orjson.dumps(
        {"data": data, "errors": formatted},
        default=lambda value: type(value).__name__,
        option=orjson.OPT_NON_STR_KEYS,
    ).decode()


def _count(executor: Any, plans: Plans, outcome: str, seen: Counter[str]) -> None:
    if isinstance(executor, list):
        seen["refused"] += 1
        return
    variant = executor._variant
    seen["executed"] += 1
    seen["redone"] += variant is None
    seen["with errors"] += '"errors":[]' not in outcome
    seen["planned"] += plans.has_any
