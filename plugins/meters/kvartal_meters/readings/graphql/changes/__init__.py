"""What staff do with readings and meters besides submitting, and the history that it leaves."""

from kvartal_meters.readings.graphql.changes.deletion import DeletionMutations
from kvartal_meters.readings.graphql.changes.replacement import ReplacementMutations
from kvartal_meters.readings.graphql.changes.review import ReviewMutations
from kvartal_meters.readings.graphql.changes.revisions import ReadingChanges

__all__ = ["EXTENSIONS", "MUTATIONS"]

MUTATIONS = (DeletionMutations, ReplacementMutations, ReviewMutations)
EXTENSIONS = (ReadingChanges,)
