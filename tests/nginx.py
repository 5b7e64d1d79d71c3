"""Debian's nginx in front of a server, configured by the samples in docs/operating.md."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from faces import PROJECT, missing

LIMIT_S = 60
_UNPACKED = PROJECT / ".cache" / "nginx" / "usr" / "sbin" / "nginx"
_OPERATING = PROJECT / "docs" / "operating.md"
_UPSTREAM = "http://127.0.0.1:8000"
_TRIES = 5
_CONFIGURATION = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""


def documented_samples() -> list[str]:
    """Every block of docs/operating.md that configures nginx, as it stands there."""
    blocks = re.findall(r"(?:^ {4}.*\n|^\n)+", _OPERATING.read_text(), re.MULTILINE)
    return [block for block in blocks if "proxy_pass" in block]


def documented_sample(location: str, *, containing: str = "") -> str:
    """Return the sample for the addresses below ``location``, the one with ``containing`` in it."""
    opening = f"location {location} {{"
    found = [one for one in documented_samples() if opening in one and containing in one]
    assert len(found) == 1, f"{len(found)} samples with {opening!r} and {containing!r}"
    return found[0]


@dataclass
class Nginx:
    """nginx for one ``with`` block, a port for each sample, all in front of one server."""

    folder: Path
    upstream: str
    samples: Mapping[str, str]

    def __enter__(self) -> Self:
        program = shutil.which("nginx") or _UNPACKED
        if not Path(program).is_file():
            missing("nginx (Debian's package nginx; `make .cache/nginx/.here` unpacks it)")
        self.folder.mkdir()
        for _ in range(_TRIES):
            ports = _free_ports(len(self.samples))
            self.urls = {
                name: f"http://localhost:{port}"
                for name, port in zip(self.samples, ports, strict=True)
            }
            (self.folder / "nginx.conf").write_text(self._configuration(ports))
            command = [program, "-p", self.folder, "-c", self.folder / "nginx.conf"]
            self._process = subprocess.Popen(
                [*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL
            )
            if self._listens(ports):
                return self
        raise AssertionError(f"nginx does not start: {self.log}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(LIMIT_S)
        finally:
            self._process.kill()

    @property
    def log(self) -> str:
        """What nginx has to say."""
        with suppress(FileNotFoundError):
            return (self.folder / "error.log").read_text()
        return ""

    def _configuration(self, ports: list[int]) -> str:
        servers = [
            f"server {{\n    listen 127.0.0.1:{port};\n"
            f"{sample.replace(_UPSTREAM, self.upstream)}}}\n"
            for port, sample in zip(ports, self.samples.values(), strict=True)
        ]
        return _CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "",
            folder=self.folder,
            servers="\n".join(servers),
        )

    def _listens(self, ports: list[int]) -> bool:
        until = time.monotonic() + LIMIT_S
        while self._process.poll() is None and time.monotonic() < until:
            with suppress(ConnectionRefusedError):
                for port in ports:
                    socket.create_connection(("127.0.0.1", port), LIMIT_S).close()
                return True
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
        return False


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on just now."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports
