from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from genconvit.pictures import read_picture


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def huge(side: int) -> bytes:
    """The beginning of a PNG that says it is so large."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_channels_come_as_red_green_blue() -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels[..., 0] = 200
    png = cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()
    found = read_picture(png)
    assert found is not None and found.dtype == np.uint8 and (found == pixels).all()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n", huge(60_000)])
def test_what_is_no_picture_of_a_size_that_can_be_read_is_none(content: bytes) -> None:
    assert read_picture(content) is None
