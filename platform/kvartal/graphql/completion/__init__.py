"""Compiled completion: the part of an answer that is plain attributes, by generated functions.

graphql-core keeps everything else, and does that part too whenever anything in it is odd.
"""

from kvartal.graphql.completion.executor import CompiledExecutor
from kvartal.graphql.completion.kept import CodedAnswer, KeptAnswers
from kvartal.graphql.completion.plans import Plans
from kvartal.graphql.completion.shared import kept_answers_of, was_made_by_plans

__all__ = [
    "CodedAnswer",
    "CompiledExecutor",
    "KeptAnswers",
    "Plans",
    "kept_answers_of",
    "was_made_by_plans",
]
