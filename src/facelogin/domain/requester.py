"""Who sends a request, as far as the limits on guessing and the audit log need to know."""

from __future__ import annotations

from dataclasses import dataclass

_DEVICE_ACCOUNTS = 8  # a family's computer


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that has signed in before: its id, and the accounts that it signed in to.

    The account that signed in last stands last.
    """

    device_id: str
    user_ids: tuple[str, ...]

    def after_login(self, user_id: str) -> Device:
        """Return the device after it signed in to that account; it remembers the last eight."""
        others = self.without(user_id).user_ids
        return Device(self.device_id, (*others, user_id)[-_DEVICE_ACCOUNTS:])

    def without(self, user_id: str) -> Device:
        """Return the device as it would be had it never signed in to that account."""
        return Device(self.device_id, tuple(one for one in self.user_ids if one != user_id))


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

    def knows(self, user_id: str) -> bool:
        """Return whether this device has signed in to that account before."""
        return self.device is not None and user_id in self.device.user_ids


OPERATOR = Requester(network=None)
"""The operator, at the command line: never throttled."""
