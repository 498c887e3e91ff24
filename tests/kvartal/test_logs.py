"""Structured logs, ours and the libraries' alike."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
import structlog

from kvartal.logs import configure_logs
from kvartal.testing.host import TestHost

Say = Callable[..., list[str]]


@pytest.fixture
def said(host: TestHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[Say]:
    """What a process with these settings says on standard error."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level

    def say(form: str, level: str = "INFO") -> list[str]:
        heard = StringIO()
        monkeypatch.setattr(sys, "stderr", heard)
        configure_logs(
            host.host.settings.model_copy(update={"log_format": form, "log_level": level})
        )
        log = structlog.get_logger("kvartal.readings")
        log.info("readings.imported", accepted=3, place="Казань")
        logging.getLogger("somebody.else").warning("said %s", "so")
        logging.getLogger("asyncio").info("noise")
        logging.getLogger("httpx").info("HTTP Request: POST https://hook.example/?key=secret")
        logging.getLogger("kvartal").debug("detail")
        try:
            raise ValueError("wrong")
        except ValueError:
            log.exception("readings.failed")
        return heard.getvalue().splitlines()

    yield say
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def test_each_line_is_json_with_its_facts(said: Say) -> None:
    ours, theirs, failed = [json.loads(line) for line in said("json")]

    assert (ours["event"], ours["accepted"], ours["place"]) == ("readings.imported", 3, "Казань")
    assert (ours["level"], ours["logger"]) == ("info", "kvartal.readings")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "said so",
        "warning",
        "somebody.else",
    )
    assert failed["event"] == "readings.failed"
    assert "ValueError: wrong" in failed["exception"]


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 4), ("WARNING", 2)])
def test_the_level_is_the_operators(said: Say, level: str, count: int) -> None:
    assert len(said("json", level)) == count


def test_for_a_terminal_it_is_plain(said: Say) -> None:
    lines = said("console")

    assert "readings.imported" in lines[0]
    assert "accepted=3" in lines[0]
    assert any("ValueError: wrong" in line for line in lines)
