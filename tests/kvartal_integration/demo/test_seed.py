"""What the demo shows of the exchange: filled forms, and a log that people can read."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from kvartal.auth.models import Employee
from kvartal.demo import seed as data
from kvartal.demo.api import Tenant, demo_id
from kvartal.graphql.node import encode_id
from kvartal.testing.auth_factories import actor_of
from kvartal.testing.host import Committed
from kvartal_integration.examples import EXAMPLES
from kvartal_integration.operations.rules import OperationStatus

COMPANY = demo_id("organization", Tenant.COMPANY)
LOG = """
query ($id: ID!, $filter: OperationFilterInput) {
  operations(organizationId: $id, filter: $filter) {
    nodes {
      kind status message startedBy errors warnings counts { title }
      entries { nodes { code message } totalCount { count } }
    }
  }
}
"""


@pytest.mark.committed
async def test_the_log_shows_what_there_is_to_be_seen_in_both_languages(
    committed: Callable[..., AbstractAsyncContextManager[Committed]],
) -> None:
    async with committed() as own:
        await data.seed(own.host.registry, "kv_x")
        employee = await Employee.filter(organization_id=COMPANY, all_buildings=True).first()
        assert employee is not None
        actor = await actor_of(employee)

        given = {"id": encode_id("Organization", COMPANY)}
        for locale in ("ru", "en"):
            answer = await own.client(LOG, given, actor=actor, locale=locale)
            found = answer["data"]["operations"]["nodes"]
            assert {each["status"] for each in found} == {
                OperationStatus.SUCCEEDED,
                OperationStatus.SUCCEEDED_WITH_WARNINGS,
                OperationStatus.FAILED,
                OperationStatus.CANCELLED,
            }
            told = [each["message"] for each in found]
            told += [entry["message"] for each in found for entry in each["entries"]["nodes"]]
            told += [count["title"] for each in found for count in each["counts"]]
            # A sentence that is missing is told by its code.
            assert not [each for each in told if "_" in each and ".xml" not in each]
            assert not [each for each in told if "—" in each and "None" in each]
        for each in found:
            assert each["entries"]["totalCount"]["count"] == each["errors"] + each["warnings"]
        assert [each["startedBy"] for each in found].count(None) == len(found) - 1

        for example in EXAMPLES:
            answer = await own.client(example.query, example.variables, actor=actor)
            assert "errors" not in answer, example.title
