"""The bytes of a SQLite file that belong to no row, overwritten in place.

When a b-tree page is split or joined, rows are copied to other pages; where they stood, the page
keeps their bytes between its list of rows and its rows. SQLite never reads these, and
``secure_delete`` does not reach them. They are found by the file format alone ("B-tree Pages" in
sqlite.org/fileformat2.html), which is fixed. Zeros there change nothing that the database says, so
neither a reader meanwhile nor a crash half-way does any harm. What SQLite assumes of a disk is
assumed here: that a write which a power cut interrupts changes no bytes beside those written.
"""

from __future__ import annotations

import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

_FILE_HEADER = 100
_HEADER = struct.Struct(">BHHHB")  # type, first free block, rows, where rows begin, fragments
_BLOCK = struct.Struct(">HH")  # next free block, size of this one
_HEADER_BYTES = {2: 12, 5: 12, 10: 8, 13: 8}  # by type: pages inside a tree, and leaves
_LOCK_BYTE = 1 << 30
_LARGEST_PAGE = 65_536
_MOST_PAGES = 0x0200_0000
"""From so many pages on, the first byte of an overflow page can look like a b-tree's type."""

Span = tuple[int, int]
FileId = tuple[int, int]  # device and inode: no two files have the same while they are open


def file_id(status: os.stat_result) -> FileId:
    """Return which file a status is of."""
    return status.st_dev, status.st_ino


class StrangePage(Exception):
    """A page is not what the file format says."""


@dataclass(frozen=True, slots=True)
class PageLayout:
    """What the head of a SQLite file says of its pages."""

    size: int
    maps: bool
    """Whether some pages are maps of others, as automatic vacuuming needs."""

    @classmethod
    def of(cls, head: bytes) -> PageLayout:
        """Read the first 100 bytes of a file.

        Raises StrangePage if it is no SQLite file, or one whose pages end in bytes of somebody
        else: those may be checksums of all of the page, gaps and all.
        """
        if len(head) < _FILE_HEADER or not head.startswith(b"SQLite format 3\0"):
            raise StrangePage("no SQLite file")
        (size,) = struct.unpack(">H", head[16:18])
        size = _LARGEST_PAGE if size == 1 else size
        if head[20]:
            raise StrangePage(f"{head[20]} bytes of each page are reserved")
        return cls(size, maps=any(head[52:56]))

    def has_rows(self, number: int) -> bool:
        """Tell whether the page of that number, from 1, may be one of a b-tree."""
        if (number - 1) * self.size == _LOCK_BYTE:
            return False
        return not (self.maps and number >= 2 and self._is_map(number))

    def _is_map(self, number: int) -> bool:
        each = self.size // 5 + 1
        first = (number - 2) // each * each + 2
        if (first - 1) * self.size == _LOCK_BYTE:
            first += 1
        return number == first


def unused_spans(page: bytes, *, number: int, layout: PageLayout) -> list[Span]:
    """Return where in a page bytes other than 0 are that belong to no row, as (begin, end).

    Pages of other kinds than b-trees' have none. Raises StrangePage.
    """
    start = _FILE_HEADER if number == 1 else 0
    kind, block, rows, content, _ = _HEADER.unpack_from(page, start)
    header = _HEADER_BYTES.get(kind)
    if header is None or not layout.has_rows(number):
        return []
    content = content or _LARGEST_PAGE
    begin = start + header + 2 * rows
    spans = [(begin, content)]
    if begin > content or content > layout.size:
        raise StrangePage(f"page {number}")
    least = content
    while block:
        if block < least or block + 4 > layout.size:
            raise StrangePage(f"page {number}")
        following, size = _BLOCK.unpack_from(page, block)
        if size < 4 or block + size > layout.size:
            raise StrangePage(f"page {number}")
        spans.append((block + 4, block + size))
        block, least = following, block + size
    found = [one for one in spans if page.count(0, *one) != one[1] - one[0]]
    if found:
        places = struct.unpack_from(f">{rows}H", page, start + header)
        if any(begin <= place < end for place in places for begin, end in found):
            raise StrangePage(f"page {number}")
    return found


@dataclass(frozen=True, slots=True)
class Cleaned:
    """How many spans were overwritten, and how many pages could not be understood."""

    spans: int
    strange: int


class DatabaseFile:
    """The file below SQLite, opened once in a process and for good.

    Closing it would end SQLite's own locks on it, which belong to the process and not to whoever
    opened it (POSIX). Only for who holds the write lock of this very file while its log is empty.
    """

    _opened: dict[FileId, int] = {}  # noqa: RUF012 - of the process, like the locks
    _opening = threading.Lock()

    def __init__(self, path: Path) -> None:
        """Open the file at ``path``. Raises OSError, StrangePage."""
        with self._opening:
            self.id = file_id(path.stat())
            if self.id not in self._opened:
                descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                self.id = file_id(os.fstat(descriptor))  # it may be another one by now
                self._opened.setdefault(self.id, descriptor)
        self._descriptor = self._opened[self.id]
        self._layout = PageLayout.of(os.pread(self._descriptor, _FILE_HEADER, 0))

    @property
    def pages(self) -> int:
        """How many pages the file has now. Raises StrangePage for more than can be told apart."""
        count = os.fstat(self._descriptor).st_size // self._layout.size
        if count >= _MOST_PAGES:
            raise StrangePage("too many pages")
        return count

    def clean(self, first: int, count: int) -> Cleaned:
        """Overwrite what belongs to no row on so many pages from ``first`` on. Raises OSError."""
        size, spans, strange = self._layout.size, 0, 0
        read = os.pread(self._descriptor, count * size, (first - 1) * size)
        for at in range(0, len(read) - size + 1, size):
            number = first + at // size
            try:
                found = unused_spans(read[at : at + size], number=number, layout=self._layout)
            except StrangePage:
                strange += 1
                continue
            for begin, end in found:
                os.pwrite(self._descriptor, bytes(end - begin), (number - 1) * size + begin)
            spans += len(found)
        return Cleaned(spans, strange)

    def sync(self) -> None:
        """Return when what was overwritten is on the disk. Raises OSError."""
        os.fsync(self._descriptor)
