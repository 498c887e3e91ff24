from ipaddress import ip_address

import pytest

from kvartal.addresses import AddressRefused, HostUnknown, is_public, public_addresses


@pytest.mark.parametrize("address", ["8.8.8.8", "2a02:6b8::2:242", "::ffff:8.8.8.8"])
def test_what_everybody_reaches_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::1",
        "64:ff9b::7f00:1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_what_lies_inside_is_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "0", "2130706433"])
async def test_a_host_inside_is_refused_by_whatever_name(host: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        await public_addresses(host, 21)

    assert refused.value.facts()["host"] == host


async def test_a_host_that_is_allowed_may_be_inside() -> None:
    found = await public_addresses("LocalHost", 21, allowed={"localhost"})

    assert set(found) <= {"127.0.0.1", "::1"}
    assert found


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 70 + ".example", "", "пример..рф"])
async def test_a_host_that_nobody_knows(host: str) -> None:
    with pytest.raises((HostUnknown, AddressRefused)):
        await public_addresses(host, 21)
