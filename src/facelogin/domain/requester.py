"""Who sends a request, as far as the limits on guessing and the audit log need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Network, ip_network

from facelogin.domain.models import User

_WIDER_BITS = 48
"""What an IPv6 network is counted as part of: what one customer may be given, 65,536 times /64."""
_DEVICE_ACCOUNTS = 8  # a family's computer


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that has signed in before: its id, and the accounts that it signed in to.

    The account that signed in last stands last. ``grants`` is what each account gave this browser
    to be known by (``KnownDevices``); a cookie from before there were any has none.
    """

    device_id: str
    user_ids: tuple[str, ...]
    grants: Mapping[str, str] = field(default_factory=dict)

    def after_login(self, user_id: str, grant: str | None = None) -> Device:
        """Return the device after it signed in to that account; it remembers the last eight."""
        others = self.without(user_id)
        user_ids = (*others.user_ids, user_id)[-_DEVICE_ACCOUNTS:]
        given = {} if grant is None else {user_id: grant}
        return Device(self.device_id, user_ids, _of(user_ids, {**others.grants, **given}))

    def without(self, user_id: str) -> Device:
        """Return the device as it would be had it never signed in to that account."""
        user_ids = tuple(one for one in self.user_ids if one != user_id)
        return Device(self.device_id, user_ids, _of(user_ids, self.grants))


@dataclass(frozen=True, slots=True)
class Requester:
    """Where a request comes from.

    ``network`` is the client's network in CIDR notation: an IPv4 address with /32, an IPv6 one
    cut to /64. It is None for the operator, who sits at the command line. ``device`` is what a
    signed cookie says, None where there is none or where it does not verify. ``browser`` is what
    the client says it is, None if that is not known: for people to read, it proves nothing.
    """

    network: str | None
    device: Device | None = None
    request_id: str = ""
    browser: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether this device has signed in to any account before."""
        return self.device is not None and bool(self.device.user_ids)

    def knows(self, user: User) -> bool:
        """Return whether this device has signed in to that account, which still trusts it."""
        device, user_id = self.device, user.user_id
        if device is None or user_id not in device.user_ids:
            return False
        return user.devices.trust(device.grants.get(user_id))

    @property
    def wider_network(self) -> str | None:
        """The /48 around an IPv6 network; None for IPv4, whose addresses are dear."""
        return None if self.network is None else wider_network(self.network)


def wider_network(network: str) -> str | None:
    """Return the /48 around an IPv6 network: whoever has one has 65,536 of /64. None for IPv4."""
    try:
        found = ip_network(network)
    except ValueError:
        return None  # a peer without an address
    if not isinstance(found, IPv6Network) or found.prefixlen <= _WIDER_BITS:
        return None
    return str(found.supernet(new_prefix=_WIDER_BITS))


OPERATOR = Requester(network=None)
"""The operator, at the command line: never throttled."""


def _of(user_ids: tuple[str, ...], grants: Mapping[str, str]) -> dict[str, str]:
    return {one: grants[one] for one in user_ids if one in grants}
