"""``kvartal demo`` as a stranger starts, uses, stops and kills it."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gql import Client, GraphQLRequest, gql
from gql.transport.websockets import WebsocketsTransport

from kvartal.demo.api import (
    CODE,
    EMPLOYEES,
    PASSWORD,
    RESIDENTS,
    account_number,
    demo_id,
)
from kvartal.graphql.node import encode_id
from kvartal.host import load_registry

START_SECONDS = 90
STOP_SECONDS = 25

SIGN_IN = """
mutation ($phone: String!, $code: String!) {
  requestSignInCode(input: {phone: $phone}) { errors { code } }
  signInResident(input: {phone: $phone, code: $code}) { session { accessToken } }
}
"""
SIGN_IN_EMPLOYEE = """
mutation ($email: String!, $password: String!) {
  signInEmployee(input: {email: $email, password: $password, channel: CRM}) {
    session { accessToken }
  }
}
"""


class Demo:
    """A running ``kvartal demo`` and what it has printed."""

    def __init__(self, place: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kvartal.cli", "demo", "--port", "0", *arguments],
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "KVARTAL_DEMO_DIR": str(place / "demo"),
            },
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output = ""

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C stops everything" not in self.output:
            assert time.monotonic() < deadline, self.output
            assert self.process.stdout is not None
            if select.select([self.process.stdout], [], [], 0.5)[0]:
                read = os.read(self.process.stdout.fileno(), 65536)
                assert read, self.output
                self.output += read.decode()

    @property
    def address(self) -> str:
        found = re.search(r"API +http://(\S+)", self.output)
        assert found is not None
        return found[1]

    @property
    def token(self) -> str:
        found = re.search(r"Integrator +(kv_\S+)", self.output)
        assert found is not None
        return found[1]

    def post(self, query: str, variables: object = None, token: str | None = None) -> Any:
        answer = httpx.post(
            f"http://{self.address}",
            json={"query": query, "variables": variables or {}},
            headers={"Authorization": f"Bearer {token}"} if token else {},
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def resident(self, number: int) -> str:
        variables = {"phone": RESIDENTS[number - 1].phone, "code": CODE}
        token: str = self.post(SIGN_IN, variables)["signInResident"]["session"]["accessToken"]
        return token

    def stop(self, number: signal.Signals) -> int:
        """Its exit code after that signal; what it says in the end is added to the output."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        """Its exit code, once it has ended."""
        rest, _ = self.process.communicate(timeout=STOP_SECONDS)
        self.output += rest.decode()
        return self.process.returncode


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody can reach; whatever still runs there in the end is killed."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)
        for process in processes_of(Path(made)):
            os.kill(process, signal.SIGKILL)


def processes_of(place: Path) -> list[int]:
    """The processes that were started with the demo of that place, by their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        is_ours = str(place).encode() in command + environment
        if is_ours and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def example(title: str) -> Any:
    return next(each for each in load_registry(["meters"]).examples if each.title == title)


async def test_a_demo_lives_from_its_first_start_to_its_last(place: Path) -> None:
    leave_something_broken(place)
    first = Demo(place, "--fresh", "--date", "2026-11-24")
    first.wait_until_up()
    await subscribe_and_submit(first)
    search_as_employee(first)
    assert first.stop(signal.SIGINT) == 0
    assert processes_of(place) == []

    later = Demo(place, "--date", "2026-11-26")
    later.wait_until_up()
    see_the_window_closed(later)
    later.stop(signal.SIGKILL)
    wait_until_nothing_runs(place)

    assert "Making the demo data" in first.output
    assert "Making the demo data" not in later.output
    assert "The data were made on 24 November 2026" in later.output
    assert (first.token == later.token, first.token == "kv_old") == (True, False)

    again = Demo(place)
    again.wait_until_up()
    kill_the_worker(place)
    assert again.end() == 1
    assert processes_of(place) == []

    assert "its day is 26 November 2026" in again.output
    assert "kvartal: The worker process has ended with code 137: " in again.output
    assert f"(its log is {place}/demo/worker.log)." in again.output


def leave_something_broken(place: Path) -> None:
    """What a demo of long ago may have left."""
    cluster = place / "demo" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    (place / "demo" / "integrator-token").write_text("kv_old")


async def subscribe_and_submit(demo: Demo) -> None:
    """A resident sees the count change within a second of a submission elsewhere."""
    token = demo.resident(1)
    watch, submit = example("Подписка на виджет"), example("Передать показание")
    transport = WebsocketsTransport(
        url=f"ws://{demo.address}",
        init_payload={"Authorization": f"Bearer {token}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    async with Client(transport=transport) as session:
        request = gql(watch.query)
        assert isinstance(request, GraphQLRequest)
        request.variable_values = dict(watch.variables)
        answers = session.subscribe(request)
        before = (await anext(answers))["homeWidgetChanged"]
        saved = demo.post(submit.query, submit.variables, token)["submitReadings"]
        submitted = time.monotonic()
        after = (await anext(answers))["homeWidgetChanged"]
        delay = time.monotonic() - submitted

    assert saved["errors"] == []
    assert (before["submitted"], before["total"], before["state"]) == (2, 3, "SUBMIT")
    assert (after["submitted"], after["total"], after["state"]) == (3, 3, "SUBMITTED")
    assert delay < 1


def search_as_employee(demo: Demo) -> None:
    """What the resident has just sent stands first in the employee's list."""
    variables = {"email": EMPLOYEES[0].email, "password": PASSWORD}
    session = demo.post(SIGN_IN_EMPLOYEE, variables)["signInEmployee"]["session"]
    search = example("Показания: поиск")

    found = demo.post(search.query, search.variables, session["accessToken"])["readings"]["nodes"]

    assert found[0]["meter"]["identifier"] == "77010015-ХВ"
    page = httpx.get(f"http://{demo.address}", headers={"Accept": "text/html"})
    assert search.title in page.text


def see_the_window_closed(demo: Demo) -> None:
    """Two days later the reading is still there, and a neighbour's comes too late."""
    meters, submit = example("Счетчики и прием показаний"), example("Передать показание")
    neighbour = RESIDENTS[2].homes[0]
    late = {
        "premiseId": encode_id("Premise", demo_id("premise", *neighbour)),
        "readings": [
            {
                "meterId": encode_id("Meter", demo_id("meter", f"{account_number(neighbour)}-ХВ")),
                "values": ["999"],
            }
        ],
    }

    kept = demo.post(meters.query, meters.variables, demo.resident(1))["premise"]["meters"]
    refused = demo.post(submit.query, {"input": late}, demo.resident(3))["submitReadings"]

    assert "323.4" in str(kept)
    assert [(each["code"], each["opensOn"]) for each in refused["errors"]] == [
        ("PERIOD_CLOSED", "2026-12-15")
    ]


def kill_the_worker(place: Path) -> None:
    """End the worker itself, not the shell that watches over it."""
    commands = {
        process: Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        for process in processes_of(place)
    }
    [worker] = [
        process
        for process, command in commands.items()
        if b"worker" in command and command[0] != b"/bin/sh"
    ]
    os.kill(worker, signal.SIGKILL)


def wait_until_nothing_runs(place: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while processes_of(place) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(place) == []


def test_a_busy_port_is_told_at_once(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = Demo(place, "--port", str(port))
        code = refused.end()

    assert code == 1
    assert refused.output == (
        f"kvartal: Port {port} of 127.0.0.1 is busy: stop the program that listens there,"
        " or give another --port.\n"
    )
    assert not (place / "demo").exists()
