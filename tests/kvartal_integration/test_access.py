"""Who manages the exchange: the right and all buildings, in that organization."""

import pytest

from kvartal.errors import Forbidden, NotFound
from kvartal.testing.auth_factories import actor_of, an_employee
from kvartal.testing.factories import a_building, an_organization
from kvartal_integration.access import require_exchange
from kvartal_integration.permissions import EXCHANGE_MANAGE


async def test_it_takes_the_right_and_all_buildings(db: None) -> None:
    organization = await an_organization()
    right = [EXCHANGE_MANAGE.code]
    house = await a_building(organization=organization)
    whole = await actor_of(await an_employee(organization, permissions=right))
    partial = await actor_of(await an_employee(organization, permissions=right, buildings=[house]))
    powerless = await actor_of(await an_employee(organization))
    stranger = await actor_of(await an_employee(await an_organization(), permissions=right))

    require_exchange(whole, organization.id)
    for actor, sentence in ((partial, "FORBIDDEN_EXCHANGE"), (powerless, "FORBIDDEN_PERMISSION")):
        with pytest.raises(Forbidden, match=sentence):
            require_exchange(actor, organization.id)
    with pytest.raises(NotFound):
        require_exchange(stranger, organization.id)
