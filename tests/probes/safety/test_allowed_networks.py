"""Probes touch what the project names, and nothing that merely looks like it."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngbw.probes.safety.allowed_networks import AllowedNetworks
from ngbw.topology.errors import InputError, SettingError, UsageError

DISTRICT = AllowedNetworks.of(["10.20.0.0/16", "2001:db8:110::/48"])
EVERYTHING = AllowedNetworks.of(["0.0.0.0/0", "::/0"])


@pytest.mark.parametrize("host", ["10.20.3.4", "2001:db8:110::1", "[2001:db8:110::1]"])
def test_an_address_of_an_allowed_network_is_permitted_as_it_is(host):
    assert DISTRICT.permit(host).address == host.strip("[]")


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("10.21.0.1", "none of the allowed"),
        ("2001:db8:111::1", "none of the allowed"),
        ("::ffff:10.21.0.1", "none of the allowed"),
        ("64:ff9b::10.20.3.4", "none of the allowed"),
        ("127.0.0.1", "loopback"),
        ("fe80::1", "needs its interface"),
        ("10.20.3.4%eth0", "zone belongs"),
    ],
)
def test_an_address_of_no_allowed_network_is_refused_with_the_reason(host, why):
    with pytest.raises(InputError, match=why) as refused:
        DISTRICT.permit(host)
    assert "10.20.0.0/16, 2001:db8:110::/48" in str(refused.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b:1:7f00:0:100::",  # 127.0.0.1 behind a prefix of 48 bits
        "64:ff9b:1::127.0.0.1",  # ... of 96 bits
        "2002:7f00:1::",
        "::127.0.0.1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "0.1.2.3",
        "::",
    ],
)
def test_allowing_everything_allows_no_special_address(host):
    with pytest.raises(InputError, match="may not be probed"):
        EVERYTHING.permit(host)


@pytest.mark.parametrize(
    ("network", "host"),
    [
        ("127.0.0.0/8", "127.3.4.5"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("fe80::/10", "fe80::1%eth0"),
        ("169.254.0.0/16", "169.254.7.8"),
    ],
)
def test_a_special_network_that_is_named_is_allowed(network, host):
    assert AllowedNetworks.of([network]).permit(host).address == host


def test_a_mapped_address_is_judged_as_the_one_it_holds():
    assert DISTRICT.permit("::ffff:10.20.3.4").address == "::ffff:10.20.3.4"


def test_a_name_is_resolved_once_and_the_judged_address_is_what_is_contacted():
    asked = []

    def resolve(name):
        asked.append(name)
        return ["192.0.2.1", "10.20.9.9"]

    target = DISTRICT.permit("olt1.example", resolve=resolve)
    assert (target.address, target.name, asked) == ("10.20.9.9", "olt1.example", ["olt1.example"])


def test_a_name_that_leads_elsewhere_is_refused_with_its_address():
    with pytest.raises(InputError, match=r"192\.0\.2\.1: it is in none"):
        DISTRICT.permit("evil.example", resolve=lambda _: ["192.0.2.1"])


@pytest.mark.parametrize("host", ["", "a b", "1.2.3", "1.2.3.4.5", "-x-", "a\nb", "0x7f000001!"])
def test_what_is_neither_address_nor_name_is_refused(host):
    with pytest.raises(UsageError, match="neither an IP address nor a host name"):
        DISTRICT.permit(host, resolve=lambda _: ["10.20.0.1"])


def test_no_network_allows_nothing():
    with pytest.raises(InputError, match="allowed networks: none"):
        AllowedNetworks.of([]).permit("10.20.3.4")


@pytest.mark.parametrize("text", ["10.20.0.1/16", "ten", "10.0.0.0/33", "", "fe80::%eth0/64x"])
def test_a_setting_that_is_no_network_is_named(text):
    with pytest.raises(SettingError, match="which is no network"):
        AllowedNetworks.of([text])


@given(st.integers(0, 2**32 - 1))
def test_every_disguise_of_an_ipv4_address_is_judged_like_it(number):
    plain = ipaddress.IPv4Address(number)
    allowed = DISTRICT.refusal(str(plain)) is None
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    assert (DISTRICT.refusal(str(mapped)) is None) == allowed
    through_nat64 = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    both = AllowedNetworks.of(["10.20.0.0/16", "64:ff9b::/96"])
    assert (both.refusal(str(through_nat64)) is None) == allowed
