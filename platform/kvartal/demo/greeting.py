"""What the demo says when it is up."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from kvartal.demo.beside import DemoServer
from kvartal.demo.people import CODE, EMPLOYEES, PASSWORD, RESIDENTS, EmployeeSignIn
from kvartal.demo.places import ORGANIZATIONS, Tenant

__all__ = ["greeting"]


def greeting(
    *,
    port: int,
    token: str,
    token_permissions: Sequence[str],
    journey: Sequence[str],
    today: date,
    made_on: date,
    root: Path,
    shows_mail: bool,
    beside: Sequence[DemoServer] = (),
) -> Iterator[str]:
    """The lines: where it is, who may sign in with what, what to try, how to stop."""
    address = f"127.0.0.1:{port}/graphql"
    yield ""
    yield f"Kvartal is up; its day is {_written(today)}."
    yield ""
    yield f"  API        http://{address}   (subscriptions: ws://{address}, or SSE)"
    yield f"  Console    http://{address}   in a browser: ready examples for every role"
    if shows_mail:
        yield f"  Mail       http://127.0.0.1:{port}/mail   letters: none leaves this machine"
    for each in beside:
        yield f"  {each.title:<9}  {each.server.url}   {each.told}"
    yield ""
    yield "Sign-ins"
    for number, resident in enumerate(RESIDENTS, 1):
        homes = "; ".join(resident.addresses)
        yield f"  Resident {number}  {resident.phone}  code {CODE}   {resident.full_name}: {homes}"
    for employee in EMPLOYEES:
        who = f"{employee.full_name}: {_scope(employee)}"
        yield f"  Employee    {employee.email}  password {PASSWORD}   {who}"
    yield f"  Integrator  {token}   {', '.join(token_permissions) or 'no permissions'}"
    yield "  A code is asked for first (requestSignInCode), at most once a minute."
    yield ""
    yield "To try, in the console (its examples «Вход» give the access token to paste there):"
    yield from (f"  {number}. {line}" for number, line in enumerate(journey, 1))
    yield ""
    if made_on != today:
        yield f"The data were made on {_written(made_on)}: --fresh makes new ones for today."
    yield f"Data and logs: {root}. Ctrl-C stops everything; --fresh starts over."


def _scope(employee: EmployeeSignIn) -> str:
    name, _ = ORGANIZATIONS[employee.tenant]
    if employee.houses is not None:
        return f"readings only, {len(employee.houses)} houses in Калининград"
    return f"all rights in {name}" + (
        "" if employee.tenant is Tenant.COMPANY else " (another tenant)"
    )


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
