"""Right requests made wrong, each in a way that its random numbers choose."""

from __future__ import annotations

import copy
import gzip
import hashlib
import json
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from face.pictures import saved
from faces import image_bytes
from hostile.bodies import ODD_VALUES, hostile_base64
from hostile.headers import GARBAGE, HOSTS, METHODS, NAMES, TYPES, VALUES
from hostile.mutations import MUTATIONS
from hostile.wsgi import Part, Sent

Mutate = Callable[[random.Random, Sent], Sent]

_DEEP = 100_000
_LITERALS = (
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e-999", "1" * 5000, "-0", "0.1e-400"),
    *("01", "0x10", "undefined", "'a'", "[" * _DEEP + "]" * _DEEP, "[" * _DEEP),
    *('{"a":' * 2000 + "1" + "}" * 2000, '"\\ud800"', '"\\u0000"', '"\x01"', "truefalse", ""),
)
"""What JSON has no value for, or no sensible one."""
_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "a" * 400,
        "é" * 200,
        "ana ",
        " ana",
        "ANA",
        "ａｎａ",
        "ana\n",
        "\u3164",
    ),
    *(
        "\ufeffana",
        "\u202eana",
        "null",
        "-1",
        "0",
        "1e9",
        "9" * 400,
        "true",
        "[]",
        "{}",
        "../..",
        "%00",
    ),
    *("x@y", "a@b.example.org", "ana@example.com ", "A" * 64 + "@example.com", '"a b"@example.com'),
    *(
        "login",
        "step_up",
        "REGISTER",
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ),
)
_QUERIES = (
    *("user_id=%00", "user_id=%ff%fe", "user_id=a&user_id=b", "a=b&" * 2000, "%", "=", "&&&", "a"),
    *("optional=maybe", "optional=1&optional=0", "including_this=%F0%9F", "lang=" + "x-" * 2000),
    *(
        "lang=%ed%a0%80",
        "lang=../../etc/passwd",
        "lang=\u3164",
        "optional=" + "1" * 5000,
        "?=?",
        "\0",
    ),
)
_ENDINGS = (
    *(
        "/",
        "//",
        "/..",
        "/../account",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%00",
        "%00",
        "%ff",
        "%",
        ";a=b",
    ),
    *("/" + "a" * 4000, "%0d%0aX: y", "/\u202e", "/1e9", "/-1", "/99999999999999999999", "?", "#a"),
)
_ENCODINGS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"gzip", gzip.compress),
    (b"deflate", zlib.compress),
    (b"br", lambda data: data),
    (b"identity", lambda data: data),
)


def mutated(rng: random.Random, sent: Sent) -> Sent:
    """Return the request, wrong in one to three ways; once in a while still right."""
    fitting = _of_every_request if sent.content is None else (*_of_a_body * 2, *_of_every_request)
    for mutate in rng.choices(fitting, k=rng.choice((0, 1, 1, 1, 1, 2, 3))):
        sent = mutate(rng, sent)
    return sent


# --- what is sent -------------------------------------------------------------------------------


def _content(rng: random.Random, sent: Sent) -> Sent:
    """Change one value or one part, by what the content is made of."""
    if isinstance(sent.content, tuple):
        return _form(rng, sent)
    if isinstance(sent.content, dict):
        return _json(rng, sent)
    return _bytes(rng, sent)


def _json(rng: random.Random, sent: Sent) -> Sent:
    given = copy.deepcopy(sent.content)
    name = rng.choice([*given, "username", "email", "image", "images", "challenge_id", "consent"])
    match rng.randrange(7):
        case 0:
            given.pop(name, None)
        case 1:
            given[name] = rng.choice(_TEXTS)
        case 2:
            given[name] = [given.get(name)] * rng.choice((1, 2, 6, 300))
        case 3:
            given[name] = _odd_picture_text(rng)
        case 4:
            return sent.with_body(_with_literal(given, name, rng.choice(_LITERALS)))
        case 5:
            one = json.dumps({name: given.get(name)})[1:-1]
            return sent.with_body(json.dumps(given)[:-1].encode() + f",{one}}}".encode())
        case _:
            given[name] = rng.choice(ODD_VALUES)
    return replace(sent, content=given)


def _with_literal(given: dict[str, Any], name: str, literal: str) -> bytes:
    """JSON with what ``json.dumps`` would never write."""
    mark = "\ue000"
    return json.dumps(given | {name: mark}).replace(json.dumps(mark), literal).encode()


def _odd_picture_text(rng: random.Random) -> str:
    texts = [one for one in hostile_base64(image_bytes("obama.jpg")[:3000]) if len(one) < 100_000]
    return rng.choice(texts)


def _form(rng: random.Random, sent: Sent) -> Sent:
    parts = list(sent.content)
    at = rng.randrange(len(parts)) if parts else 0
    match rng.randrange(10) if parts else 9:
        case 0:
            del parts[at]
        case 1:
            parts.insert(at, parts[at])
        case 2:
            parts[at] = replace(parts[at], name=rng.choice((*_NAMES_OF_PARTS, rng.choice(_TEXTS))))
        case 3:
            parts[at] = replace(parts[at], filename=rng.choice((None, "", "a\0.jpg", "x" * 5000)))
        case 4:
            parts[at] = replace(parts[at], headers=(rng.choice(_PART_HEADERS),))
        case 5:
            parts += [Part(f"more{n}", b"x") for n in range(rng.choice((1, 30, 300)))]
        case 6:
            rng.shuffle(parts)
        case 7 if parts[at].filename is None:
            parts[at] = replace(parts[at], data=_odd_text(rng, parts[at].data))
        case _ if parts:
            parts = _with_pictures(rng, parts, at)
    return replace(sent, content=tuple(parts))


_NAMES_OF_PARTS = (
    *(
        "",
        "image",
        "images",
        "meta",
        "username",
        "frame-0",
        "frame-1",
        "frame--1",
        "frame-x",
        "images[]",
    ),
    *("challenge_id", "_charset_", "a" * 5000),
)
_PART_HEADERS = (
    *(b"Content-Type: text/plain; charset=nonsense", b"Content-Type: multipart/mixed; boundary=y"),
    *(
        b"Content-Transfer-Encoding: base64",
        b"Content-Length: -1",
        b"X: " + b"a" * 70_000,
        b"X",
        b"",
    ),
)


def _odd_text(rng: random.Random, data: bytes) -> bytes:
    """Change the text of a part: as text, or as JSON if it is some."""
    try:
        given = json.loads(data)
    except ValueError:
        given = None
    if isinstance(given, dict) and rng.random() < 0.8:
        return _odd_meta(rng, given)
    return rng.choice(
        (*(text.encode("utf-8", "replace") for text in _TEXTS), b"\xff\xfe", data[:-1])
    )


def _odd_meta(rng: random.Random, meta: dict[str, Any]) -> bytes:
    frames = meta.get("frames")
    place: Any = rng.choice(frames) if frames and rng.random() < 0.7 else meta
    name = rng.choice(list(place))
    if rng.random() < 0.3:
        mark = "\ue000"
        place[name] = mark
        return json.dumps(meta).replace(json.dumps(mark), rng.choice(_LITERALS)).encode()
    place[name] = rng.choice((*ODD_VALUES, *_NUMBERS, *(frames or []), frames))
    if isinstance(meta.get("frames"), list):
        rng.choice((list.clear, list.reverse, _nothing, _nothing, _nothing))(meta["frames"])
    return json.dumps(meta).encode()


_NUMBERS = (0, 1, -1, 5, 9999, 10_000, 60_000, 60_001, 2**31, 2**63, 2**64, 10**300, 0.5, 1e308)


def _nothing(_: list[Any]) -> None:
    """Leave a list as it is."""


def _with_pictures(rng: random.Random, parts: Sequence[Part], at: int) -> list[Part]:
    """Put something else in the place of one picture, or of all; what describes them follows."""
    picture = _odd_picture(rng, parts[at].data)
    every = rng.random() < 0.3
    changed = [
        replace(part, data=picture if every else _odd_picture(rng, part.data))
        if part.filename is not None and (every or number == at)
        else part
        for number, part in enumerate(parts)
    ]
    return _described_anew(changed)


def _described_anew(parts: list[Part]) -> list[Part]:
    """Let ``meta`` say of each frame what it is now, so that it is looked at and not refused."""
    frames = {part.name: hashlib.sha256(part.data).hexdigest() for part in parts}
    for number, part in enumerate(parts):
        if part.name == "meta":
            meta = json.loads(part.data)
            for frame in meta["frames"]:
                frame["sha256"] = frames.get(f"frame-{frame['seq']}", frame["sha256"])
            parts[number] = replace(part, data=json.dumps(meta).encode())
    return parts


def _damaged(rng: random.Random, picture: bytes) -> bytes:
    """Damage a picture; one that was damaged before may lack the part that is to be changed."""
    try:
        return rng.choice(MUTATIONS)(rng, picture)
    except (StopIteration, IndexError, ValueError, struct.error):
        return picture[: len(picture) // 2]


def _odd_picture(rng: random.Random, picture: bytes) -> bytes:
    match rng.randrange(5):
        case 0 if picture:
            return _damaged(rng, picture)
        case 1:
            side = rng.choice(
                ((1, 1), (1, 4000), (4000, 1), (2, 2), (64, 64), (640, 480), (480, 640))
            )
            return saved(
                Image.new(rng.choice(("RGB", "L", "CMYK")), side, 128), "JPEG"
            ) + rng.randbytes(4)
        case 2:
            return saved(Image.new("RGBA", (30, 30)), rng.choice(("PNG", "WEBP", "GIF", "TIFF")))
        case 3:
            return picture[: rng.randrange(len(picture) + 1)]
        case _:
            return rng.choice(
                (b"", b"\xff\xd8\xff", b"\xff\xd8", b"\0" * 1000, rng.randbytes(500), b"GIF89a")
            )


def _bytes(rng: random.Random, sent: Sent) -> Sent:
    """Damage the bytes of the body, whatever they mean."""
    data = bytearray(sent.body()[0])
    for _ in range(rng.choice((1, 1, 4))):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0:
                data[at : at + 1] = bytes((rng.randrange(256),))
            case 1:
                del data[at : at + rng.choice((1, 8, 1000))]
            case 2:
                data[at:at] = rng.choice(
                    (b"\0", b'"', b"{", b"\r\n--xXx", b"\xff", b"\\u0000")
                ) * rng.choice((1, 9))
            case _:
                del data[at:]
    return sent.with_body(bytes(data))


def _type(rng: random.Random, sent: Sent) -> Sent:
    kinds = (*TYPES, b"multipart/form-data", b"multipart/form-data; boundary=", b"application/json")
    return replace(sent, content_type=rng.choice(kinds).decode("latin-1"))


def _length(rng: random.Random, sent: Sent) -> Sent:
    """Announce another length than the body has."""
    true = len(sent.body()[0])
    odd = (
        0,
        true - 1,
        true + 1,
        true // 2,
        4 * 1024**2 + 1,
        12 * 1024**2,
        12 * 1024**2 + 1,
        10**12,
    )
    return replace(sent, length=rng.choice((*map(str, odd), "", "-1", "x", "1e3", "１")))


def _encoding(rng: random.Random, sent: Sent) -> Sent:
    name, compress = rng.choice(_ENCODINGS)
    packed = sent.with_body(compress(sent.body()[0]))
    return replace(packed, headers=(*packed.headers, ("Content-Encoding", name)))


# --- where to, and by whom ----------------------------------------------------------------------


def _header(rng: random.Random, sent: Sent) -> Sent:
    name = rng.choice((*NAMES, "Host"))
    values = HOSTS if name == "Host" else (*GARBAGE, *VALUES.get(name, ()))
    return replace(sent, headers=(*sent.headers, (name, rng.choice(values))))


def _cookies(rng: random.Random, sent: Sent) -> Sent:
    """Drop, cut, swap or replace what says who asks."""
    cookies = list(sent.cookies)
    if not cookies:
        names = ("facelogin", "facelogin-device", "facelogin-capture")
        return replace(sent, cookies=((rng.choice(names), rng.choice(_TOKENS)),))
    at = rng.randrange(len(cookies))
    name, value = cookies[at]
    match rng.randrange(6):
        case 0:
            return replace(sent, cookies=())
        case 1:
            del cookies[at]
        case 2:
            cookies[at] = (name, value[: rng.randrange(len(value) + 1)])
        case 3:
            cookies = [(name, cookies[at - 1][1]) for at, (name, _) in enumerate(cookies)]
        case 4:
            cookies.insert(at, (name, rng.choice(_TOKENS)))
        case _:
            cookies[at] = (name, rng.choice(_TOKENS))
    return replace(sent, cookies=tuple(cookies))


_TOKENS = (
    *(
        "",
        "a",
        "a.b.c",
        "." * 50,
        "A" * 43,
        "A" * 5000,
        "%00",
        '"\\777"',
        "é".encode().decode("latin-1"),
    ),
    *(
        "\xff\xfe",
        "=",
        "e30.e30.",
        "AAAA-AAAA",
        "1",
        "null",
        "\x01",
        '"unfinished',
        "a,b",
        "-" * 64,
    ),
)


def _query(rng: random.Random, sent: Sent) -> Sent:
    odd = rng.choice(_QUERIES)
    return replace(sent, query=odd if rng.random() < 0.5 else f"{sent.query}&{odd}")


def _path(rng: random.Random, sent: Sent) -> Sent:
    pieces = sent.path.split("/")
    if rng.random() < 0.5:
        return replace(sent, path=sent.path + rng.choice(_ENDINGS))
    at = rng.randrange(len(pieces))
    pieces[at] = rng.choice(
        ("", ".", "..", "%2e%2e", "%00", "-1", "0", "99", "1" * 400, "%ff", "é")
    )
    return replace(sent, path="/".join(pieces) or "/")


def _method(rng: random.Random, sent: Sent) -> Sent:
    return replace(sent, method=rng.choice(METHODS))


def _peer(rng: random.Random, sent: Sent) -> Sent:
    return replace(sent, peer=rng.choice(("", "::1", "fe80::1%eth0", "unix:", "198.51.100.7", "x")))


_of_a_body: tuple[Mutate, ...] = (
    _content,
    _content,
    _content,
    _content,
    _bytes,
    _type,
    _length,
    _encoding,
)
_of_every_request: tuple[Mutate, ...] = (_header, _cookies, _query, _path, _method, _peer)
