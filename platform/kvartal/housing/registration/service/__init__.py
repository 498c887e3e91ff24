"""Registration of the estate by an integrator: row by row in its outcome, set-based in its work."""

from kvartal.housing.registration.service.accounts import register_accounts
from kvartal.housing.registration.service.buildings import register_buildings
from kvartal.housing.registration.service.premises import register_premises
from kvartal.housing.registration.service.residents import register_residents

__all__ = [
    "register_accounts",
    "register_buildings",
    "register_premises",
    "register_residents",
]
