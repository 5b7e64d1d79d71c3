"""Which address a request comes from, through the proxies that the operator trusts."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NETWORK_BITS = {4: 32, 6: 64}
_NO_ADDRESS = "unknown"


def client_network(peer: str | None, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the network of a client: an IPv4 address with /32, an IPv6 one cut to /64.

    ``peer`` is the other end of the connection. While that is a trusted proxy, its word is taken:
    the last entry of ``forwarded_for`` (X-Forwarded-For, each proxy appends whom it heard), which
    may be a trusted proxy again. An entry that is no address ends the walk, and the nearest address
    that can be trusted to be real stands. A peer without an address (a Unix socket has none) is a
    network of its own, and no proxy.
    """
    address = parse_address(peer or "")
    entries = forwarded_for.split(",") if forwarded_for else []
    while address is not None and entries and any(address in network for network in trusted):
        nearer = parse_address(entries.pop())
        if nearer is None:
            break
        address = nearer
    return _NO_ADDRESS if address is None else network_of(address)


def network_of(address: Address) -> str:
    """Return the network that is counted for this address."""
    return str(ip_network(f"{address}/{_NETWORK_BITS[address.version]}", strict=False))


def parse_address(text: str) -> Address | None:
    """Return the address in ``text``, with or without a port, or None.

    An IPv4 address inside an IPv6 one is that IPv4 address; a zone is dropped.
    """
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
