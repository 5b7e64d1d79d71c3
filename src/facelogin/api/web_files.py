"""The files of the built web app: which there are, and how one is sent.

The folder is read once, when the application starts: a request names an entry of that list or
nothing, so no path from a client ever reaches the file system. Whoever builds the web app again
starts the server again.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Self

from flask import Response, request, send_file

INDEX = "/index.html"
_NAMING_ADDRESSES = frozenset({INDEX, "/manifest.webmanifest"})
"""What names addresses from the root; scripts and styles name theirs relative to themselves."""

_ADDRESS = re.compile(rb'"/(?!/)')
_HASHED = "/assets/"
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_NEVER = "no-store"
_COMPRESSED = {".br": "br", ".gz": "gzip"}
_IDENTITY = "identity"
_SERVABLE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]*")
# Named here, because what a machine's own table says differs from machine to machine.
_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class WebFile:
    """One file: where its content is, or the content itself, by the name of the encoding."""

    suffix: str
    versions: Mapping[str, Path | bytes]

    def send(self, *, cache: str, conditional: bool = True) -> Response:
        """Return the answer with this file, in the encoding that the client likes best."""
        offers = [coding for coding in _COMPRESSED.values() if coding in self.versions]
        coding = request.accept_encodings.best_match([*offers, _IDENTITY], default=_IDENTITY)
        content = self.versions.get(coding, self.versions[_IDENTITY])
        tag = hashlib.sha256(content).hexdigest()[:32] if isinstance(content, bytes) else True
        response = send_file(
            BytesIO(content) if isinstance(content, bytes) else content,
            mimetype=_MEDIA_TYPES.get(self.suffix, "application/octet-stream"),
            conditional=conditional,
            etag=conditional and tag,
        )
        response.headers.pop("Content-Disposition", None)  # it names the compressed copy
        if coding in offers:
            response.headers["Content-Encoding"] = coding
        response.headers["Cache-Control"] = cache
        response.vary.add("Accept-Encoding")
        return response

    def below(self, path: str) -> WebFile:
        """Return this file with ``path`` before every address in it."""
        whole = self.versions[_IDENTITY]
        content = whole if isinstance(whole, bytes) else whole.read_bytes()
        moved = _ADDRESS.sub(b'"%s/' % path.encode(), content)
        return WebFile(
            self.suffix, MappingProxyType({_IDENTITY: moved, "gzip": gzip.compress(moved, mtime=0)})
        )


class WebApp:
    """The built web app of one folder."""

    def __init__(self, files: Mapping[str, WebFile]) -> None:
        self._files = files

    @classmethod
    def load(cls, folder: Path, *, below: str = "") -> Self | None:
        """Return the web app in ``folder``, or None where none was built there.

        ``below`` is the path of the host that people reach it under, like ``/login``.
        """
        files = {f"/{name}": file for name, file in _files(folder)} if folder.is_dir() else {}
        if below:
            files |= {name: files[name].below(below) for name in _NAMING_ADDRESSES & set(files)}
        return cls(MappingProxyType(files)) if INDEX in files else None

    def roots(self) -> Collection[str]:
        """Return the first part of every file's address, the index apart: ``assets/``, ..."""
        names = [address[1:].partition("/") for address in self._files if address != INDEX]
        return sorted({name + slash for name, slash, _ in names})

    def file(self, address: str) -> Response | None:
        """Return the answer to a request for a file, None where there is no such file.

        Names below ``/assets/`` carry a hash of their content, so those files never change.
        """
        found = self._files.get(address)
        if found is None or address == INDEX:
            return None
        return found.send(cache=_FOREVER if address.startswith(_HASHED) else _ASK_AGAIN)

    def page(self, status: int = 200) -> Response:
        """Return the app itself, which shows the page that the browser's address names."""
        response = self._files[INDEX].send(cache=_NEVER, conditional=False)
        response.status_code = status
        return response


def _files(folder: Path) -> Iterator[tuple[str, WebFile]]:
    """Yield every servable file by its path below ``folder``, compressed copies left out."""
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        servable = all(_SERVABLE.fullmatch(part) for part in below.parts)
        if servable and path.is_file() and path.suffix not in _COMPRESSED:
            copies = {
                coding: path.with_name(path.name + suffix) for suffix, coding in _COMPRESSED.items()
            }
            there = {coding: copy for coding, copy in copies.items() if copy.is_file()}
            versions: dict[str, Path | bytes] = {_IDENTITY: path, **there}
            yield below.as_posix(), WebFile(path.suffix, MappingProxyType(versions))
