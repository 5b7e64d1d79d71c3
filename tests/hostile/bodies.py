"""Request bodies that were made to break whatever reads them: JSON, base64 in it, and forms."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MEGABYTE = 1_000_000
JSON = "application/json"
FORM = "multipart/form-data; boundary=x"
ODD_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**400, "", " ", [], {}, [[]], [None], {"": ""}),
    *({"$gt": ""}, {"$where": "sleep(1000)"}, ["a"] * 1000, [""] * 3, [["AAAA"]], [1, "AAAA"]),
    *("\0", "a\0b", "\ud800", "\udfff\ud800", "\x7f", "\u202eana", "\ufdfa" * 30, "ǅ" * 32),
    *("\u0130" * 32, "a" * 321, "a" * MEGABYTE, "../../etc/passwd", "' OR 1=1 --", "{{7*7}}"),
    *("%s%n%x", "<script>", "a@b", "a" * 300 + "@b.example.org", "@", "a@" + "b." * 400 + "org"),
)


@dataclass(frozen=True)
class Body:
    """What is sent, and what it is said to be."""

    content_type: str
    data: bytes


def hostile_json(good: Mapping[str, object], *, seed: int, count: int) -> Iterator[Body]:
    """Yield JSON around a good object: odd values in each place, odd JSON, ``count`` mutations."""
    for name in good:
        for value in ODD_VALUES:
            yield Body(JSON, json.dumps({**good, name: value}).encode())
        yield Body(JSON, json.dumps({key: good[key] for key in good if key != name}).encode())
    for data in _odd_json(json.dumps(good).encode()):
        yield Body(JSON, data)
    for data in _mutated(json.dumps(good).encode(), seed=seed, count=count):
        yield Body(JSON, data)


def _odd_json(good: bytes) -> Iterator[bytes]:
    deep = 200_000
    yield from (
        b"",
        b" ",
        b"{",
        b"}",
        b"null",
        b"[]",
        b'"x"',
        b"{}{}",
        b"{} x",
        b"\0",
        good + b"\0",
    )
    yield from (b"[" * deep, b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep)
    yield b'{"username":' + b"[" * deep + b"]" * deep + b"}"
    for number in (
        b"1" * MEGABYTE,
        b"1e999999999",
        b"-1e-999999999",
        b"1E400",
        b"0x10",
        b"01",
        b"-",
    ):
        yield b'{"username":' + number + b"}"
    for word in (b"NaN", b"Infinity", b"-Infinity", b"undefined", b"True", b"'a'", b"/* */1"):
        yield b'{"username":' + word + b"}"
    yield b'{"username":"ana","username":"eve"}'
    yield b'{"a":{"b":1,"b":2}}'
    yield b"{" + b",".join(b'"k%d":0' % number for number in range(100_000)) + b"}"
    yield b'{"' + b"k" * MEGABYTE + b'":0,"' + b"k" * MEGABYTE + b'":0}'
    yield from (b'{"\\ud800":1,"\\ud800":2}', b'{"__proto__":{"a":1},"":null}')
    yield from (
        good.replace(b"ana", odd) for odd in (b"\xed\xa0\x80", b"\xff\xfe", b"\n", b"\\x41")
    )
    yield from (b"\xef\xbb\xbf" + good, b"\xff\xfe" + good, good.decode().encode("utf-16"))
    yield from (b" " * 3 * MEGABYTE + good, good + b"\n" * 3 * MEGABYTE, b"\x1f\x8b\x08" + good)


def _mutated(good: bytes, *, seed: int, count: int) -> Iterator[bytes]:
    rng = random.Random(seed)  # noqa: S311 - it must be the same again
    signs = b'{}[]",:\\/u0e+-.\0\x80\xff'
    for _ in range(count):
        data = bytearray(good)
        for _ in range(rng.choice((1, 2, 8))):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(3)] = bytes((rng.choice(signs),)) * rng.randrange(4)
            data = data or bytearray(b"{")
        yield bytes(data)


def hostile_base64(picture: bytes) -> Iterator[str]:
    """Yield texts in the place of a picture in base64."""
    good = base64.b64encode(picture).decode()
    yield from (
        "A",
        "AA",
        "AAA",
        "AAA=A",
        "====",
        "=AAA",
        "AAAA=",
        "AA==AA==",
        "A===",
        "\n",
        "AA\0A",
    )
    yield from (good[:-1], good + "=", good + "!", " " + good, good.replace("A", " "), good + "\0")
    yield from ("\n".join(good), good.replace("+", "-").replace("/", "_"), "А" * 400, "٠" * 400)
    yield from ("A" * 3 * MEGABYTE, "A" * (3 * MEGABYTE + 1), "\n" * 3 * MEGABYTE, "=" * MEGABYTE)
    for prefix in (
        "data:",
        "data:,",
        "data:;base64,",
        "data:image/jpeg,",
        "data:image/jpeg;base64,",
    ):
        yield from (prefix, prefix + good, prefix * 2 + good, prefix + "%41" + good)
    yield from ("data:image/svg+xml;base64," + good, "DATA:text/html;charset=x;BASE64," + good)
    yield from ("data:" + ";a" * MEGABYTE, "data:" + ";" * MEGABYTE + "base64,", "data:" * 100_000)
    yield from ("http://127.0.0.1/face.jpg", "file:///etc/passwd", "/etc/passwd")


def hostile_forms(fields: Mapping[str, str], picture: bytes) -> Iterator[Body]:
    """Yield forms: odd boundaries, odd parts, too many of them, and endless headers."""
    good = form(fields, picture)
    for boundary in ("", "=", "=x; boundary=y", '="x', '="x"', "=\xff", "=" + "x" * 4000, "=x\\"):
        yield Body(f"multipart/form-data; boundary{boundary}", good.data)
    yield from (Body("multipart/form-data", good.data), Body(FORM, b""), Body(FORM, b"--x--\r\n"))
    for data in _odd_forms(good.data):
        yield Body(FORM, data)
    for head in _odd_headers():
        part = b"--x\r\n" + head + b"\r\n\r\n" + picture + b"\r\n"
        yield Body(FORM, form(fields, None).data.removesuffix(b"--x--\r\n") + part + b"--x--\r\n")


def _odd_forms(good: bytes) -> Iterator[bytes]:
    text = b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\nb\r\n'
    yield from (
        good[: len(good) // 2],
        good[:-4],
        good[:-2] + b"more",
        good.replace(b"\r\n", b"\n"),
    )
    yield from (good + good, good.removesuffix(b"--x--\r\n") + good, b"\r\n" * 1000 + good)
    yield from (b"".join(text % number for number in range(most)) for most in (31, 33, 20_000))
    yield from (
        good + b"a" * MEGABYTE,
        b"a" * MEGABYTE + good,
        b"--x" * MEGABYTE,
        b"--x\r\n" * 400_000,
    )
    head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
    for filler in (b"\r", b"\n", b"\r\n", b"\r\n--", b"\r\n-", b"-"):
        yield head + filler * (3 * MEGABYTE // len(filler))
        yield head + filler * (3 * MEGABYTE // len(filler)) + b"\r\n--x--\r\n"
    yield b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n' + b"a" * 3 * MEGABYTE
    yield b"--x\r\n" + b"A: b\r\n" * 300_000 + b"\r\n\r\n--x--\r\n"


def _odd_headers() -> Iterator[bytes]:
    start = b"Content-Disposition: form-data"
    yield from (
        b"",
        b":",
        b"no colon",
        start,
        start + b";",
        start + b'; name="',
        start + b"; name=",
    )
    yield from (start + b'; name="image', start + b'; name="images"; name="image"; filename="a"')
    image = start + b'; name="image"'
    for filename in (
        b"../../../etc/passwd",
        b"a\0.jpg",
        b"\xff\xfe",
        b"C:\\a",
        b"a" * 100_000,
        b"\x1b[2J",
    ):
        yield image + b'; filename="' + filename + b'"'
    yield from (image, image + b"; filename*=utf-8''%ff%00", image + b"; filename*=nonsense''a")
    yield from (
        image + b"; filename*0=a; filename*1=b",
        image + b'; filename=""' + b"; a=b" * 20_000,
    )
    named = image + b'; filename="a"\r\n'
    for more in (b"Content-Length: -1", b"Content-Length: 99999999999", b"X: " + b"a" * 200_000):
        yield named + more
    for encoding in (b"base64", b"quoted-printable", b"nonsense"):
        yield named + b"Content-Transfer-Encoding: " + encoding
    for kind in (b"text/plain; charset=nonsense", b"multipart/mixed; boundary=y", b"a", b"\xff"):
        yield named + b"Content-Type: " + kind
    for name in (
        b"challenge_id",
        b"images",
        b"_charset_",
        b"\xff",
        b"a" * 100_000,
        b"image[]",
        b"",
    ):
        yield start + b'; name="' + name + b'"; filename="a"'


def form(fields: Mapping[str, str], picture: bytes | None) -> Body:
    """An honest form with these fields, and the picture in a part of its own."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if picture is not None:
        head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="me.jpg"\r\n\r\n'
        parts.append(head + picture + b"\r\n")
    return Body(FORM, b"".join(parts) + b"--x--\r\n")
