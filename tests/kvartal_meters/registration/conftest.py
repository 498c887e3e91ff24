"""An integrator who registers meters and readings of one organization."""

from collections.abc import Sequence
from typing import Any

import pytest

from kvartal.auth.actor import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import a_service_token, actor_of
from kvartal.testing.client import GraphQLClient
from kvartal_meters.permissions import METER_REGISTER, READING_REGISTER
from kvartal_meters.testing import Home

ROWS = """
rows { outcome id errors { code path message } warnings { code path message } }
created updated unchanged rejected
"""
METERS = f"""
mutation ($input: RegisterMetersInput!) {{
  registerMeters(input: $input) {{ registration {{ {ROWS} }} errors {{ code }} }}
}}
"""
READINGS = f"""
mutation ($input: RegisterReadingsInput!) {{
  registerReadings(input: $input) {{ registration {{ {ROWS} }} errors {{ code }} }}
}}
"""


class Integrator:
    """Another system with its token."""

    def __init__(self, client: GraphQLClient, organization: Organization, actor: Actor) -> None:
        self.client = client
        self.organization = organization
        self.actor = actor

    async def call(
        self, kind: str, rows: Sequence[dict[str, Any]], actor: Actor | None = None, **more: Any
    ) -> dict[str, Any]:
        """The whole answer to a call about ``meters`` or ``readings``."""
        given = {
            "organizationId": encode_id("Organization", self.organization.id),
            kind: list(rows),
            **more,
        }
        document = METERS if kind == "meters" else READINGS
        return await self.client(document, {"input": given}, actor=actor or self.actor)

    async def rows(self, kind: str, *rows: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """The outcomes of the rows."""
        answer = await self.call(kind, rows, **more)
        payload = answer["data"][f"register{kind.title()}"]
        assert payload["errors"] == []
        registration = payload["registration"]
        found: list[dict[str, Any]] = registration["rows"]
        outcomes = [each["outcome"] for each in found]
        assert {name: registration[name] for name in ("created", "updated", "unchanged")} == {
            "created": outcomes.count("CREATED"),
            "updated": outcomes.count("UPDATED"),
            "unchanged": outcomes.count("UNCHANGED"),
        }
        assert registration["rejected"] == outcomes.count("REJECTED")
        return found

    async def meters(self, *rows: dict[str, Any]) -> list[Any]:
        """What has become of rows about meters: the outcome, then codes with their paths."""
        return told(await self.rows("meters", *rows))

    async def readings(self, *rows: dict[str, Any], **more: Any) -> list[Any]:
        """What has become of rows about readings."""
        return told(await self.rows("readings", *rows, **more))


def told(rows: Sequence[dict[str, Any]]) -> list[Any]:
    """Each row as its outcome, followed by its errors and warnings with the path in the row."""
    return [
        (
            row["outcome"],
            *((each["code"], *each["path"][2:]) for each in (*row["errors"], *row["warnings"])),
        )
        for row in rows
    ]


@pytest.fixture
async def integrator(gql: GraphQLClient, home: Home) -> Integrator:
    """The integrator of the organization of ``home``."""
    permissions = {METER_REGISTER.code, READING_REGISTER.code}
    token = await a_service_token(home.organization, permissions=permissions)
    return Integrator(gql, home.organization, await actor_of(token))
