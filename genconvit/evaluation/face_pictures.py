"""A picture of one face, already cut out, examined like a video of one frame that is all face."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

from genconvit.crop import crop
from genconvit.errors import VideoNotFound, VideoUnreadable
from genconvit.gathering import Scorer
from genconvit.method import Crop, Method
from genconvit.pictures import OPENCV, read_picture
from genconvit.records import Coverage, FaceScore, Verdict, Video
from genconvit.verdict import decide, fake_of


def examine_face(path: Path, method: Method, scorer: Scorer) -> tuple[Verdict, Coverage, str]:
    """No finder is asked and nothing is cut off: the whole picture is resized to the method's crop size, as the
    released code resizes a face (INTER_AREA). The rule decides as ever: one that asks for more than one face leaves
    the verdict INCONCLUSIVE.

    Returns:
        Verdict, coverage, and the SHA-256 of the file.

    Raises:
        VideoNotFound: not there, or not to be read.
        VideoUnreadable: not a picture.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = {FileNotFoundError: "missing", IsADirectoryError: "folder"}.get(type(error), "forbidden")
        raise VideoNotFound(path, problem) from None
    pixels = read_picture(content)
    if pixels is None:
        raise VideoUnreadable(path, {OPENCV: "not a picture"})
    height, width = pixels.shape[:2]
    box = (0, 0, width, height)
    face = crop(pixels, box, Crop("box", 0.0, method.crop.size_px))
    networks = scorer.score(face[None])[0]
    score = FaceScore(0, 0, 0.0, box, 1.0, 0, networks, fake_of(networks), True, None, None)
    still = _still(path, content, width, height)
    _, verdict, coverage = decide([score], method, still, [(0, 0, 0.0)], 1)
    return verdict, coverage, still.sha256


def _still(path: Path, content: bytes, width: int, height: int) -> Video:
    return Video(
        path=path,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        container="picture",
        codec="",
        pixel_format="",
        stream_index=0,
        width_px=width,
        height_px=height,
        rotation_deg=0,
        time_base=Fraction(1),
        frame_count=1,
        duration_s=0.0,
        mean_fps=0.0,
        decoder=OPENCV,
    )
