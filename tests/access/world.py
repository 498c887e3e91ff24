"""A tenant with one thing of each kind, each of its texts and numbers like no other tenant's."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from tests.access.exchange import exchange
from tests.access.told import reached, told

from kvartal import clock
from kvartal.audit.models import AuditEntry
from kvartal.audit.rules import AuditActorKind
from kvartal.auth.actor import Actor
from kvartal.auth.models import KnownAddress, Role, ServiceToken, Session, User
from kvartal.files.models import StoredFile
from kvartal.graphql.node import encode_id
from kvartal.housing.models import Building, Organization, Premise, Resident
from kvartal.services.api import ServiceKind
from kvartal.services.models import Service, ServiceOrder
from kvartal.testing.auth_factories import (
    a_resident_user,
    a_service_token,
    a_user,
    actor_of,
    an_employee,
)
from kvartal.testing.factories import (
    a_building,
    a_group,
    a_premise,
    a_quarter,
    an_account,
    an_organization,
)
from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.meters.models import CollectiveDetails, Meter, MeterName
from kvartal_meters.readings.models import Reading, ReadingRevision
from kvartal_meters.resource_settings import service
from kvartal_meters.resource_settings.models import ResourceSettings
from kvartal_meters.resource_settings.rules import (
    ApplyMode,
    Place,
    SettingsLevel,
    SettingsValues,
)
from kvartal_meters.testing import a_collective_meter, a_meter, a_reading

__all__ = ["PASSWORD", "Tenant", "a_tenant"]

PASSWORD = "длинный пароль для проверки"

# What there is two of has its own word before the kind's name.
_TOLD_APART = re.compile("^(Collective|Free|Other)")

Rows = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Tenant:
    """An organization with one thing of each kind; its texts hold ``word``."""

    word: str
    email: str
    phone: str
    permissions: Sequence[str]
    rows: Mapping[str, Any]
    employee: Actor
    resident: Actor
    service: Actor

    @property
    def organization(self) -> Organization:
        """The organization itself."""
        found: Organization = self.rows["Organization"]
        return found

    def id_of(self, kind: str) -> str:
        """The global id of its thing of this kind."""
        if kind not in self.rows:
            raise LookupError(f"There is no {kind} in tests/access/world.py: make one")
        return encode_id(_TOLD_APART.sub("", kind), self.rows[kind].id)

    def with_rows(self, rows: Mapping[str, Any]) -> "Tenant":
        """The same with other things."""
        return replace(self, rows={**self.rows, **rows})

    @property
    def house_ids(self) -> set[UUID]:
        """The ids of what everybody who lives in the building sees of it."""
        kinds = ("Organization", "Quarter", "Building", "CollectiveMeter", "CollectiveReading")
        # The organization offers its services to all its residents.
        return {self.rows[kind].id for kind in (*kinds, "CollectiveDetails", "Service")}


async def a_tenant(word: str, number: int, permissions: Sequence[str]) -> Tenant:
    """All of it, new; ``number``, of five digits, begins every value of its readings."""
    email, phone = f"{number}-{word}@example.org".lower(), f"+7900{number:07}"
    rows = await _estate(word, number)
    people = await _people(rows, word, email, phone, permissions)
    token = await a_service_token(
        rows["Organization"],
        permissions=permissions,
        buildings=[rows["Building"]],
        title=f"Биллинг {word}",
    )
    rows |= people
    rows["ServiceToken"] = await ServiceToken.get(organization=rows["Organization"])
    rows |= await _meters(rows, word, number)
    rows |= await _services(rows, word)
    rows |= await exchange(rows, word)
    rows |= await told(rows, word)
    rows["AuditEntry"] = await _audit(rows, word)
    employee = await actor_of(rows["Employee"])
    rows["Session"] = await _session(rows["User"], word)
    rows["Device"] = await reached(rows, word)
    await _settings(rows, employee)
    return Tenant(
        word=word,
        email=email,
        phone=phone,
        permissions=permissions,
        rows=rows,
        employee=employee,
        resident=await actor_of(rows["User"]),
        service=await actor_of(token),
    )


async def _estate(word: str, number: int) -> Rows:
    organization = await an_organization(
        name=f"УК {word}", inn=f"39{number:08}", external_id=f"{word}-юрлицо"
    )
    quarter = await a_quarter(organization=organization, name=f"Квартал {word}")
    building = await a_building(
        organization=organization,
        quarter=quarter,
        address=f"ул. {word}, 1",
        external_id=f"{word}-дом",
        fias_guid=uuid4(),
    )
    group = await a_group(organization=organization, name=f"Группа {word}", buildings=[building])
    premise = await a_premise(
        building=building, number=f"{word}-15", external_id=f"{word}-квартира"
    )
    account = await an_account(
        premise=premise,
        number=f"{word}-ЛС",
        unified_number=f"{word}-ЕЛС",
        external_id=f"{word}-счёт",
    )
    return {
        "Organization": organization,
        "Quarter": quarter,
        "BuildingGroup": group,
        "Building": building,
        "FreeBuilding": await a_building(organization=organization, address=f"пер. {word}, 2"),
        "Premise": premise,
        "Account": account,
    }


async def _people(
    rows: Rows, word: str, email: str, phone: str, permissions: Sequence[str]
) -> Rows:
    organization: Organization = rows["Organization"]
    premise: Premise = rows["Premise"]
    building: Building = rows["Building"]
    staff = await a_user(email=email, password=PASSWORD)
    employee = await an_employee(
        organization, permissions=permissions, user=staff, full_name=f"Сотрудник {word}"
    )
    # An employee who is not the one that acts: whose rights may be taken, and whom nobody needs.
    other = await an_employee(
        organization, buildings=[building], full_name=f"Другой сотрудник {word}"
    )
    role = await Role.get(organization=organization)
    role.title = f"Роль {word}"
    await role.save()
    user = await a_resident_user(
        organization,
        premises=[premise],
        user=await a_user(phone=phone),
        full_name=f"Житель {word}",
    )
    return {
        "Employee": employee,
        "OtherEmployee": other,
        "Role": role,
        "User": user,
        "Resident": await Resident.get(organization=organization),
    }


async def _meters(rows: Rows, word: str, number: int) -> Rows:
    def texts(name: str) -> dict[str, Any]:
        return {
            "identifier": f"{word}-{name}",
            "external_id": f"{word}-{name}-внешний",
            "brand": f"{word}-{name}-марка",
            "model": f"{word}-{name}-модель",
            "serial_number": f"{word}-{name}-серия",
        }

    own: Meter = await a_meter(
        premise=rows["Premise"], account=rows["Account"], initial=["0"], **texts("ИПУ")
    )
    house: Meter = await a_collective_meter(
        building=rows["Building"],
        initial=["0"],
        installation_place=f"Подвал {word}",
        **texts("ОДПУ"),
    )
    readings = {
        "Reading": await a_reading(own, "2026-10", f"{number}1.1234", needs_review=True),
        "CollectiveReading": await a_reading(house, "2026-10", f"{number}2.1234"),
    }
    for reading in readings.values():
        await _revise(reading)
    await MeterName.create(
        organization=rows["Organization"],
        user=rows["User"],
        meter=own,
        name=f"Кухня {word}",
    )
    details = await CollectiveDetails.get(meter=house)
    return {"Meter": own, "CollectiveMeter": house, "CollectiveDetails": details, **readings}


async def _services(rows: Rows, word: str) -> Rows:
    organization: Organization = rows["Organization"]
    service = await Service.create(
        organization=organization,
        kind=ServiceKind.VERIFICATION,
        title=f"Услуга {word}",
        sort_key=f"услуга {word}",
        description=f"Описание {word}",
        price=f"от 500 ₽ {word}",
    )
    order = await ServiceOrder.create(
        organization=organization,
        building=rows["Building"],
        premise=rows["Premise"],
        service=service,
        resident=rows["Resident"],
        comment=f"Просьба {word}",
    )
    file = await StoredFile.create(
        organization=organization,
        name=f"Паспорт {word}.pdf",
        media_type="application/pdf",
        size=10,
        sha256=sha256(word.encode()).hexdigest(),
        uploader_id=rows["Employee"].user_id,
    )
    document = await StoredFile.create(
        organization=organization,
        name=f"Акт {word}.pdf",
        media_type="application/pdf",
        size=10,
        sha256=sha256(f"{word}-акт".encode()).hexdigest(),
        uploader_id=rows["Employee"].user_id,
        owner_kind="Meter",
        owner_id=rows["CollectiveMeter"].id,
    )
    return {
        "Service": service,
        "ServiceOrder": order,
        "StoredFile": file,
        "OtherStoredFile": document,
    }


async def _audit(rows: Rows, word: str) -> AuditEntry:
    return await AuditEntry.create(
        organization=rows["Organization"],
        actor_kind=AuditActorKind.EMPLOYEE,
        user_id=rows["Employee"].user_id,
        session_id=uuid4(),
        actor_name=f"Автор {word}",
        action=f"{word}-действие",
        object_kind="Premise",
        object_id=rows["Premise"].id,
        input={"note": f"Ввод {word}"},
        changes={"note": [f"Было {word}", f"Стало {word}"]},
        request_id=f"{word}-запрос",
        channel="CRM",
        address=f"{word}-узел",
    )


async def _revise(reading: Reading) -> None:
    await ReadingRevision.create(
        organization_id=reading.organization_id,
        reading=reading,
        author_kind=reading.author_kind,
        channel=reading.channel,
        old_t1=reading.t1 + 1000,
        new_t1=reading.t1,
    )


async def _session(user: User, word: str) -> Session:
    await actor_of(user)
    session = await Session.get(user=user)
    session.user_agent = f"Телефон {word}"
    await session.save()
    address = f"{word}-адрес"
    await KnownAddress.create(user=user, address=address, last_used_at=clock.now())
    return session


async def _settings(rows: Rows, employee: Actor) -> None:
    """Open windows, and a quarter whose rule is in force."""
    place = Place(SettingsLevel.QUARTER, rows["Quarter"].id)
    await service.apply(employee, place, ApplyMode.RULE)
    await ResourceSettings.filter(building=rows["Building"]).update(
        active=True, start_day=None, end_day=None, service_id=rows["Service"].id
    )
    # A building that no rule holds.
    await service.set_building_settings(
        employee,
        rows["FreeBuilding"].id,
        {ResourceKind.GAS: SettingsValues(service_id=rows["Service"].id)},
    )
