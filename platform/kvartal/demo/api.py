"""What a plugin uses to fill the demo: ``async def seed(estate: DemoEstate)`` of its module.

With ``def server(root: Path) -> DemoServer | None`` it runs a server beside the product too.
"""

from kvartal.demo.beside import DemoServer
from kvartal.demo.estate import DemoEstate, Home, House
from kvartal.demo.ids import demo_id, dice
from kvartal.demo.people import (
    ANYONE,
    CODE,
    EMPLOYEE,
    EMPLOYEES,
    INTEGRATOR,
    PASSWORD,
    RESIDENT,
    RESIDENT_LATER,
    RESIDENTS,
)
from kvartal.demo.places import (
    GroupKey,
    HomeKey,
    HouseKey,
    QuarterKey,
    Tenant,
    account_number,
)
from kvartal.demo.rows import insert
from kvartal.demo.services import VERIFICATION_SERVICE
from kvartal.supervised import SupervisedServer

__all__ = [
    "ANYONE",
    "CODE",
    "EMPLOYEE",
    "EMPLOYEES",
    "INTEGRATOR",
    "PASSWORD",
    "RESIDENT",
    "RESIDENTS",
    "RESIDENT_LATER",
    "VERIFICATION_SERVICE",
    "DemoEstate",
    "DemoServer",
    "GroupKey",
    "Home",
    "HomeKey",
    "House",
    "HouseKey",
    "QuarterKey",
    "SupervisedServer",
    "Tenant",
    "account_number",
    "demo_id",
    "dice",
    "insert",
]
