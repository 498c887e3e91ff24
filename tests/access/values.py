"""What the walk sends: a value for the name of every argument and input field that there is."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tests.access.world import PASSWORD, Tenant

__all__ = ["MISSING", "NOT_WALKED", "id_kind", "value_of"]

MISSING = object()

NOT_WALKED = {"uploadFile": "its file travels as multipart, which the tests of files send"}

Value = Callable[[Tenant], Any]

ID_KINDS = (
    "Account",
    "AuditEntry",
    "Building",
    "BuildingGroup",
    "Device",
    "Employee",
    "ExchangeServer",
    "Meter",
    "Notification",
    "NotificationDelivery",
    "Operation",
    "OperationEntry",
    "Organization",
    "Premise",
    "Quarter",
    "Reading",
    "Resident",
    "Role",
    "Service",
    "ServiceOrder",
    "ServiceToken",
    "Session",
    "StoredFile",
    "Webhook",
    "WebhookDelivery",
)
NO_NODES = {"Device", "ServiceToken", "Session"}
_BY_NAME = {kind.lower(): kind for kind in ID_KINDS} | {
    "delivery": "WebhookDelivery",
    "file": "StoredFile",
    "group": "BuildingGroup",
}

# The arguments whose name does not tell what they lead to, or not the right one of its kind.
_KINDS_IN: Mapping[tuple[str, str], str] = {
    ("applyResourceSettings", "id"): "Quarter",
    ("cancelResourceRule", "id"): "Quarter",
    ("resourceSettings", "id"): "Quarter",
    ("settingsApplicationProgress", "id"): "Quarter",
    ("updateResourceSettings", "id"): "Quarter",
    ("registerMeters", "id"): "Meter",
    ("linkVerificationService", "buildingId"): "FreeBuilding",
    ("unlinkVerificationService", "buildingId"): "FreeBuilding",
    ("submitCollectiveReadings", "meterId"): "CollectiveMeter",
    ("attachMeterDocument", "meterId"): "CollectiveMeter",
    ("removeMeterDocument", "fileId"): "OtherStoredFile",
    ("removeMeterDocument", "meterId"): "CollectiveMeter",
    ("archiveEmployee", "id"): "OtherEmployee",
    ("assignRoles", "employeeId"): "OtherEmployee",
    ("grantBuildings", "employeeId"): "OtherEmployee",
    ("restoreEmployee", "id"): "OtherEmployee",
    ("deleteFile", "id"): "StoredFile",
    ("markNotificationsRead", "ids"): "Notification",
    ("node", "id"): "Premise",
    ("notificationReceived", "afterId"): "Notification",
    ("retryNotificationDelivery", "id"): "NotificationDelivery",
    ("operationProgress", "id"): "Operation",
    ("rotateWebhookSecret", "id"): "Webhook",
    ("auditLog", "actorId"): "Employee",
    ("auditLog", "objectId"): "Premise",
}


def same(value: object) -> Value:
    """The same value of every tenant."""
    return lambda _: value


# What a meter of a premise has not.
_OF_HOUSES: Mapping[str, object] = {
    "antimagneticSeal": False,
    "condition": "WORKING",
    "installationPlace": None,
    "installedOn": None,
    "pressureSensor": False,
    "remoteReading": False,
    "sealedOn": None,
    "temperatureSensor": False,
}

# The arguments whose name means something else in other fields.
_VALUES_IN: Mapping[tuple[str, str], object] = {
    ("auditLog", "from"): "2026-01-01T00:00:00Z",
    ("auditLog", "to"): "2027-01-01T00:00:00Z",
    ("notificationDeliveries", "from"): "2020-01-01T00:00:00Z",
    ("notificationDeliveries", "to"): "2100-01-01T00:00:00Z",
    ("operations", "from"): "2026-01-01",
    ("updateNotificationPolicy", "from"): "21:00",
    ("updateNotificationPolicy", "until"): "09:00",
    ("updateNotificationPreferences", "channel"): "PUSH",
    ("updateNotificationPreferences", "from"): "21:00",
    ("updateNotificationPreferences", "kind"): "access.told",
    ("updateNotificationPreferences", "until"): "09:00",
    ("updateRoleNotifications", "channels"): ["PUSH"],
    ("updateRoleNotifications", "kind"): "access.told",
    ("operations", "to"): "2027-01-01",
    ("readingHistory", "from"): date(2026, 1, 1),
    ("readingHistory", "to"): date(2026, 12, 31),
    ("importReadings", "buildingId"): None,  # one place alone: the organization, or a building
    ("previewReadingsImport", "organizationId"): None,
    ("exportReadings", "organizationId"): None,
    ("linkVerificationService", "scope"): "THIS_BUILDING",
    ("submitReadings", "residentId"): None,  # for staff alone, as the billing month
    ("unlinkVerificationService", "resourceKind"): "GAS",
    ("markNotificationsRead", "until"): None,  # the one or the other
    ("meters", "verificationDueBefore"): None,
    ("registerDevice", "provider"): "WEB_PUSH",
    ("registerDevice", "token"): None,  # a browser has a subscription
    ("webhooks", "status"): None,
    **{
        (field, name): value
        for field in ("addMeter", "replaceMeter", "updateMeter")
        for name, value in _OF_HOUSES.items()
    },
}

_VALUES: Mapping[str, Value] = {
    "acceptsExpired": same(False),
    "accountNumber": lambda tenant: f"{tenant.word}-ЛС",
    "action": lambda tenant: f"{tenant.word}-действие",
    "active": same(True),
    "address": same("ул. Новая, 7"),
    "after": same(None),
    "allBuildings": same(False),
    "antimagneticSeal": same(True),
    "archived": same(False),
    "auth": same("BTBZMqHH6r4Tts7J_aSIgg"),
    "before": same(None),
    "billingMonth": same(None),  # for staff alone: a resident is refused before anything is read
    "billingMonthShift": same(-1),
    "brand": same("Бетар"),
    "buildingAddress": lambda tenant: f"ул. {tenant.word}, 1",
    "buildingExternalId": lambda tenant: f"{tenant.word}-дом",
    "challenge": same(None),
    "channel": same(None),
    "channels": same(None),
    "code": same("000000"),
    "comment": same("Просьба"),
    "commissionedOn": same("2021-05-12"),
    "condition": same("FAULTY"),
    "confirmAnomaly": same(True),
    "confirmReadings": same(1),
    "countsLatestVerification": same(True),
    "days": same("*"),
    "deleteAfterReading": same(True),
    "description": same("Новое описание"),
    "deviceToken": same(None),
    "directory": same("/новая"),
    "email": lambda tenant: tenant.email,
    "emails": lambda tenant: [f"{tenant.word}@example.org".lower()],
    "encoding": same("CP1251"),
    "endDay": same(20),
    "endpoint": same("https://push.example/new"),
    "events": same("METER_CHANGED"),
    "expectedVersion": same(None),
    "expiresAt": same(None),
    "externalId": same("новый-внешний"),
    "factor": same("4"),
    "fiasGuid": same("6f1c0f0e-7d0a-4a55-8b43-0f5b1c1d2e3f"),
    "fingerprint": same("AB:" * 31 + "ab"),
    "first": same(2),
    "fractionsAllowed": same(True),
    "from": same("2026-01"),
    "fullName": same("Новая Анна Петровна"),
    "host": lambda tenant: f"{tenant.word}.invalid".lower(),  # as it is: no new name is looked up
    "hours": same("3"),
    "identifier": same("новый-идентификатор"),
    "includeArchived": same(True),
    "includeReplaced": same(True),
    "includeRevoked": same(True),
    "initialValues": same(["0"]),
    "inn": same("7707083893"),
    "installationPlace": same("Новый подвал"),
    "installedOn": same("2020-01-01"),
    "intDigits": same(7),
    "isActive": same(True),
    "isOn": same(False),
    "key": same("meters"),
    "kind": same(None),
    "kinds": same(None),
    "last": same(None),
    "lastDayToAll": same(True),
    "latestOnly": same(False),
    "level": same("QUARTER"),
    "locale": same("en"),
    "meterExternalId": lambda tenant: f"{tenant.word}-ИПУ-внешний",
    "meterType": same("COLD_WATER"),
    "minutes": same("15"),
    "mode": same("ONCE"),
    "model": same("СХВ"),
    "months": same("*"),
    "name": same("Новое имя"),
    "nameTemplate": same("{companyId}-{date}.xml"),
    "needsReview": same(True),
    "newPassword": same("другой длинный пароль"),
    "nextVerificationOn": same("2027-05-12"),
    "number": same("новый-77"),
    "oldPassword": same(PASSWORD),
    "orderBy": same("SUBMITTED_AT"),
    "p256dh": same(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    ),
    "passive": same(False),
    "paths": same(["/новый.xml"]),
    "password": same("чужой пароль наугад"),
    "permissions": lambda tenant: [tenant.permissions[0]],
    "phone": lambda tenant: tenant.phone,
    "pinned": same(True),
    "port": same(21),
    "position": same(1),
    "premiseExternalId": lambda tenant: f"{tenant.word}-квартира",
    "premiseNumber": lambda tenant: f"{tenant.word}-15",
    "pressureSensor": same(True),
    "preview": same(False),
    "price": same("даром"),
    "protocol": same("FTP"),
    "reason": same("REPLACED"),
    "recordNumber": same("новая-запись"),
    "refreshToken": same("чужой-токен"),
    "remoteReading": same(True),
    "resourceKind": same("WATER"),
    "rollover": same(False),
    "root": same("/новый-каталог"),
    "scope": same("INDIVIDUAL"),
    "sealedOn": same("2020-02-01"),
    "search": lambda tenant: tenant.word,
    "severity": same(None),
    "serialNumber": same("новая-серия"),
    "startDay": same(10),
    "status": same("IN_PROGRESS"),
    "statuses": same(None),
    "submittedFrom": same(date(2026, 1, 1).isoformat()),
    "submittedTo": same(date(2026, 12, 31).isoformat()),
    "takenOn": same(None),
    "temperatureSensor": same(True),
    "template": same(True),
    "timeoutSeconds": same(10),
    "timezone": same("Europe/Kaliningrad"),
    "title": same("Новая роль"),
    "to": same("2026-12"),
    "token": same("чужой-токен"),
    "transformationRatio": same("1"),
    "type": same("COLD_WATER"),
    "unreadOnly": same(False),
    "unifiedNumber": same("новый-ЕЛС"),
    "url": same("https://example.org/новый"),
    "username": same("новый-логин"),
    "updateExisting": same(True),
    "updatedAfter": same("2020-01-01T00:00:00Z"),
    "values": same(["700000.5"]),
    "verificationDueBefore": same("2030-01-01"),
    "verificationInterval": same(6),
    "verificationReason": same(None),
    "verificationSeverity": same(None),
    "verifiedOn": same("2021-05-12"),
    "weekdays": same("*"),
    "wholeMonth": same(True),
    "verifyCertificate": same(False),
}


def value_of(field: str, name: str, tenant: Tenant) -> Any:
    """What an argument of the root field means for this tenant; MISSING if nobody has said it."""
    if (field, name) == ("nodes", "ids"):
        return [tenant.id_of(kind) for kind in ID_KINDS if kind not in NO_NODES]
    if (field, name) in _VALUES_IN:
        return _VALUES_IN[field, name]
    kind = id_kind(field, name)
    if kind is not None:
        found = tenant.id_of(kind)
        return [found] if name.endswith("s") else found
    return _VALUES[name](tenant) if name in _VALUES else MISSING


def id_kind(field: str, name: str) -> str | None:
    """The kind of thing whose id is asked for; None if it is no id of a known kind."""
    if (field, name) in _KINDS_IN:
        return _KINDS_IN[field, name]
    if name == "id":
        # The longest: archiveBuildingGroup is not about a group of some other kind.
        fits = [kind for kind in ID_KINDS if field.lower().endswith(kind.lower())]
        return max(fits, key=len, default=None)
    stem = name.removesuffix("s").removesuffix("Id")
    return _BY_NAME.get(stem.lower()) if name.endswith(("Id", "Ids")) else None
