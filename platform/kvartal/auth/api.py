"""What others may use of authentication."""

from kvartal.auth.access import require_right, visible_to, visible_to_staff, works_with
from kvartal.auth.actor import ANONYMOUS, Actor, ActorKind, Membership, work_of
from kvartal.auth.codes import CodeSender
from kvartal.auth.passwords import hash_password
from kvartal.auth.policy import configure, configured
from kvartal.auth.rules import SessionChannel, SessionKind
from kvartal.auth.sessions.service import authenticate, employee_by_id
from kvartal.auth.staff.graphql.rows import Role
from kvartal.auth.staff.queries.employees import mail_of_staff, names_of_staff
from kvartal.auth.staff.queries.roles import RoleRow
from kvartal.auth.staff.service.roles import grow_role, hold_role

__all__ = [
    "ANONYMOUS",
    "Actor",
    "ActorKind",
    "CodeSender",
    "Membership",
    "Role",
    "RoleRow",
    "SessionChannel",
    "SessionKind",
    "authenticate",
    "configure",
    "configured",
    "employee_by_id",
    "grow_role",
    "hash_password",
    "hold_role",
    "mail_of_staff",
    "names_of_staff",
    "require_right",
    "visible_to",
    "visible_to_staff",
    "work_of",
    "works_with",
]
