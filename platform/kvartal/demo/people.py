"""Who signs in to the demo, and with what; the same in every demo."""

from dataclasses import dataclass

from kvartal.demo.places import HOUSES, HomeKey, HouseKey, Tenant, premise_number

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
    "EmployeeSignIn",
    "ResidentSignIn",
]

# On whose behalf an example makes sense: the console shows its examples under these headings.
ANYONE = "Вход"
RESIDENT = "Житель"
RESIDENT_LATER = "Житель, приём закрыт"
EMPLOYEE = "Сотрудник"
INTEGRATOR = "Интегратор"

CODE = "000000"
PASSWORD = "kvartal-demo"  # noqa: S105 -- printed by the demo, and good for nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentSignIn:
    """A resident with an app: telephone and one-time code."""

    phone: str
    full_name: str
    homes: tuple[HomeKey, ...]

    @property
    def addresses(self) -> list[str]:
        """Their premises as people write them."""
        return [
            f"{HOUSES[home.house].address}, кв. {premise_number(home.place)}" for home in self.homes
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeSignIn:
    """An employee: e-mail and password.

    ``houses``: the only ones they work with, in a role without the right to change anything but
    what residents may; None means all houses and all rights.
    """

    email: str
    full_name: str
    tenant: Tenant = Tenant.COMPANY
    houses: tuple[HouseKey, ...] | None = None


RESIDENTS = (
    ResidentSignIn(
        phone="+79000000001",
        full_name="Иванова Мария Петровна",
        homes=(HomeKey(HouseKey.MOSCOW_1, 15),),
    ),
    ResidentSignIn(
        phone="+79000000002",
        full_name="Кузнецов Павел Андреевич",
        homes=(HomeKey(HouseKey.KALININGRAD_1, 8),),
    ),
    ResidentSignIn(
        phone="+79000000003",
        full_name="Соколова Елена Викторовна",
        homes=(HomeKey(HouseKey.MOSCOW_1, 21), HomeKey(HouseKey.KALININGRAD_2, 4)),
    ),
    ResidentSignIn(
        phone="+79000000004",
        full_name="Орлов Дмитрий Сергеевич",
        homes=(HomeKey(HouseKey.NEIGHBOUR, 3),),
    ),
)

EMPLOYEES = (
    EmployeeSignIn(email="admin@kvartal.example", full_name="Смирнова Ольга Николаевна"),
    EmployeeSignIn(
        email="operator@kvartal.example",
        full_name="Лебедев Артём Игоревич",
        houses=(HouseKey.KALININGRAD_1, HouseKey.KALININGRAD_2, HouseKey.KALININGRAD_3),
    ),
    EmployeeSignIn(
        email="chair@roshcha.example",
        full_name="Белова Наталья Юрьевна",
        tenant=Tenant.NEIGHBOUR,
    ),
)
