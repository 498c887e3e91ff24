"""Compiled completion: the part of an answer that is plain attributes, by generated functions.

graphql-core keeps everything else, and does that part too whenever anything in it is odd.
"""

from kvartal.graphql.completion.executor import CompiledExecutor
from kvartal.graphql.completion.plans import Plans

__all__ = ["CompiledExecutor", "Plans"]
