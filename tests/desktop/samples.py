"""Records that two kinds of made-up engine share: a method, the facts of a file, how an analysis came about."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

from genconvit import method as methods
from genconvit.errors import NoVideoStream, VideoNotFound
from genconvit.method import Method
from genconvit.records import Provenance, Video, WeightsUsed

METHOD = """
schema = 1
name = "standard"
title = "Standard"
description = "Self-blended training, all faces, the highest person decides."
weights = [{{ name = "tiny", network = "ed", sha256 = "" }}]
sampling = {{ plan = "even", count = {count}, seconds = 0.0 }}
finding = {{ finder = "centerface", longest_side_px = 640, confidence = 0.5, smallest_px = 32, most_faces = 0 }}
crop = {{ shape = "square", margin = 0.3, size_px = 64 }}
scoring = {{ precision = "float32", mirror = false, seed = 1 }}
"""


def without_rule(count: int) -> Method:
    """A method that examines ``count`` frames."""
    return methods.parse(METHOD.format(count=count), "test")


def facts_of(path: Path, width_px: int = 640, height_px: int = 360) -> Video:
    """8 seconds at 30 frames per second, of a file whose bytes are anything."""
    data = path.read_bytes()
    return Video(
        path=path,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        container="mov,mp4",
        codec="h264",
        pixel_format="yuv420p",
        stream_index=0,
        width_px=width_px,
        height_px=height_px,
        rotation_deg=0,
        time_base=Fraction(1, 15360),
        frame_count=240,
        duration_s=8.0,
        mean_fps=30.0,
        decoder="decord 3.4.0",
    )


def require_pictures(path: Path) -> None:
    """Raises VideoNotFound, and NoVideoStream for a file that begins with ``sound``."""
    if not path.is_file():
        raise VideoNotFound(path, "missing")
    if path.read_bytes().startswith(b"sound"):
        raise NoVideoStream(path, ("audio: aac",))


def provenance_of(video: Video, method: Method, device: str) -> Provenance:
    return Provenance(
        program="veriframe",
        version="0.1.0",
        python="3.11.2",
        platform="Linux",
        libraries={"torch": "2.13.0"},
        decoder=video.decoder,
        device=device,
        precision="float32",
        seed=1,
        weights=tuple(WeightsUsed(ref.name, ref.network, "cd" * 32, "", "Apache-2.0") for ref in method.weights),
        started_at="2026-11-20T10:00:00Z",
        finished_at="2026-11-20T10:00:09Z",
        source_sha256="5e" * 32,
    )
