"""What the examples are about: places and meters of the demo, and the form that all roles send."""

from kvartal.demo.api import RESIDENTS, HomeKey, account_number, demo_id
from kvartal.graphql.node import encode_id

__all__ = ["HOME", "SUBMIT", "identifier", "meter_id", "premise_id"]

HOME = RESIDENTS[0].homes[0]

SUBMIT = """
mutation Submit($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings {
      id billingMonth takenOn channel consumption unit needsReview
      values { label value previous consumption }
      meter { identifier typeTitle }
    }
    errors { code message path previous opensOn average consumption }
  }
}
"""


def premise_id(home: HomeKey) -> str:
    """The id of a premise of the demo."""
    return encode_id("Premise", demo_id("premise", *home))


def identifier(home: HomeKey, mark: str) -> str:
    """The number of a meter: the account's, and the mark of its kind."""
    return f"{account_number(home)}-{mark}"


def meter_id(home: HomeKey, mark: str) -> str:
    """The id of a meter of the demo."""
    return encode_id("Meter", demo_id("meter", identifier(home, mark)))
