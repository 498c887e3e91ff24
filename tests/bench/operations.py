"""What is measured, as clients ask for it."""

__all__ = ["BULK", "HISTORY", "LIST", "SCREEN", "SUBMIT", "WATCH", "WIDGET"]

LIST = """
query Readings($first: Int!) {
  readings(first: $first) {
    nodes {
      id billingMonth takenOn submittedAt channel authorKind consumption unit needsReview version
      meter {
        identifier serialNumber type status
        building { address } premise { number } account { number }
      }
    }
  }
}
"""

WIDGET = """
query Widget($premise: ID!) {
  premise(id: $premise) {
    homeWidgets {
      key title pinned position
      ... on MeterWidget { state submitted total submitBy opensOn daysUntilOpen message progress }
    }
  }
}
"""

SCREEN = """
query Meters($premise: ID!) {
  premise(id: $premise) {
    number building { address }
    meters {
      id type typeTitle resourceKind unit serialNumber status
      registers { number label }
      verification { severity dueOn daysLeft message }
      submission {
        allowed reasons { code message opensOn }
        opensOn closesOn billingMonth hasReading confirmationThresholds
      }
      readings(first: 1) {
        nodes { billingMonth takenOn consumption values { number label value previous } }
      }
    }
  }
}
"""

HISTORY = """
query History($premise: ID!) {
  premise(id: $premise) {
    readingHistory(first: 12) {
      billingMonth
      readings { takenOn consumption values { number value } meter { type serialNumber } }
    }
    monthlyConsumption(resourceKind: WATER) { unit points { billingMonth consumption } }
  }
}
"""

SUBMIT = """
mutation Submit($input: SubmitReadingsInput!) {
  submitReadings(input: $input) {
    readings { id billingMonth version consumption values { value previous } }
    errors { code path }
  }
}
"""

BULK = """
mutation Register($input: RegisterReadingsInput!) {
  registerReadings(input: $input) {
    registration { created updated unchanged rejected rows { outcome } }
    errors { code }
  }
}
"""

WATCH = """
subscription Watch($premise: ID!) {
  homeWidgetChanged(premiseId: $premise) {
    key ... on MeterWidget { state submitted total }
  }
}
"""
