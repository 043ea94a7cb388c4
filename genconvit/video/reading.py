"""Frames by their index, one at a time."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from genconvit.errors import FrameUnreadable, VideoNotFound
from genconvit.records import Frame, Video
from genconvit.video import decord_reader
from genconvit.video.index import FrameIndex, index_of
from genconvit.video.pyav import Decoding, pixels_of, set_threads
from genconvit.video.source import demuxer

SEEK_PAYS = 16
"""Frames that have to lie between for a seek to be quicker than decoding on."""


def read_frames(video: Video, indices: Sequence[int]) -> Iterator[Frame]:
    """The frames at ``indices``, one at a time; what was given is not kept.

    Args:
        video: as :func:`genconvit.video.probe` gave it.
        indices: strictly ascending, each ``0 <= index < video.frame_count``.

    Raises:
        ValueError: indices out of order or range.
        VideoNotFound: the file is gone, or is no longer the one that was probed (problem ``vanished``).
        FrameUnreadable: a frame cannot be decoded.
    """
    wanted = [int(index) for index in indices]
    if any(b <= a for a, b in itertools.pairwise(wanted)):
        raise ValueError("frame indices must ascend")
    if wanted and not 0 <= wanted[0] <= wanted[-1] < video.frame_count:
        raise ValueError(f"frame indices must lie in 0..{video.frame_count - 1}")
    if not wanted:
        return
    _same_file(video)
    if video.decoder == decord_reader.NAME:
        yield from decord_reader.read_frames(video, wanted)
        return
    index = index_of(video.path)
    if len(index.pts) != video.frame_count:
        raise VideoNotFound(video.path, "vanished")
    yield from _read(video, index, wanted)


def times_of(video: Video) -> tuple[Fraction, ...]:
    """Exact seconds of every frame from the first one. Raises as :func:`read_frames` does."""
    _same_file(video)
    if video.decoder == decord_reader.NAME:
        pts = decord_reader.pts_of(video.path)
    else:
        pts = index_of(video.path).pts
    return tuple((at - pts[0]) * video.time_base for at in pts)


def _read(video: Video, index: FrameIndex, wanted: Sequence[int]) -> Iterator[Frame]:
    done = 0
    for seeking in (True, False):
        with demuxer(video.path) as (container, stream):
            set_threads(stream, careful=bool(index.damaged))
            reader = _Reader(container, stream, index, seeking=seeking and bool(index.keys) and index.timed)
            for position in wanted[done:]:
                frame = reader.frame(position)
                if frame is None:
                    break
                pts = index.pts[position]
                yield Frame(position, pts, index.time_s(position), pixels_of(frame))
                done += 1
            else:
                return
    _same_file(video)
    raise FrameUnreadable(video.path, wanted[done], "the decoder gives no such frame")


class _Reader:
    """Finds frames by their time stamp in one pass through a container, jumping ahead where it pays."""

    def __init__(self, container: InputContainer, stream: VideoStream, index: FrameIndex, seeking: bool) -> None:
        self._container, self._stream, self._index = container, stream, index
        self._seeking = seeking
        self._frames = Decoding(container, stream).frames()
        self._next = 0

    def frame(self, position: int) -> VideoFrame | None:
        """The frame, or None when this pass does not lead to it."""
        landed: int | None = None
        if self._seeking and (key := self._key_before(position)) is not None:
            try:
                self._container.seek(key, stream=self._stream)
            except (av.FFmpegError, OSError):
                return None
            self._frames, landed = Decoding(self._container, self._stream).frames(), key
        for frame in self._frames:
            if landed is not None and (frame.pts != landed or not frame.key_frame):
                return None
            landed = None
            if not self._index.timed:
                at, self._next = self._next, self._next + 1
                if at == position:
                    return frame
                continue
            pts = frame.pts
            if pts is None or pts > self._index.pts[position]:
                return None
            if pts == self._index.pts[position]:
                self._next = position + 1
                return frame
        return None

    def _key_before(self, position: int) -> int | None:
        """The key frame to jump to for a frame, if jumping saves enough."""
        keys, pts = self._index.keys, self._index.pts
        at = bisect_right(keys, pts[position]) - 1
        if at < 0 or bisect_right(pts, keys[at]) - 1 - self._next < SEEK_PAYS:
            return None
        return keys[at]


def _same_file(video: Video) -> None:
    try:
        size = video.path.stat().st_size
    except OSError:
        raise VideoNotFound(video.path, "vanished") from None
    if size != video.size_bytes:
        raise VideoNotFound(video.path, "vanished")
