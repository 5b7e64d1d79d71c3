"""Run Debian's nginx in front of a server until it is told to end, as docs/operating.md says.

`python nginx_in_front.py PORT PATH` puts it in front of the server on that port of this machine and
prints at which two addresses it is there: at the first nginx passes the path on, at the second it
takes the path off. The project's tests folder must be importable.
"""
# ruff: noqa: INP001 - a program beside the browser tests, in no package

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

from nginx import Nginx, documented_sample


def main(port: str, path: str) -> None:
    """Run until the first SIGTERM or SIGINT."""
    samples = {
        "whole": documented_sample("/login/").replace("/login", path),
        "stripped": documented_sample("/face/").replace("/face", path),
    }
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with tempfile.TemporaryDirectory(prefix="facelogin-e2e-") as folder:
        upstream = f"http://127.0.0.1:{port}"
        with Nginx(Path(folder) / "nginx", upstream=upstream, samples=samples) as nginx:
            sys.stdout.write(f"in front: {nginx.urls['whole']} {nginx.urls['stripped']}\n")
            sys.stdout.flush()
            signal.sigwait(ends)


if __name__ == "__main__":
    main(*sys.argv[1:])
