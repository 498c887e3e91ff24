"""An organization with a file server, and somebody who may set that up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kvartal.auth.api import Actor
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Organization
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import an_organization
from kvartal.testing.ftp import Certificate, FtpAccount, a_certificate
from kvartal_integration.connections.models import ExchangeConnection
from kvartal_integration.permissions import EXCHANGE_MANAGE
from kvartal_integration.testing import a_connection

LOOPBACK = "127.0.0.1"


@pytest.fixture
async def organization(db: None) -> Organization:
    return await an_organization()


@pytest.fixture
async def manager(organization: Organization) -> Actor:
    return await manager_of(organization)


@pytest.fixture
def loopback(integration_settings: Callable[..., None]) -> None:
    """The installation lets the loopback be called."""
    integration_settings(allowed_hosts=LOOPBACK)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return a_certificate(tmp_path_factory.mktemp("certificate"))


async def manager_of(organization: Organization) -> Actor:
    return await actor_of(await an_employee(organization, permissions=[EXCHANGE_MANAGE.code]))


def given(organization: Organization, **fields: Any) -> dict[str, Any]:
    return {"input": {"organizationId": encode_id("Organization", organization.id), **fields}}


async def connected_to(
    account: FtpAccount, organization: Organization, **fields: Any
) -> ExchangeConnection:
    """The organization's connection is to this account, in the open."""
    settings: dict[str, Any] = {
        "protocol": "FTP",
        "host": account.host,
        "port": account.port,
        "username": account.username,
        "password": account.password,
        "timeout_seconds": 5,
    }
    return await a_connection(organization, **{**settings, **fields})


def nobody(port: int) -> FtpAccount:
    """An account where no server is."""
    return FtpAccount(Path(), port, [], "user", "password")
