"""How many pairs of fields validation will compare to find out whether they can be merged.

That rule of the specification is quadratic: 2.8 KB of ``a{x}a{x}…`` keep it busy for a second.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from graphql import (
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    SelectionSetNode,
)

__all__ = ["comparisons"]


def comparisons(
    definitions: Iterable[ExecutableDefinitionNode],
    fragments: Mapping[str, FragmentDefinitionNode],
    enough: int,
) -> int:
    """The number of visits and comparisons; counting stops soon after ``enough``."""
    total = 0
    for definition in definitions:
        pending = [[definition.selection_set]]
        while pending and total <= enough:
            level = _Level(fragments)
            level.merge(pending.pop())
            total += level.work
            pending += level.nested.values()
    return total


class _Level:
    """One level of the response: all selection sets that contribute to the same object."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self.counts: dict[str, int] = defaultdict(int)
        self.nested: dict[str, list[SelectionSetNode]] = defaultdict(list)
        self.spread: set[str] = set()

    @property
    def work(self) -> int:
        """Each field once, and each pair of one response key or of two fragments."""
        pairs = sum(count * (count - 1) // 2 for count in self.counts.values())
        return sum(self.counts.values()) + pairs + len(self.spread) * (len(self.spread) - 1) // 2

    def merge(self, sets: list[SelectionSetNode]) -> None:
        """Collect the fields of the sets, through fragments, each fragment once."""
        pending = list(sets)
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    key = (selection.alias or selection.name).value
                    self.counts[key] += 1
                    if selection.selection_set is not None:
                        self.nested[key].append(selection.selection_set)
                elif isinstance(selection, InlineFragmentNode):
                    pending.append(selection.selection_set)
                else:
                    self._spread(selection.name.value, pending)  # type: ignore[attr-defined]  # the third kind

    def _spread(self, name: str, pending: list[SelectionSetNode]) -> None:
        if name in self.fragments and name not in self.spread:
            self.spread.add(name)
            pending.append(self.fragments[name].selection_set)
