"""The largest page of what a CRM and a billing system ask for is within the limit of cost."""

import pytest

from kvartal.auth.actor import Actor
from kvartal.testing.client import GraphQLClient

CARDS = """
query ($first: Int) {
  meters(first: $first, filter: {includeArchived: true}) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id identifier externalId type typeTitle resourceKind scope status serialNumber brand model
      commissionedOn verifiedOn nextVerificationOn verificationInterval verificationReason
      archivedAt archiveReason displayName unit isVerified initialValues intDigits version
      updatedAt condition antimagneticSeal temperatureSensor pressureSensor remoteReading
      installationPlace installedOn sealedOn transformationRatio
      registers { number label register }
      verification { severity message dueOn daysLeft }
      building { id address externalId timezone }
      premise { id number externalId kind }
      account { id number externalId }
      readings(first: 1) {
        nodes {
          id billingMonth takenOn submittedAt consumption channel
          values { number value previous consumption }
        }
      }
    }
  }
}
"""
PULL = """
query ($first: Int) {
  readings(orderBy: UPDATED_AT, first: $first) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id version needsReview billingMonth takenOn submittedAt channel consumption unit
      values { number value previous consumption }
      meter {
        id externalId identifier type
        account { number externalId } premise { externalId number } building { externalId }
      }
    }
  }
}
"""


@pytest.mark.parametrize("document", [CARDS, PULL], ids=["cards", "a pull"])
async def test_five_hundred_rows_may_be_asked_for(
    gql: GraphQLClient, system: Actor, document: str
) -> None:
    answer = await gql(document, {"first": 500}, actor=system)

    assert "errors" not in answer
    [page] = answer["data"].values()
    assert page["pageInfo"]["hasNextPage"] is False


async def test_the_next_row_is_refused_with_the_limit(gql: GraphQLClient, system: Actor) -> None:
    answer = await gql(CARDS, {"first": 501}, actor=system)

    assert [each["message"] for each in answer["errors"]] == [
        "Недопустимый размер страницы: 501. Допустимо от 0 до 500"
    ]
