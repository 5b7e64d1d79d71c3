"""A process gives up what a decoder does not need, for good. Linux; no rights are needed for it.

What is left is to compute, to read and write what is open already, and to end. Descriptors (0 may
be opened) rule out files, sockets and pipes; Landlock rules out programs, signals and the memory
of other processes (landlock(7), ptrace(2)); limits bound memory and time (setrlimit(2)).
"""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress
from pathlib import Path

_NOBODY = 65_534
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446
_LANDLOCK_VERSION = 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many kinds of access to files Landlock knows from each of its versions on: all are given up,
and no path is named where one would be kept."""
_NETWORK_RIGHTS_SINCE, _ALL_NETWORK = 4, 0b11
_SCOPES_SINCE, _ALL_SCOPES = 6, 0b11
_NOTHING = (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE)


def confine(*, memory_bytes: int) -> None:
    """Give up files, sockets, programs, other processes, and memory beyond ``memory_bytes`` more.

    Everything must have been imported and opened before. What the kernel does not know (Landlock
    before Linux 5.13) is left out; what it knows and refuses raises OSError.
    """
    address_space = _address_space_bytes() + memory_bytes
    _become_nobody()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    _enter_landlock()
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for limit in _NOTHING:
        resource.setrlimit(limit, (0, 0))


def allow_cpu(seconds: int) -> None:
    """Let this process compute for so many seconds more, rounded up; then the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _become_nobody() -> None:
    """Root takes another user's place; anybody else stays who they are."""
    if os.geteuid() != 0:
        return
    with suppress(PermissionError):  # root of a container that may not change its user
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _enter_landlock() -> None:
    version = _syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION)
    if version < 1:
        return
    rights = _FILE_RIGHTS[max(since for since in _FILE_RIGHTS if since <= version)]
    given_up = [(1 << rights) - 1]
    given_up += [_ALL_NETWORK] if version >= _NETWORK_RIGHTS_SINCE else []
    given_up += [_ALL_SCOPES] if version >= _SCOPES_SINCE else []
    attributes = (ctypes.c_uint64 * len(given_up))(*given_up)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    ruleset = _checked(_syscall(_LANDLOCK_CREATE_RULESET, attributes, size, 0))
    _checked(_syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _prctl(option: int, value: int) -> None:
    _checked(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))


def _syscall(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
