"""decord, for what PyAV cannot read.

Its frames carry no time stamps, and its seeks and skips lead to wrong frames in MPEG-4, Windows Media and streams with
open groups of pictures. So it is read from the start, frame after frame.

The released script asks it for all its frames at once, by number, and so gets others than it names in some files. Seen
with decord2 3.4 on clips of 60 numbered frames, 15 of them asked for: the named ones, equal to the bit to PyAV's, in
H.264 with closed groups of pictures (MP4, fragments, Flash), VP9, AV1, ProRes and FFV1; all in Motion JPEG, 1 of 255
off; some others in H.264 with open groups, refreshed bit by bit or in AVI, MPEG-2, MPEG-4 with B-frames, Windows Media
and 10-bit HEVC. It counts frames that an edit list hides, does not mirror, and fails on pictures turned by 90 or 270
degrees and on bare H.264.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from genconvit.decord_import import load_decord
from genconvit.errors import FrameUnreadable, VideoUnreadable
from genconvit.records import Frame, Video
from genconvit.video.source import opened, reason

decord = load_decord()

NAME = f"decord {decord.__version__}"
TIME_BASE = Fraction(1, 1_000_000)
"""decord tells times in seconds only; they are kept as microseconds."""
_STDERR = 2
_LONGEST_S = 1e9
_ERRORS = (
    decord.DECORDError,
    decord._ffi.base.DECORDLimitReachedError,
    RuntimeError,
    AssertionError,
    OSError,
    ValueError,
    StopIteration,
    LookupError,
)

decord.logging.set_level(decord.logging.QUIET)


def pts_of(path: Path) -> tuple[int, ...]:
    """Presentation times of all frames in :data:`TIME_BASE`; counted from the mean rate where decord knows none.

    Raises:
        VideoNotFound
        VideoUnreadable: decord cannot open it.
    """
    with _reader(path) as reader:
        try:
            times = reader.get_frame_timestamp(range(len(reader)))[:, 0].astype(np.float64)
            if not (np.all(np.diff(times) > 0) and np.all(np.abs(times) < _LONGEST_S)):
                times = np.arange(len(reader)) / (reader.get_avg_fps() or 25.0)
        except _ERRORS as error:
            raise VideoUnreadable(path, {NAME: reason(error)}) from None
        return tuple(round(float(time) / TIME_BASE) for time in times)


def read_frames(video: Video, wanted: Sequence[int]) -> Iterator[Frame]:
    """See :func:`genconvit.video.read_frames`."""
    pts = pts_of(video.path)
    with _reader(video.path) as reader:
        at = 0
        for index in wanted:
            try:
                for _ in range(at, index):
                    reader.next()
                pixels = np.ascontiguousarray(reader.next().asnumpy(), dtype=np.uint8)
            except _ERRORS as error:
                raise FrameUnreadable(video.path, index, reason(error)) from None
            if pixels.shape != (video.height_px, video.width_px, 3):
                raise FrameUnreadable(video.path, index, f"decord gives a picture of shape {pixels.shape}")
            at = index + 1
            yield Frame(index, pts[index], float((pts[index] - pts[0]) * TIME_BASE), pixels)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what decord writes past Python to the terminal; it says the same in its error."""
    try:
        kept, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
    except OSError:
        yield
        return
    try:
        os.dup2(nowhere, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.close(nowhere)


@contextlib.contextmanager
def _reader(path: Path) -> Iterator[Any]:
    """decord's ``VideoReader``."""
    with opened(path):
        try:
            with _quiet():
                reader = decord.VideoReader(str(path.absolute()), ctx=decord.cpu(0), num_threads=1)
        except _ERRORS as error:
            raise VideoUnreadable(path, {NAME: reason(error)}) from None
        yield reader


def facts_of(path: Path) -> tuple[int, int, float]:
    """Width and height of the first frame in pixels, and the mean frame rate. Raises as :func:`pts_of` does."""
    with _reader(path) as reader:
        try:
            height, width, _ = reader.next().shape
            return int(width), int(height), float(reader.get_avg_fps())
        except _ERRORS as error:
            raise VideoUnreadable(path, {NAME: reason(error)}) from None
