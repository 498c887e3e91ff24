"""Tables of people, their rights and their credentials; no secret is stored in clear."""

from uuid import UUID

from tortoise import fields

from kvartal.auth.rules import ResetKind, SessionChannel, SessionKind
from kvartal.db.models import Row, VersionedRow, link

__all__ = [
    "AttemptBudget",
    "BuildingAccess",
    "Employee",
    "EmployeeRole",
    "KnownAddress",
    "OneTimeCode",
    "PasswordReset",
    "RefreshToken",
    "Role",
    "RolePermission",
    "ServiceToken",
    "ServiceTokenBuilding",
    "ServiceTokenPermission",
    "Session",
    "User",
]


class User(Row):
    """A person with credentials: employee, resident, or both. The e-mail is kept in lower case."""

    email = fields.CharField(max_length=254, null=True)
    phone = fields.CharField(max_length=16, null=True, unique=True)
    password_hash = fields.CharField(max_length=255, null=True)
    is_active = fields.BooleanField(default=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_user"


class Employee(VersionedRow):
    """A person's place in one organization (сотрудник)."""

    organization = link("kvartal.Organization", "employees", index=False)
    user = link("kvartal.User", "employments")
    user_id: UUID
    full_name = fields.CharField(max_length=200)
    all_buildings = fields.BooleanField(default=False)
    archived_at = fields.DatetimeField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_employee"
        unique_together = (("organization", "user"),)


class BuildingAccess(Row):
    """An employee may work with a building (доступ к объекту)."""

    organization = link("kvartal.Organization", "building_accesses", index=False)
    employee = link("kvartal.Employee", "building_accesses")
    building = link("kvartal.Building", "employee_accesses")

    class Meta:
        app = "kvartal"
        table = "kvartal_building_access"
        unique_together = (("organization", "employee", "building"),)


class Role(VersionedRow):
    """A named set of rights in an organization (роль доступа)."""

    organization = link("kvartal.Organization", "roles", index=False)
    title = fields.CharField(max_length=100)

    class Meta:
        app = "kvartal"
        table = "kvartal_role"
        unique_together = (("organization", "title"),)


class RolePermission(Row):
    """A role carries a right (право), named by its code."""

    organization = link("kvartal.Organization", "role_permissions", index=False)
    role = link("kvartal.Role", "permissions")
    permission = fields.CharField(max_length=100)

    class Meta:
        app = "kvartal"
        table = "kvartal_role_permission"
        unique_together = (("organization", "role", "permission"),)


class EmployeeRole(Row):
    """An employee has a role."""

    organization = link("kvartal.Organization", "employee_roles", index=False)
    employee = link("kvartal.Employee", "roles")
    role = link("kvartal.Role", "employees")

    class Meta:
        app = "kvartal"
        table = "kvartal_employee_role"
        unique_together = (("organization", "employee", "role"),)


class ServiceToken(Row):
    """An integrator's credential in one organization; its text is shown once, its hash kept."""

    organization = link("kvartal.Organization", "service_tokens")
    organization_id: UUID
    title = fields.CharField(max_length=100)
    token_hash = fields.CharField(max_length=64, unique=True)
    all_buildings = fields.BooleanField(default=True)
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_service_token"


class ServiceTokenPermission(Row):
    """A service token carries a right, named by its code."""

    organization = link("kvartal.Organization", "service_token_permissions", index=False)
    service_token = link("kvartal.ServiceToken", "permissions")
    permission = fields.CharField(max_length=100)

    class Meta:
        app = "kvartal"
        table = "kvartal_service_token_permission"
        unique_together = (("organization", "service_token", "permission"),)


class ServiceTokenBuilding(Row):
    """A service token that is not for all buildings may work with this one."""

    organization = link("kvartal.Organization", "service_token_buildings", index=False)
    service_token = link("kvartal.ServiceToken", "buildings")
    building = link("kvartal.Building", "service_tokens")

    class Meta:
        app = "kvartal"
        table = "kvartal_service_token_building"
        unique_together = (("organization", "service_token", "building"),)


class Session(Row):
    """A person signed in on a device, in one capacity, for one app."""

    user = link("kvartal.User", "sessions")
    kind = fields.CharEnumField(SessionKind, max_length=20)
    channel = fields.CharEnumField(SessionChannel, max_length=20)
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    user_agent = fields.CharField(max_length=300, null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_session"


class RefreshToken(Row):
    """One link of a session's chain of refresh tokens: used once, remembered until it expires."""

    session = link("kvartal.Session", "refresh_tokens")
    token_hash = fields.CharField(max_length=64, unique=True)
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_refresh_token"


class OneTimeCode(Row):
    """The present one-time code of a telephone, known to us or not; the code itself is derived.

    ``place``: from where it was asked for. A stranger's requests and guesses elsewhere touch
    another row, never the owner's.
    """

    phone = fields.CharField(max_length=16)
    place = fields.CharField(max_length=60)
    issued_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    attempts = fields.IntField(default=0)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_one_time_code"
        unique_together = (("phone", "place"),)


class PasswordReset(Row):
    """A link that sets a password was asked for, for an e-mail known to us or not.

    The link's token is derived. ``organization``: who invites; ``locale``: of the letter.
    """

    email = fields.CharField(max_length=254, db_index=True)
    kind = fields.CharEnumField(ResetKind, max_length=20)
    organization = link("kvartal.Organization", "invitations", null=True)
    locale = fields.CharField(max_length=8)
    issued_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_password_reset"


class KnownAddress(Row):
    """A network address from which a person has signed in."""

    user = link("kvartal.User", "known_addresses", index=False)
    address = fields.CharField(max_length=60)
    last_used_at = fields.DatetimeField(db_index=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_known_address"
        unique_together = (("user", "address"),)


class AttemptBudget(Row):
    """How far a budget of attempts is spent; ``key`` is a keyed hash and names nobody.

    The table is unlogged: what it holds is worth nothing after a day.
    """

    key = fields.CharField(max_length=64, unique=True)
    spent_until = fields.DatetimeField(db_index=True)

    class Meta:
        app = "kvartal"
        table = "kvartal_attempt_budget"
