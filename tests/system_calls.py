"""What a program and all its children do to the network and to files, as strace sees it."""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from faces import missing

_SENDS = "connect,sendto,sendmsg,sendmmsg"
_WRITES = (
    "open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,mknod,mknodat,truncate"
)
_DNS_PORT = 53
_RESOLVERS = re.compile(r'sun_path="[^"]*(?:systemd/resolve|nss|mdns|avahi)[^"]*"')
_CALL = re.compile(r"\d+ +(?P<name>\w+)\((?P<arguments>.*)")
_INET = re.compile(
    r"sin6?_port=htons\((?P<port>\d+)\)"
    r'.*?(?:inet_addr\("|inet_pton\(AF_INET6, ")(?P<host>[^"]+)"'
)
_TO_WRITE = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>[^"]*)"')
_COMPILED = re.compile(r"/__pycache__(?:/[^/]*\.pyc(?:\.\d+)?)?\Z")
_OWN_OPENING = frozenset({"open", "openat", "openat2"})


@dataclass(frozen=True)
class SystemCalls:
    """Traces a command and its children into `file`, and reads what they did.

    `folder` is the one that the command runs in.
    """

    file: Path
    folder: Path

    def command(self, *arguments: str) -> tuple[str, ...]:
        """That command under strace, which is no parent of it: its process is the one started."""
        strace = shutil.which("strace") or missing("strace (Debian's package strace)")
        calls = f"trace={_SENDS},{_WRITES},execve"
        options = ("-D", "-f", "-y", "-qq", "-s", "4096", "--seccomp-bpf", "-e", calls)
        return (strace, *options, "-o", str(self.file), *arguments)

    def programs(self) -> list[str]:
        """The command lines of all programs that were started."""
        return [line for line in self._lines() if "execve(" in line and "ENOENT" not in line]

    def processes_that_opened(self, part: str) -> set[str]:
        """The ids of the processes that opened a file with that in its path."""
        return {
            line.partition(" ")[0]
            for line in self._lines()
            if "open" in line and part in line and "ENOENT" not in line
        }

    def sent_elsewhere(self) -> list[str]:
        """Whatever turned to another machine or asked any resolver for an address."""
        return [
            line
            for name, line in self._calls()
            if name in _SENDS.split(",") and (_is_elsewhere(line) or _RESOLVERS.search(line))
        ]

    def written_outside(self, *folders: Path) -> list[str]:
        """Whatever made or wrote a file that lies in none of these; Python's own caches apart."""
        own = [str(folder.resolve()) for folder in folders]
        return sorted(
            path
            for path in set(self._written())
            if not any(path == folder or path.startswith(f"{folder}/") for folder in own)
            and path != os.devnull
            and not _COMPILED.search(path)
        )

    def _lines(self) -> Sequence[str]:
        return self.file.read_text(errors="replace").splitlines()

    def _calls(self) -> Iterator[tuple[str, str]]:
        for line in self._lines():
            if found := _CALL.match(line):
                yield found["name"], found["arguments"]

    def _written(self) -> Iterator[str]:
        for name, arguments in self._calls():
            if name not in _WRITES.split(","):
                continue
            if name in _OWN_OPENING and not _TO_WRITE.search(arguments.rpartition('"')[2]):
                continue
            for found in _PATH.finditer(arguments):
                folder = found["folder"] or str(self.folder)
                yield os.path.normpath(Path(folder) / found["path"])


def _is_elsewhere(arguments: str) -> bool:
    """Return whether a call names an address of the Internet that is not a port on loopback.

    A resolver on loopback would ask another machine on our behalf.
    """
    return any(
        not ipaddress.ip_address(found["host"]).is_loopback or int(found["port"]) == _DNS_PORT
        for found in _INET.finditer(arguments)
    )
