"""Is a write-ahead log whole? SQLite itself stops at the first bad frame and says nothing.

A frame that does not follow from the one before it shows where the last write stopped, or damage.
It is damage if two commits stand behind it, or its own and one more: each commit is flushed before
the next begins, so a power cut tears only the last one.
Source: sqlite.org/fileformat2.html, section 4.
"""

from __future__ import annotations

import struct
from pathlib import Path

HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
MAGIC = {0x377F0682: "<", 0x377F0683: ">"}  # the byte order of its checksums
Sum = tuple[int, int]


def is_whole(file: Path) -> bool:
    """Return whether no commit was lost to damage; a log that is not there counts as whole."""
    log = file.read_bytes() if file.exists() else b""
    if not any(log):
        return True
    magic, _, page_bytes, *_ = struct.unpack_from(">8I", log.ljust(HEADER_BYTES, b"\0"))
    order = MAGIC.get(magic)
    header = struct.unpack_from(">2I", log.ljust(HEADER_BYTES, b"\0"), 24)
    if order is None or _sum(log[:24], order, (0, 0)) != header:
        return len(log) <= HEADER_BYTES
    return _commits_behind_the_end(log, order, page_bytes, header) < 2


def _commits_behind_the_end(log: bytes, order: str, page_bytes: int, before: Sum) -> int:
    salts = log[16:24]
    step = FRAME_HEADER_BYTES + page_bytes
    starts = range(HEADER_BYTES, len(log) - step + 1, step)
    for n, start in enumerate(starts):
        head, page = log[start : start + FRAME_HEADER_BYTES], log[start + 24 : start + step]
        found = struct.unpack_from(">2I", head, 16)
        if head[8:16] != salts or _sum(page, order, _sum(head[:8], order, before)) != found:
            return sum(_is_commit(log, behind, salts) for behind in starts[n:])
        before = found
    return 0


def _is_commit(log: bytes, start: int, salts: bytes) -> bool:
    return log[start + 8 : start + 16] == salts and any(log[start + 4 : start + 8])


def _sum(data: bytes, order: str, before: Sum) -> Sum:
    """Continue SQLite's checksum over `data`, a multiple of 8 bytes."""
    one, two = before
    for first, second in struct.iter_unpack(f"{order}2I", data):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return one, two
