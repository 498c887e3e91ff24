"""graphql-core's executor, with the plain parts of an answer completed by plans."""

from collections.abc import Awaitable
from typing import Any

from graphql import GraphQLObjectType, GraphQLOutputType, GraphQLResolveInfo
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from kvartal.graphql.completion.plans import Plans, Split, Variant

__all__ = ["CompiledExecutor"]


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes what is made of attributes alone by the document's plans.

    A plan raises at anything odd: graphql-core completes that part again, and all that follows, so
    that errors, their paths and what becomes null are its own. Off where a resolver is wrapped.
    ``is_by_plans``: below the root no resolver has been asked, so that the answer is made of the
    root's value alone.
    """

    def __init__(self, *args: Any, plans: Plans | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._splits: dict[int, tuple[GroupedFieldSet, Split | None]] = {}
        self._variant: Variant | None = None
        self.is_by_plans = True
        if plans is not None and self._is_plain():
            self._variant = plans.of(self)

    @property
    def variant(self) -> Variant | None:
        """The plans that it goes by, if by any."""
        return self._variant

    def _is_plain(self) -> bool:
        return (
            self.middleware_manager is None
            and self.abort_signal is None
            and self.is_awaitable is optimized_is_awaitable
        )

    def build_per_event_executor(self, payload: Any) -> "CompiledExecutor":
        """The executor of one event of a subscription.

        graphql-core lets it share what was collected for all events before it, which nothing finds
        again: that would grow with every event.
        """
        executor: CompiledExecutor = super().build_per_event_executor(payload)  # type: ignore[assignment] # a copy of this one
        executor._relevant_sub_fields = {}
        executor._splits = {}
        executor.is_by_plans = True
        return executor

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        """Complete a field's value, or an item of a list."""
        if self._variant is not None and result is not None:
            plan = self._variant.of_value(self, return_type, field_details_list)
            if plan is not None:
                try:
                    return plan(result)
                except Exception:
                    self._variant = None
        return super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Complete an object: its basic fields by a plan, then the others."""
        split = None
        if self._variant is not None and path is not None and position_context is None:
            split = self._split_of(self._variant, parent_type, grouped_field_set)
        if split is not None:
            try:
                completed: dict[str, Any] = split.basic(source_value)
            except Exception:
                self._variant = None
            else:
                if not split.others:
                    return completed
                self.is_by_plans = False
                grouped = {key: grouped_field_set[key] for key in split.others}
                others = super().execute_fields(
                    parent_type, source_value, path, grouped, position_context
                )
                return _merged(completed, others)
        if path is not None:
            self.is_by_plans = False
        return super().execute_fields(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    def _split_of(
        self, variant: Variant, parent: GraphQLObjectType, grouped: GroupedFieldSet
    ) -> Split | None:
        # By identity, which is quick; the set is kept, so that no other takes its place.
        known = self._splits.get(id(grouped))
        if known is None:
            known = (grouped, variant.of_fields(self, parent, grouped))
            self._splits[id(grouped)] = known
        return known[1]


def _merged(
    completed: dict[str, Any], others: AwaitableOrValue[dict[str, Any]]
) -> AwaitableOrValue[dict[str, Any]]:
    """The object with its other fields in the places that were left for them."""
    if isinstance(others, dict):
        return completed | others
    return _awaited(completed, others)


async def _awaited(completed: dict[str, Any], others: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return completed | await others
