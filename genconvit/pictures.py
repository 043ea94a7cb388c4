"""PNG files of flagged frames, named by their own hash; and pixels of picture files."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from genconvit.errors import PictureNotKept
from genconvit.records import Face, Frame, Picture, Pixels

OPENCV = f"OpenCV {cv2.__version__}"
COMPRESSION = 3
"""zlib's level: part of what makes the same pixels the same file."""


def keep_frame(frame: Frame, faces: Sequence[Face], folder: Path) -> Iterator[Picture]:
    """Write the whole frame, unmarked, and the crop of each used face in it; the same file is written once.

    Raises:
        PictureNotKept: the folder cannot be written to.
    """
    yield _keep(frame.pixels, frame, "frame", None, folder)
    for face in faces:
        if face.crop is not None:
            yield _keep(face.crop, frame, "crop", face.track, folder)


def _keep(pixels: Pixels, frame: Frame, kind: str, track: int | None, folder: Path) -> Picture:
    done, png = cv2.imencode(
        ".png", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION]
    )
    if not done:
        raise PictureNotKept(folder / f"frame {frame.index}", "PNG encoding failed")
    data = png.tobytes()
    sha256 = hashlib.sha256(data).hexdigest()
    file = folder / f"{sha256}.png"
    try:
        if not file.exists():
            file.write_bytes(data)
    except OSError as error:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
        raise PictureNotKept(file, error.strerror or str(error)) from error
    height, width = pixels.shape[:2]
    return Picture(frame.index, frame.time_s, kind, track, sha256, width, height, file)


def read_picture(content: bytes) -> Pixels | None:
    """``uint8 [height, width, 3]``, RGB, turned upright as its EXIF says; None where it is no picture that can be read,
    or a larger one than OpenCV takes."""
    if not content:
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None
    return None if pixels is None else np.asarray(pixels, np.uint8)
