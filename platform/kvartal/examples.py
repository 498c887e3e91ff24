"""Ready operations of the demo's console: signing in, and the estate as each role sees it."""

from kvartal.demo.api import (
    ANYONE,
    CODE,
    EMPLOYEE,
    EMPLOYEES,
    INTEGRATOR,
    PASSWORD,
    RESIDENT,
    RESIDENTS,
)
from kvartal.plugin import Example

__all__ = ["EXAMPLES"]

_VIEWER = """
query Viewer {
  viewer {
    __typename
    ... on ResidentViewer {
      fullName
      premises { id number building { address } accounts { number } }
    }
    ... on EmployeeViewer {
      fullName email channel
      memberships { organization { id name } permissions allBuildings }
    }
    ... on ServiceViewer { title permissions organization { id name } }
  }
}
"""

_BUILDINGS = """
query Buildings($search: String) {
  buildings(search: $search, first: 20) {
    nodes { id address timezone quarter { name } }
    pageInfo { hasNextPage endCursor }
  }
}
"""

EXAMPLES = (
    Example(
        title="Житель: получить код",
        role=ANYONE,
        query="""
mutation RequestCode($input: RequestSignInCodeInput!) {
  requestSignInCode(input: $input) { errors { code message } }
}
""",
        variables={"input": {"phone": RESIDENTS[0].phone}},
    ),
    Example(
        title="Житель: войти по коду",
        role=ANYONE,
        query="""
mutation SignInResident($input: SignInResidentInput!) {
  signInResident(input: $input) {
    session { accessToken expiresAt refreshToken }
    errors { code message }
  }
}
""",
        variables={"input": {"phone": RESIDENTS[0].phone, "code": CODE}},
    ),
    Example(
        title="Сотрудник: войти",
        role=ANYONE,
        query="""
mutation SignInEmployee($input: SignInEmployeeInput!) {
  signInEmployee(input: $input) {
    session { accessToken expiresAt refreshToken }
    errors { code message }
  }
}
""",
        variables={"input": {"email": EMPLOYEES[0].email, "password": PASSWORD, "channel": "CRM"}},
    ),
    Example(title="Кто я и мои помещения", role=RESIDENT, query=_VIEWER),
    Example(title="Кто я и мои права", role=EMPLOYEE, query=_VIEWER),
    Example(
        title="Объекты: поиск по адресу",
        role=EMPLOYEE,
        query=_BUILDINGS,
        variables={"search": "калининград"},
    ),
    Example(title="Что может этот токен", role=INTEGRATOR, query=_VIEWER),
)
