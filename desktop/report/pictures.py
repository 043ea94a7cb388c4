"""Evidence pictures made fit for print: reduced, as JPEG, and only if they are the files that were recorded."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

LONGEST_SIDE_PX = 900
QUALITY = 85


def for_print(file: Path, sha256: str) -> bytes | None:
    """The picture as JPEG bytes, or None where the file is missing, damaged or not the recorded one.

    The hash is taken of the very bytes that are then decoded.
    """
    try:
        data = file.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != sha256:
        return None
    try:
        with Image.open(io.BytesIO(data)) as picture:
            small = picture.convert("RGB")
        small.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=QUALITY, subsampling=0)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return out.getvalue()
