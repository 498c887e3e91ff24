"""The catalogue of meter types over GraphQL."""

import pytest

from kvartal.auth.actor import ANONYMOUS
from kvartal.testing.client import GraphQLClient
from kvartal_meters.catalog.rules import CATALOG
from kvartal_meters.testing import Home

TYPES = """
{
  meterTypes {
    type title resourceKind resourceTitle unit unitTitle intDigits decimals verificationInterval
    registers { number register label }
  }
}
"""


async def test_the_catalogue_is_told_in_its_order(gql: GraphQLClient, home: Home) -> None:
    answer = await gql(TYPES, actor=home.resident)

    types = answer["data"]["meterTypes"]
    assert [each["type"] for each in types] == [each.value for each in CATALOG]
    assert types[4] == {
        "type": "ELECTRICITY_2T",
        "title": "Электричество, день/ночь",
        "resourceKind": "ELECTRICITY",
        "resourceTitle": "Электричество",
        "unit": "KILOWATT_HOUR",
        "unitTitle": "кВт·ч",
        "intDigits": 6,
        "decimals": 2,
        "verificationInterval": 12,
        "registers": [
            {"number": 1, "register": "DAY", "label": "День"},
            {"number": 2, "register": "NIGHT", "label": "Ночь"},
        ],
    }


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_every_name_is_spoken_in_the_clients_language(
    gql: GraphQLClient, home: Home, locale: str
) -> None:
    answer = await gql(TYPES, actor=home.resident, locale=locale)

    for entry in answer["data"]["meterTypes"]:
        for spoken in (entry["title"], entry["resourceTitle"], entry["unitTitle"]):
            assert "." not in spoken.rstrip(".")
            assert locale == "ru" or spoken.isascii() or spoken == "m³"


async def test_strangers_are_not_told(gql: GraphQLClient, db: None) -> None:
    answer = await gql(TYPES, actor=ANONYMOUS)

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["UNAUTHENTICATED"]
