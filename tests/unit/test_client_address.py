"""Whose network is counted: the peer's, or what a trusted proxy heard; nothing that is forged."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facelogin.api.client_address import Network, client_network, network_of, parse_address

PROXY, SECOND_PROXY = "10.0.0.1", "10.1.2.3"
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
CLIENT = "198.51.100.7"


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        (CLIENT, "198.51.100.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7/32"),
        ("::ffff:c633:6407", "198.51.100.7/32"),
        ("::1", "::/64"),
        (None, "unknown"),
        ("", "unknown"),
        ("/run/facelogin.sock", "unknown"),
    ],
)
def test_without_a_proxy_the_peer_is_the_client(peer: str | None, network: str) -> None:
    assert client_network(peer, "", ()) == network


@pytest.mark.parametrize("peer", [CLIENT, "::ffff:198.51.100.7", "2001:db8::1", "11.0.0.1", None])
@pytest.mark.parametrize("trusted", [(), TRUSTED])
def test_nobody_but_a_trusted_proxy_is_believed(
    peer: str | None, trusted: tuple[Network, ...]
) -> None:
    alone = client_network(peer, "", trusted)
    for forged in ("203.0.113.9", "10.0.0.1", "203.0.113.9, 10.0.0.1", "unknown", ","):
        assert client_network(peer, forged, trusted) == alone


@pytest.mark.parametrize(
    ("forwarded_for", "network"),
    [
        (CLIENT, "198.51.100.7/32"),
        (f"{CLIENT}, {SECOND_PROXY}", "198.51.100.7/32"),
        (f"{CLIENT},{SECOND_PROXY},10.9.9.9", "198.51.100.7/32"),
        (f"2001:db8:1:2:3::4, {SECOND_PROXY}", "2001:db8:1:2::/64"),
        # what a client wrote itself stands before what the proxies heard
        (f"203.0.113.9, {CLIENT}", "198.51.100.7/32"),
        (f"203.0.113.9, 10.0.0.1, {CLIENT}, {SECOND_PROXY}", "198.51.100.7/32"),
        (f"garbage, {CLIENT}", "198.51.100.7/32"),
        # everybody on the way is trusted: the farthest is the client
        (f"10.7.7.7, {SECOND_PROXY}", "10.7.7.7/32"),
        # a trusted proxy's own address stands where it names none
        ("", "10.0.0.1/32"),
        ("unknown", "10.0.0.1/32"),
        (f"{CLIENT}, unknown", "10.0.0.1/32"),
        (f"{CLIENT}, , {SECOND_PROXY}", "10.1.2.3/32"),
    ],
)
def test_through_trusted_proxies_the_last_hop_that_is_not_trusted_counts(
    forwarded_for: str, network: str
) -> None:
    assert client_network(PROXY, forwarded_for, TRUSTED) == network


def test_a_proxy_is_known_by_its_ipv4_address_inside_an_ipv6_one_too() -> None:
    assert client_network("::ffff:10.0.0.1", CLIENT, TRUSTED) == "198.51.100.7/32"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("198.51.100.7", "198.51.100.7"),
        (" 198.51.100.7 ", "198.51.100.7"),
        ("198.51.100.7:51234", "198.51.100.7"),
        ("[2001:db8::1]:51234", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("[::ffff:198.51.100.7]:443", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_is_read_with_or_without_a_port(text: str, address: str) -> None:
    assert str(parse_address(text)) == address


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "unknown",
            "_hidden",
            "localhost",
            "-",
            "198.51.100",
            "198.51.100.256",
            "0x7f.1",
        ),
        *("198.51.100.07", "198.51.100.7/32", "2001:db8::1:51234:x", "[]", ":80"),
        *("for=198.51.100.7", '"198.51.100.7"', "١٩٨.٥١.١٠٠.٧", "\x00", "198.51.100.7\x00"),
        "9" * 10_000,
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None


@given(st.text(max_size=60), st.text(max_size=200))
def test_nothing_that_is_sent_breaks_it_or_invents_a_network(peer: str, forwarded: str) -> None:
    for trusted in ((), TRUSTED, (ip_network("0.0.0.0/0"), ip_network("::/0"))):
        network = client_network(peer, forwarded, trusted)
        assert network == "unknown" or ip_network(network).prefixlen in (32, 64)


@given(
    st.builds(IPv6Address, st.integers(0, 2**128 - 1)),
    st.integers(min_value=0, max_value=2**64 - 1),
)
def test_a_client_gains_nothing_by_changing_address_within_its_network(
    first: IPv6Address, host: int
) -> None:
    second = IPv6Address((int(first) >> 64 << 64) | host)
    assert network_of(first) == network_of(second)
