"""Reads the outline of an ONNX file, and refuses one that would read other files.

ONNX keeps weights in the file or, as external data, in other files that the model names. The
runtime opens those by itself, so a model could make it read what it was not given. Only the fields
in which a tensor can stand are looked at; all else is passed over, so that this costs next to
nothing and needs no runtime. (Protocol Buffers: https://protobuf.dev/programming-guides/encoding/;
numbers of fields: onnx/onnx.proto.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap

Buffer = bytes | mmap

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MOST_BYTES_OF_A_VARINT = 10
_MAX_DEPTH = 32
"""Graphs within graphs; exporters need three or four."""
_GRAPH = 7
"""The field of the whole model that holds what it computes."""
_EXTERNAL = 1
_BROKEN = "is not an ONNX model, or only a part of one"
_OTHER_FILES = (
    "keeps weights in other files (external data), which are never read: save it as one file"
)


@dataclass(frozen=True, slots=True)
class _Message:
    """One kind of message: its fields that hold messages that matter, and those of external data.

    ``pointers`` hold the names of files, ``places`` the number that says that there are such.
    """

    within: Mapping[int, str]
    pointers: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()


_MESSAGES = {
    "model": _Message({_GRAPH: "graph", 20: "training", 25: "function"}),
    "training": _Message({1: "graph", 2: "graph"}),
    "function": _Message({7: "node", 11: "attribute"}),
    "graph": _Message({1: "node", 5: "tensor", 15: "sparse"}),
    "node": _Message({5: "attribute"}),
    "attribute": _Message(
        {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"}
    ),
    "sparse": _Message({1: "tensor", 2: "tensor"}),
    "tensor": _Message({}, pointers=frozenset({13}), places=frozenset({14})),
}


class _Refused(ValueError):
    """Why this file must not be loaded."""


def outline_problem(content: Buffer) -> str | None:
    """Return why a model must not be loaded, None if nothing in its outline speaks against it."""
    with memoryview(content) as view:
        try:
            if _GRAPH not in {number for number, _, _ in _fields(view)}:
                return "is not an ONNX model: it holds no graph"
            _check(view, "model", depth=0)
        except _Refused as refusal:
            return str(refusal)
    return None


def _check(view: memoryview, kind: str, *, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise _Refused("is not an ONNX model: its graphs lie too deep within one another")
    message = _MESSAGES[kind]
    for number, value, part in _fields(view):
        if number in message.pointers or (number in message.places and value == _EXTERNAL):
            raise _Refused(_OTHER_FILES)
        if number in message.within:
            if part is None:
                raise _Refused(_BROKEN)
            _check(part, message.within[number], depth=depth + 1)


def _fields(view: memoryview) -> Iterator[tuple[int, int, memoryview | None]]:
    """Yield the fields of a message: number, value if it is a number, content if it is bytes."""
    at, end = 0, len(view)
    while at < end:
        key, at = _varint(view, at)
        number, kind = key >> 3, key & 7
        value, part = 0, None
        if kind == _VARINT:
            value, at = _varint(view, at)
        elif kind == _BYTES:
            length, at = _varint(view, at)
            part, at = view[at : at + length], at + length
        elif kind in {_FIXED64, _FIXED32}:
            at += 8 if kind == _FIXED64 else 4
        else:
            raise _Refused(_BROKEN)
        if number == 0 or at > end:
            raise _Refused(_BROKEN)
        yield number, value, part


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(_MOST_BYTES_OF_A_VARINT):
        if at >= len(view):
            raise _Refused(_BROKEN)
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at
    raise _Refused(_BROKEN)
