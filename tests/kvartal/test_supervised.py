import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kvartal.supervised import EmbeddedError, SupervisedServer, failure, write_private

SERVE = """
trap 'sleep 0.2; touch {flag}.stopped; exit 0' TERM
echo ready >>{flag}.new; mv {flag}.new {flag}
while :; do sleep 0.05; done
"""


class Shell(SupervisedServer):
    """A server made of a shell, ready once its flag is there."""

    title = "Shell"
    stop_signal = "TERM"
    script = SERVE

    @property
    def url(self) -> str:
        return f"shell://{self.port}"

    def prepare(self, port: int) -> list[str]:
        self.data_dir.mkdir(exist_ok=True)
        self.flag.unlink(missing_ok=True)
        return ["/bin/sh", "-c", self.script.format(flag=self.flag)]

    def is_ready(self) -> bool:
        return self.flag.exists()

    @property
    def flag(self) -> Path:
        return self.data_dir / "flag"


def test_stopping_and_killing_what_does_not_run_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    server = Shell(tmp_path / "data", durable=False)

    server.stop()
    server.kill()

    assert (tmp_path / "data").exists()


def test_a_running_server_is_not_started_twice(tmp_path: Path) -> None:
    with Shell(tmp_path / "data") as server:
        server.start()

        assert server.flag.read_text() == "ready\n"


def test_a_stopped_server_stops_again_without_effect(tmp_path: Path) -> None:
    server = Shell(tmp_path / "data")
    server.start()

    server.stop()
    server.stop()

    assert server.flag.exists()


def test_data_that_need_not_last_go_with_the_server(tmp_path: Path) -> None:
    with Shell(tmp_path / "data", durable=False) as server:
        assert server.data_dir.exists()

    assert not server.data_dir.exists()


def test_a_killed_server_that_needs_no_data_leaves_none_once_stopped(tmp_path: Path) -> None:
    server = Shell(tmp_path / "data", durable=False)
    server.start()

    server.kill()
    assert server.data_dir.exists()
    server.stop()

    assert not server.data_dir.exists()


def test_a_server_that_died_is_started_again_on_its_port(tmp_path: Path) -> None:
    server = Shell(tmp_path / "data")
    server.start()
    port = server.port
    assert server._process is not None
    os.killpg(server._process.pid, signal.SIGKILL)
    server._process.wait()

    server.start()
    server.stop()

    assert server.port == port


def test_killing_a_server_that_died_does_nothing(tmp_path: Path) -> None:
    server = Shell(tmp_path / "data")
    server.start()
    assert server._process is not None
    os.killpg(server._process.pid, signal.SIGKILL)
    server._process.wait()

    server.kill()

    assert server._process is None


def test_the_terminal_s_interrupt_does_not_reach_the_server(tmp_path: Path) -> None:
    with Shell(tmp_path / "data") as server:
        assert server._process is not None

        assert os.getsid(server._process.pid) == server._process.pid != os.getsid(0)


def test_a_server_that_does_not_stop_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shell, "stop_signal", "CONT")
    monkeypatch.setattr(Shell, "stop_patience", 0.1)
    server = Shell(tmp_path / "data")
    server.start()
    process = server._process
    assert process is not None

    server.stop()

    assert process.returncode == -signal.SIGKILL


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shell, "script", "echo error: no good.; echo bye; exit 1")

    with pytest.raises(EmbeddedError) as refusal:
        Shell(tmp_path / "data").start()

    log = tmp_path / "data.log"
    assert str(refusal.value) == f"Shell did not start: error: no good (its log is {log})."
    assert log.read_text() == "error: no good.\nbye\n"


def test_a_server_that_does_not_answer_is_killed_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shell, "script", "sleep 60")
    monkeypatch.setattr(Shell, "start_patience", 0.1)
    server = Shell(tmp_path / "data")

    with pytest.raises(
        EmbeddedError, match=r"^Shell did not answer in 0\.1 s \(its log is .*\)\.$"
    ):
        server.start()

    assert server._process is None


def test_one_data_directory_has_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shell, "lock_patience", 0.15)

    with (
        Shell(tmp_path / "data") as first,
        pytest.raises(EmbeddedError, match=f"^Shell already runs in {tmp_path}/data: stop that"),
    ):
        Shell(tmp_path / "data").start()

    assert first.flag.read_text() == "ready\n"


def test_a_server_outlives_its_killed_starter_only_until_it_has_stopped(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, __file__, tmp_path / "data"], stdout=subprocess.PIPE
    )
    assert starter.stdout is not None
    with starter.stdout as output:
        assert output.readline() == b"started\n"

    starter.kill()
    starter.wait()

    stopped = tmp_path / "data" / "flag.stopped"
    assert not stopped.exists()
    with Shell(tmp_path / "data"):
        assert stopped.exists()


STARTER = """
import runpy, sys, pathlib
server = runpy.run_path(sys.argv[1])["Shell"](pathlib.Path(sys.argv[2]))
server.start()
print("started", flush=True)
sys.stdin.read()
import time
time.sleep(60)
"""


def test_a_place_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EmbeddedError, match=r"^Shell cannot be started in .*: Not a directory\.$"):
        Shell(tmp_path / "file" / "below" / "data").start()


def test_a_port_that_may_not_be_used_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(
        EmbeddedError, match=r"^Shell cannot be started in .*: Permission denied\.$"
    ):
        Shell(tmp_path / "data", port=80).start()


def test_the_password_is_kept_and_private(tmp_path: Path) -> None:
    server = Shell(tmp_path / "data")

    password = server.password()

    assert len(password) == 48
    assert Shell(tmp_path / "data").password() == password
    assert (tmp_path / "data.password").stat().st_mode & 0o777 == 0o600
    assert Shell(tmp_path / "other").password() != password


def test_a_private_file_replaces_a_half_written_one(tmp_path: Path) -> None:
    (tmp_path / "secret.new").write_text("half")

    write_private(tmp_path / "secret", "whole")

    assert [each.name for each in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").read_text() == "whole"


@pytest.mark.parametrize(
    ("case", "output", "sentence"),
    [
        (
            "disk",
            "x\ninitdb: error: write: No space left on device\n",
            "S found the disk full (l).",
        ),
        (
            "fatal",
            "LOG: an error\n1 Jan 1970 FATAL: b.\nHINT: no error\n",
            "S did not start: FATAL: b (l).",
        ),
        ("last line", "a\n\nb\n\n", "S did not start: b (l)."),
        ("silence", "", "S did not start: it gave no reason (l)."),
    ],
)
def test_a_failure_is_one_sentence(case: str, output: str, sentence: str) -> None:
    assert str(failure("S", output, "l")) == sentence
