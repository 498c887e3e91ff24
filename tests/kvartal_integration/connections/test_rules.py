from typing import Any

import pytest

from kvartal_integration.connections.rules import (
    MAX_ROOT,
    MAX_USERNAME,
    ConnectionValues,
    ExchangeFingerprintInvalid,
    ExchangeNumberOutside,
    FileEncoding,
    Protocol,
    faults_of,
    leads_elsewhere,
    merged,
    password_faults,
)

GOOD = ConnectionValues(host="ftp.example.org", username="exchange")


@pytest.mark.parametrize(
    ("case", "given", "kept"),
    [
        ("nothing", {}, {}),
        ("a host as people write it", {"host": " FTP.Example.ORG. "}, {"host": "ftp.example.org"}),
        ("a host in Russian", {"host": "обмен.рф"}, {"host": "обмен.рф"}),
        ("an address", {"host": "93.184.215.14"}, {"host": "93.184.215.14"}),
        ("a new address", {"host": "2001:DB8::1"}, {"host": "2001:db8::1"}),
        ("the greatest port", {"port": 65535}, {"port": 65535}),
        ("no root", {"root": " "}, {"root": "/"}),
        ("a root in Russian", {"root": "/Обмен/дом №1"}, {"root": "/Обмен/дом №1"}),
        ("the longest root", {"root": "/" * MAX_ROOT}, {"root": "/" * MAX_ROOT}),
        ("a fingerprint", {"fingerprint": " AB:" * 31 + "Cd"}, {"fingerprint": "ab" * 31 + "cd"}),
        ("no fingerprint", {"fingerprint": " "}, {"fingerprint": None}),
        ("an encoding", {"encoding": FileEncoding.CP1251}, {"encoding": FileEncoding.CP1251}),
        ("what is none of it", {"password": "secret"}, {}),
    ],
)
def test_settings_are_kept_as_they_are_meant(
    case: str, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    found = merged(GOOD, given)

    assert list(faults_of(found)) == []
    assert {name: getattr(found, name) for name in kept} == kept
    assert merged(found, {}) == found


@pytest.mark.parametrize(
    ("case", "given", "expected"),
    [
        ("no host", {"host": ""}, ("EXCHANGE_HOST_INVALID", "host")),
        ("a scheme", {"host": "ftp://example.org"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("a port in it", {"host": "example.org:21"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("a path in it", {"host": "example.org/x"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("a login in it", {"host": "user@example.org"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("two lines", {"host": "example.org\r\nx"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("a hole in it", {"host": "example..org"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("a hyphen first", {"host": "-example.org"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("too long a host", {"host": "a." * 127 + "org"}, ("EXCHANGE_HOST_INVALID", "host")),
        ("no port", {"port": 0}, ("EXCHANGE_NUMBER_OUTSIDE", "port")),
        ("too great a port", {"port": 65536}, ("EXCHANGE_NUMBER_OUTSIDE", "port")),
        ("too short", {"timeout_seconds": 4}, ("EXCHANGE_NUMBER_OUTSIDE", "timeout_seconds")),
        ("too long", {"timeout_seconds": 301}, ("EXCHANGE_NUMBER_OUTSIDE", "timeout_seconds")),
        ("no login", {"username": " "}, ("EXCHANGE_TEXT_INVALID", "username")),
        (
            "too long a login",
            {"username": "x" * (MAX_USERNAME + 1)},
            ("EXCHANGE_TEXT_INVALID", "username"),
        ),
        ("a command", {"username": "x\r\nDELE y"}, ("EXCHANGE_TEXT_INVALID", "username")),
        ("no slash", {"root": "exchange"}, ("EXCHANGE_ROOT_INVALID", "root")),
        ("upwards", {"root": "/a/../.."}, ("EXCHANGE_ROOT_INVALID", "root")),
        ("upwards in Windows", {"root": "/a\\..\\.."}, ("EXCHANGE_ROOT_INVALID", "root")),
        ("a command in it", {"root": "/a\r\nDELE y"}, ("EXCHANGE_ROOT_INVALID", "root")),
        ("too long a root", {"root": "/" * (MAX_ROOT + 1)}, ("EXCHANGE_ROOT_INVALID", "root")),
        ("MD5", {"fingerprint": "ab" * 16}, ("EXCHANGE_FINGERPRINT_INVALID", "fingerprint")),
        ("no hex", {"fingerprint": "xy" * 32}, ("EXCHANGE_FINGERPRINT_INVALID", "fingerprint")),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    case: str, given: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = list(faults_of(merged(GOOD, given)))

    assert [(each.code, *each.path) for each in found] == [expected]


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = list(faults_of(merged(ConnectionValues(), {"port": 0, "fingerprint": "x"})))

    assert [each.path for each in found] == [("host",), ("port",), ("username",), ("fingerprint",)]
    [outside] = [each for each in found if isinstance(each, ExchangeNumberOutside)]
    assert outside.facts() == {"low": 1, "high": 65535}
    assert isinstance(found[-1], ExchangeFingerprintInvalid)


@pytest.mark.parametrize(
    ("password", "is_good"),
    [(None, True), ("", True), ("пароль с пробелом", True), ("x" * 201, False), ("x\ny", False)],
)
def test_passwords(password: str | None, is_good: bool) -> None:
    assert (list(password_faults(password)) == []) is is_good


@pytest.mark.parametrize(
    ("changed", "is_elsewhere"),
    [
        ({}, False),
        ({"username": "other", "root": "/x", "protocol": Protocol.FTP}, False),
        ({"host": "example.net"}, True),
        ({"port": 2121}, True),
    ],
)
def test_another_host_or_port_is_another_server(
    changed: dict[str, Any], is_elsewhere: bool
) -> None:
    assert leads_elsewhere(merged(GOOD, changed), GOOD) is is_elsewhere


def test_at_one_port_tls_is_there_from_the_beginning() -> None:
    assert merged(GOOD, {"port": 990}).begins_with_tls
    assert not merged(GOOD, {"port": 990, "protocol": Protocol.FTP}).begins_with_tls
    assert not GOOD.begins_with_tls
