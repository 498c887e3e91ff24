"""Servers that do not behave: what is told of them, and that nobody waits for them for ever."""

from dataclasses import replace
from typing import Any

import pytest
from tests.kvartal_integration.exchange.conftest import Answers, scripted
from tests.kvartal_integration.exchange.test_ftp import fetched, reason_of


@pytest.mark.parametrize(
    ("case", "answers", "reason"),
    [
        ("another protocol", {"": "SSH-2.0-OpenSSH_9.2"}, "PROTOCOL"),
        ("a web server", {"": "HTTP/1.1 400 Bad Request"}, "PROTOCOL"),
        ("too many clients", {"": "421 too many"}, "CONNECT"),
        ("not ready", {"": "500 not today"}, "CONNECT"),
        ("hangs up at once", {"": b""}, "CONNECT"),
        ("silent", {"": None}, "TIMEOUT"),
        ("an answer without an end", {"": "220-so\r\n" + "220-on\r\n" * 2000}, "PROTOCOL"),
        ("a line without an end", {"": "220 " + "x" * 200_000}, "PROTOCOL"),
        ("no such user", {"USER": "530 who?"}, "LOGIN"),
        ("asks for an account", {"USER": "332 account"}, "LOGIN"),
        ("closed for the night", {"PASS": "421 good night"}, "LOST"),
        ("hangs up on login", {"PASS": b""}, "LOST"),
        ("silent on login", {"PASS": None}, "TIMEOUT"),
        ("no binary files", {"TYPE": "504 text only"}, "LOGIN"),
        ("no password is asked for", {"USER": "230 in"}, "DENIED"),
        ("hangs up in words", {"SIZE": "421 bye"}, "LOST"),
        ("a size that is none", {"SIZE": "213 large"}, "PROTOCOL"),
        ("no way to send data", {}, "DENIED"),
        ("a port that is none", {"EPSV": "229 (none)"}, "PROTOCOL"),
        ("an old port that is none", {"PASV": "227 (1,2,3)"}, "PROTOCOL"),
        ("a port beyond all", {"PASV": "227 (1,2,3,4,999,999)"}, "PROTOCOL"),
        ("nobody at the port", {"EPSV": "229 (|||1|)"}, "LOST"),
    ],
)
async def test_a_server_that_does_not_behave(case: str, answers: Answers, reason: str) -> None:
    timeout = 0.3 if reason == "TIMEOUT" else 5.0
    async with scripted({"SIZE": "213 10", **answers}, timeout) as server:
        assert await reason_of(fetched(server, "/metrics.xml")) == reason


async def test_an_answer_of_several_lines_is_read_to_its_end() -> None:
    greeting = "220-one\r\n 220 two\r\n221 three\r\n220-four\r\n220 ready"
    async with scripted({"": greeting, "PASS": "530-no\r\n530 no"}) as server:
        assert await reason_of(fetched(server, "/metrics.xml")) == "LOGIN"


async def test_active_transfers_that_a_server_knows_not_of() -> None:
    for answers in ({}, {"PORT": "200 ok", "RETR": "150 soon"}):
        scripts: dict[str, Any] = {"SIZE": "213 10", **answers}
        async with scripted(scripts, 1.0) as server:
            active = replace(server, is_passive=False)
            expected = "TIMEOUT" if answers else "DENIED"
            assert await reason_of(fetched(active, "/metrics.xml")) == expected
