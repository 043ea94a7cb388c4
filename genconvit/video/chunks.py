"""Whether the chunks of an AVI follow on each other, which tells an empty slot from a lost frame.

Capture programs write a chunk without content where they had no frame in time. Damage to a chunk's header may make one
look so, but leaves behind what was in it, and there the next chunk does not begin. An AVI is a RIFF file: chunks of a
name, a size and as many bytes, an even number of them, and lists that hold such (Microsoft, "AVI RIFF File Reference").
"""

from __future__ import annotations

import struct
from typing import BinaryIO

HEADER_BYTES = 8
_LISTS = (b"LIST", b"RIFF")


def torn_between(file: BinaryIO, before: int, after: int) -> bool:
    """Whether going from one chunk of pictures to another one leads elsewhere.

    Args:
        before, after: where the contents of the two begin, in bytes.
    """
    start, end = before - HEADER_BYTES, after - HEADER_BYTES
    if not start < end or not all(_holds_pictures(file, at) for at in (start, end)):
        return False
    # Some programs do not pad to even sizes.
    return not any(_leads(file, start, end, padded) for padded in (True, False))


def _holds_pictures(file: BinaryIO, at: int) -> bool:
    name, _ = _header(file, at)
    return name[:2].isdigit() and name[2:] in (b"dc", b"db")


def _leads(file: BinaryIO, at: int, end: int, padded: bool) -> bool:
    while at < end:
        name, size = _header(file, at)
        if min(name, default=0) < ord(" "):
            return False
        at += HEADER_BYTES + (4 if name in _LISTS else size + (size & 1 if padded else 0))
    return at == end


def _header(file: BinaryIO, at: int) -> tuple[bytes, int]:
    file.seek(max(at, 0))
    header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return b"", 0
    name, size = struct.unpack("<4sI", header)
    return name, size
