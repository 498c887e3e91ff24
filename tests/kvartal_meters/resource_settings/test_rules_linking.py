from uuid import UUID

import pytest

from kvartal_meters.resource_settings.rules import LinkOutcome, link_outcome

WANTED, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("present", "locked", "outcome"),
    [
        (None, False, LinkOutcome.LINKED),
        (OTHER, False, LinkOutcome.REPLACED),
        (WANTED, False, LinkOutcome.UNCHANGED),
        (None, True, LinkOutcome.LOCKED),
        (OTHER, True, LinkOutcome.LOCKED),
        (WANTED, True, LinkOutcome.LOCKED),
    ],
)
def test_linking_replaces_what_no_rule_protects(
    present: UUID | None, locked: bool, outcome: LinkOutcome
) -> None:
    assert link_outcome(present, locked=locked, service_id=WANTED) is outcome
