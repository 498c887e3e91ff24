"""The exchange over FTP, against a real server."""
# ruff: noqa: N802 -- a server's methods are named for the commands

import io
import logging
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from tests.kvartal_integration.exchange.conftest import server_of

from kvartal.testing.ftp import READING, FtpHandler, ftp_server
from kvartal_integration.exchange.ftp import ftp_exchange
from kvartal_integration.exchange.port import ExchangeFailed, FileMissing, FileOversized
from kvartal_integration.exchange.server import FtpServer

LIMIT = 10_000_000


async def fetched(server: FtpServer, path: str, limit: int = LIMIT) -> bytes:
    into = io.BytesIO()
    async with ftp_exchange(server) as exchange:
        await exchange.fetch(path, into, limit=limit)
    return into.getvalue()


async def put(server: FtpServer, path: str, content: bytes = b"<metrics/>") -> None:
    async with ftp_exchange(server) as exchange:
        await exchange.put(path, io.BytesIO(content))


async def removed(server: FtpServer, path: str) -> None:
    async with ftp_exchange(server) as exchange:
        await exchange.remove(path)


def files_in(folder: Path) -> list[str]:
    found = (str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    return sorted(found)


async def reason_of(operation: Any) -> str:
    with pytest.raises(ExchangeFailed) as failed:
        await operation
    assert failed.value.host == "127.0.0.1"
    return failed.value.reason


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
async def test_a_file_goes_there_and_back(tmp_path: Path, passive: bool) -> None:
    content = bytes(range(256)) * 10_000
    with ftp_server(tmp_path) as account:
        server = server_of(account, is_passive=passive)

        await put(server, "/Показания/дом 1/файл.xml", content)
        found = await fetched(server, "Показания/дом 1/файл.xml")

    assert found == content
    assert files_in(tmp_path) == ["Показания/дом 1/файл.xml"]


async def test_one_connection_serves_many_files(tmp_path: Path) -> None:
    (tmp_path / "first.xml").write_bytes(b"1")
    (tmp_path / "second.xml").write_bytes(b"")
    into = io.BytesIO()
    with ftp_server(tmp_path) as account:
        async with ftp_exchange(server_of(account)) as exchange:
            await exchange.fetch("/first.xml", into, limit=1)
            await exchange.fetch("/second.xml", into, limit=1)
            with pytest.raises(FileMissing):
                await exchange.fetch("/third.xml", into, limit=1)
            await exchange.look()
            await exchange.put("/third.xml", io.BytesIO(b"3"))
            await exchange.remove("/first.xml")
            await exchange.remove("/first.xml")
            with pytest.raises(FileOversized):
                await exchange.fetch("/third.xml", into, limit=0)
            await exchange.fetch("/third.xml", into, limit=1)

    assert into.getvalue() == b"13"
    assert account.commands.count("QUIT") == 1
    assert files_in(tmp_path) == ["second.xml", "third.xml"]


async def test_the_root_is_where_paths_begin_and_none_leads_out(tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_bytes(b"secret")
    with ftp_server(tmp_path) as account:
        server = server_of(account, root="/выгрузка/")
        await put(server, "/metrics.xml")

        for path in ("../secret.xml", "/a/../../secret.xml", "..\\secret.xml", "a\r\nDELE x", "/"):
            assert await reason_of(fetched(server, path)) == "DENIED"
            assert await reason_of(put(server, path)) == "DENIED"
            assert await reason_of(removed(server, path)) == "DENIED"

    assert (tmp_path / "выгрузка" / "metrics.xml").read_bytes() == b"<metrics/>"
    assert (tmp_path / "secret.xml").exists()


async def test_a_file_takes_the_place_of_another_whole(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"before")
    with ftp_server(tmp_path) as account:
        await put(server_of(account), "/metrics.xml", b"after")

    done = [
        each for each in account.commands if each.split()[0] in {"STOR", "RNFR", "RNTO", "DELE"}
    ]
    assert done == ["STOR /metrics.xml.tmp", "RNFR /metrics.xml.tmp", "RNTO /metrics.xml"]
    assert files_in(tmp_path) == ["metrics.xml"]
    assert (tmp_path / "metrics.xml").read_bytes() == b"after"


class NoReplacing(FtpHandler):
    """A server that renames to no name that is taken, as those of Windows."""

    def ftp_RNTO(self, path: str) -> str | None:
        if Path(path).exists() or "never" in path:
            self.respond("550 exists")
            return None
        return super().ftp_RNTO(path)  # type: ignore[no-any-return]


async def test_where_nothing_is_replaced_the_old_file_goes_first(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"before")
    (tmp_path / "never.xml").write_bytes(b"before")
    with ftp_server(tmp_path, handler=NoReplacing) as account:
        await put(server_of(account), "/metrics.xml", b"after")
        refused = await reason_of(put(server_of(account), "/never.xml", b"after"))

    assert (tmp_path / "metrics.xml").read_bytes() == b"after"
    assert refused == "DENIED"
    assert (tmp_path / "never.xml.tmp").read_bytes() == b"after"


@pytest.mark.parametrize("tells_sizes", [True, False])
async def test_a_file_beyond_the_limit_is_not_read_to_its_end(
    tmp_path: Path, tells_sizes: bool
) -> None:
    (tmp_path / "large.xml").write_bytes(b"x" * 2_000_000)
    commands = dict(FtpHandler.proto_cmds)
    if not tells_sizes:
        del commands["SIZE"]
    with ftp_server(tmp_path, proto_cmds=commands) as account:
        with pytest.raises(FileOversized):
            await fetched(server_of(account), "/large.xml", limit=1_999_999)
        assert len(await fetched(server_of(account), "/large.xml", limit=2_000_000)) == 2_000_000

    assert [each for each in account.commands if each.startswith("RETR")] == (
        ["RETR /large.xml"] if tells_sizes else ["RETR /large.xml"] * 2
    )


async def test_names_are_written_as_the_server_writes_them(tmp_path: Path) -> None:
    (tmp_path / "Объект №7.xml").write_bytes(b"7")
    with ftp_server(tmp_path, encoding="cp1251") as account:
        server = server_of(account, encoding="cp1251")

        assert await fetched(server, "/Объект №7.xml") == b"7"
        await put(server, "/Экспорт/Счётчики.xml")
        assert await reason_of(put(server, "/中.xml")) == "DENIED"

    assert (tmp_path / "Экспорт" / "Счётчики.xml").exists()


async def test_answers_in_another_encoding_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "Объект.xml").write_bytes(b"7")
    with (
        ftp_server(
            tmp_path, username="exchange", password="secret", encoding="cp1251", banner="Привет"
        ) as account,
        pytest.raises(FileMissing),
    ):
        await fetched(server_of(account), "/Объект.xml")


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with ftp_server(tmp_path) as account:
        for path in ("/no.xml", "/no/such/directory.xml", "/folder"):
            with pytest.raises(FileMissing):
                await fetched(server_of(account), path)
        await removed(server_of(account), "/no/such/file.xml")


async def test_an_account_that_may_only_read(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    with ftp_server(tmp_path, rights=READING) as account:
        server = server_of(account)

        assert await fetched(server, "/metrics.xml") == b"1"
        assert await reason_of(put(server, "/new/other.xml")) == "DENIED"
        assert await reason_of(removed(server, "/metrics.xml")) == "DENIED"

    assert files_in(tmp_path) == ["metrics.xml"]


async def test_where_no_sizes_are_told_a_refusal_to_delete_is_believed(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    commands = {name: each for name, each in FtpHandler.proto_cmds.items() if name != "SIZE"}
    with ftp_server(tmp_path, rights=READING, proto_cmds=commands) as account:
        assert await reason_of(removed(server_of(account), "/metrics.xml")) == "DENIED"
        with pytest.raises(FileMissing):
            await fetched(server_of(account), "/other.xml")


async def test_an_account_that_may_only_write_is_not_told_that_files_are_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    with ftp_server(tmp_path, rights="elw") as account:
        assert await reason_of(fetched(server_of(account), "/metrics.xml")) == "DENIED"


async def test_a_wrong_password_is_named_and_stands_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ftp_server(tmp_path) as account:
        wrong = server_of(account, password="чужой-секрет")
        with pytest.raises(ExchangeFailed) as failed:
            await fetched(wrong, "/metrics.xml")

    assert failed.value.reason == "LOGIN"
    assert "чужой-секрет" not in f"{failed.value!r} {failed.value} {wrong!r} {caplog.text}"
    assert failed.value.__cause__ is None
    assert "*" not in caplog.text


async def test_a_password_cannot_smuggle_commands(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    with ftp_server(tmp_path) as account:
        for field in ("username", "password"):
            server = server_of(account, **{field: "x\r\nDELE /metrics.xml"})
            assert await reason_of(fetched(server, "/metrics.xml")) == "PROTOCOL"

    assert account.commands == ["USER обмен"]


async def test_nobody_listens() -> None:
    with ftp_server(Path("/")) as account:
        pass
    assert await reason_of(fetched(server_of(account), "/x")) == "CONNECT"


async def test_the_next_address_is_tried_if_the_first_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    with ftp_server(tmp_path) as account:
        for addresses in (["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]):
            server = server_of(account, addresses=addresses)
            assert await fetched(server, "/metrics.xml") == b"1"


async def test_data_comes_from_the_judged_address_whatever_the_server_says(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    into = io.BytesIO()
    commands = {name: each for name, each in FtpHandler.proto_cmds.items() if name != "EPSV"}
    with ftp_server(tmp_path, masquerade_address="8.8.8.8", proto_cmds=commands) as account:
        async with ftp_exchange(server_of(account)) as exchange:
            await exchange.fetch("/metrics.xml", into, limit=1)
            await exchange.put("/other.xml", io.BytesIO(b"2"))

    assert (into.getvalue(), files_in(tmp_path)) == (b"1", ["metrics.xml", "other.xml"])
    assert account.commands.count("PASV") == 2
    assert account.commands.count("EPSV") == 1


class Dying(FtpHandler):
    """A server that dies in the middle of a file."""

    def on_connect(self) -> None:
        self.ac_out_buffer_size = 1000

    def ftp_RETR(self, file: str) -> Any:
        found = super().ftp_RETR(file)
        self.ioloop.call_later(0.0, self._die)
        return found

    def ftp_STOR(self, file: str, mode: str = "w") -> Any:
        found = super().ftp_STOR(file, mode)
        self.ioloop.call_later(0.0, self._die)
        return found

    def _die(self) -> None:
        if self.data_channel is not None:
            self.data_channel.close()
        self.close()


async def test_a_server_that_dies_in_the_middle_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"x" * 50_000_000)
    with ftp_server(tmp_path, handler=Dying, use_sendfile=False) as account:
        server = server_of(account)

        assert await reason_of(fetched(server, "/metrics.xml", 100_000_000)) == "LOST"
        assert await reason_of(put(server, "/new.xml", b"x" * 50_000_000)) == "LOST"

    assert not (tmp_path / "new.xml").exists()


class Truncating(FtpHandler):
    """A server that says that all is well with half a file."""

    def ftp_SIZE(self, path: str) -> None:
        self.respond("213 1000")


async def test_half_a_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"half")
    with ftp_server(tmp_path, handler=Truncating) as account:
        assert await reason_of(fetched(server_of(account), "/metrics.xml")) == "LOST"
        assert await reason_of(put(server_of(account), "/metrics.xml", b"whole")) == "LOST"

    assert files_in(tmp_path) == ["metrics.xml"]
    assert (tmp_path / "metrics.xml").read_bytes() == b"half"


class Slow(FtpHandler):
    """A server that takes its time once it is logged in."""

    def ftp_SIZE(self, path: str) -> None:
        time.sleep(1.0)
        self.respond("213 1")


async def test_a_slow_server_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    with ftp_server(tmp_path, handler=Slow) as account:
        an_answer = server_of(account, timeout=0.3)
        the_whole = server_of(account, transfer_timeout=0.3)

        assert await reason_of(fetched(an_answer, "/metrics.xml")) == "TIMEOUT"
        assert await reason_of(fetched(the_whole, "/metrics.xml")) == "TIMEOUT"


async def test_a_session_that_failed_is_of_no_further_use(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    with ftp_server(tmp_path, handler=Slow) as account:
        async with ftp_exchange(server_of(account, timeout=0.3)) as exchange:
            first = await reason_of(exchange.fetch("/metrics.xml", io.BytesIO(), limit=1))
            then = await reason_of(exchange.look())

    assert (first, then) == ("TIMEOUT", "LOST")


async def test_what_the_caller_raises_is_not_the_servers_fault(tmp_path: Path) -> None:
    with ftp_server(tmp_path) as account:
        with pytest.raises(TimeoutError, match="ours"):
            async with ftp_exchange(server_of(account)):
                raise TimeoutError("ours")
        with pytest.raises(ZeroDivisionError):
            async with ftp_exchange(server_of(account)) as exchange:
                await exchange.put("/x", Broken())  # type: ignore[arg-type] # all that is asked of it


class Broken:
    """A file whose disk is gone."""

    def read(self, _: int) -> bytes:
        raise ZeroDivisionError


class Impostor(FtpHandler):
    """A server for which somebody else makes the connection."""

    def ftp_EPRT(self, line: str) -> None:
        port = int(line.split("|")[3])
        self.stranger = socket.create_connection(
            ("127.0.0.1", port), source_address=("127.0.0.2", 0)
        )
        self.respond("200 go on")

    def ftp_RETR(self, file: str) -> None:
        self.respond("150 soon")
        self.stranger.close()


async def test_in_active_transfers_nobody_else_is_let_in(tmp_path: Path) -> None:
    (tmp_path / "metrics.xml").write_bytes(b"1")
    with ftp_server(tmp_path, handler=Impostor) as account:
        server = server_of(account, is_passive=False)
        assert await reason_of(fetched(server, "/metrics.xml")) == "LOST"


async def test_of_a_directory_only_what_is_missing_is_made(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with ftp_server(tmp_path) as account:
        await put(server_of(account, root="/a"), "/b/c/d/x.xml")
        await put(server_of(account, root="/a"), "/b/c/d/y.xml")

    assert files_in(tmp_path) == ["a/b/c/d/x.xml", "a/b/c/d/y.xml"]
    assert [each for each in account.commands if each.startswith("MKD")] == [
        "MKD /a/b/c",
        "MKD /a/b/c/d",
    ]
