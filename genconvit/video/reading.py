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

from genconvit.errors import FrameUnreadable, NoVideoStream, VideoNotFound, VideoUnreadable
from genconvit.progress import QUIET, Progress
from genconvit.records import Frame, Video
from genconvit.video import decord_reader
from genconvit.video.index import FrameIndex, index_of
from genconvit.video.pyav import Decoding, pixels_of, set_threads
from genconvit.video.sameness import require_same
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
        VideoNotFound: the file is gone, or is no longer the one that was probed (problem ``vanished``); or the disk
            failed (``failed``).
        FrameUnreadable: not one of them can be decoded. Where some can, those are given and the others left out.
    """
    wanted = [int(index) for index in indices]
    if any(b <= a for a, b in itertools.pairwise(wanted)):
        raise ValueError("frame indices must ascend")
    if wanted and not 0 <= wanted[0] <= wanted[-1] < video.frame_count:
        raise ValueError(f"frame indices must lie in 0..{video.frame_count - 1}")
    if not wanted:
        return
    check_same(video)
    try:
        yield from _given(video, wanted)
    except VideoNotFound as error:
        raise VideoNotFound(video.path, "failed" if error.problem == "failed" else "vanished") from None
    except (VideoUnreadable, NoVideoStream, FrameUnreadable):
        # Of another file in its place this says nothing about the one that was probed.
        check_same(video)
        raise
    check_same(video)


def check_same(video: Video, progress: Progress = QUIET) -> None:
    """Check that the file is still the one that was probed, by its hash if anything about it changed. For those who do
    not take all frames from :func:`read_frames`, which does so before the first and after the last.

    Raises:
        VideoNotFound: it is gone, or holds other bytes (problem ``vanished``), or the disk failed (``failed``).
        Cancelled: only while the file is hashed.
    """
    require_same(video.path, video.size_bytes, video.sha256, progress)


def times_of(video: Video) -> tuple[Fraction, ...]:
    """Exact seconds of every frame from the first one. Raises as :func:`read_frames` does."""
    check_same(video)
    if video.decoder == decord_reader.NAME:
        pts = decord_reader.pts_of(video.path)
    else:
        pts = index_of(video.path).pts
    return tuple((at - pts[0]) * video.time_base for at in pts)


def _given(video: Video, wanted: Sequence[int]) -> Iterator[Frame]:
    if video.decoder == decord_reader.NAME:
        yield from decord_reader.read_frames(video, wanted)
        return
    index = index_of(video.path)
    if len(index.pts) != video.frame_count:
        raise VideoNotFound(video.path, "vanished")
    yield from _read(video, index, wanted)


class _Doubtful(Exception):
    """What several threads met may be damage."""


def _read(video: Video, index: FrameIndex, wanted: Sequence[int]) -> Iterator[Frame]:
    """What one thread gives. Several give the same, sooner, until they meet what may be damage: what a decoder makes of
    that, and when it says so, differs from run to run. Then one begins at the first wanted frame again, not where the
    others were, as how many these were would say what it passes; what was given is not given again."""
    given, done = 0, 0
    careful = bool(index.damaged) or index.ends_inside
    while done < len(wanted):
        try:
            for position, found, damaged in itertools.islice(_found(video, index, wanted, careful), done, None):
                done += 1
                if found is not None and (frame := _frame(index, position, found, damaged)) is not None:
                    yield frame
                    given += 1
        except _Doubtful:
            careful = True
    if not given:
        raise FrameUnreadable(video.path, wanted[0], "it is damaged, or what it is predicted from is")


def _found(
    video: Video, index: FrameIndex, wanted: Sequence[int], careful: bool
) -> Iterator[tuple[int, VideoFrame | None, int]]:
    """Each of ``wanted`` with its picture, if there is one, and how much damage was met so far. In one pass that jumps
    ahead; where that fails or damage is met, from there on in one that does not.

    Raises:
        _Doubtful: only when not ``careful``.
    """
    left = list(wanted)
    damaged, straight = bool(index.damaged), not index.timed
    while left:
        seeking = not damaged and not straight
        with demuxer(video.path) as (container, stream):
            set_threads(stream, careful)
            reader = _Reader(container, stream, index, seeking)
            while left:
                found = reader.frame(left[0])
                if reader.doubtful and not careful:
                    raise _Doubtful
                if reader.damaged and not damaged:
                    damaged = True
                    break
                if found is None and seeking:
                    straight = True
                    break
                yield left.pop(0), found, reader.damaged


def _frame(index: FrameIndex, position: int, found: VideoFrame, damaged: int) -> Frame | None:
    """None when the picture is of a kind that cannot be turned into RGB."""
    try:
        pixels = pixels_of(found)
    except (av.FFmpegError, ValueError):
        return None
    return Frame(position, index.pts[position], index.time_s(position), pixels, damaged)


class _Reader:
    """Finds frames by their time stamp in one pass through a container, jumping ahead where it pays."""

    def __init__(self, container: InputContainer, stream: VideoStream, index: FrameIndex, seeking: bool) -> None:
        self._container, self._stream, self._index, self._seeking = container, stream, index, seeking
        # What a damaged stream gives besides may be out of order, and would look as if it were further on.
        self._known = frozenset(index.pts) if index.damaged and index.timed else None
        self._damaged_before = 0
        self._start()
        self._ahead: tuple[int, VideoFrame] | None = None
        self._counted = -1
        self._last = -1

    def _start(self) -> None:
        self._decoding = Decoding(self._container, self._stream, self._index.ends_inside)
        self._frames = self._decoding.frames()

    @property
    def damaged(self) -> int:
        """Packets and frames that the decoder called damaged so far, those before a jump among them."""
        return self._damaged_before + self._decoding.damaged

    @property
    def doubtful(self) -> bool:
        """Whether one thread may tell otherwise of what several gave so far."""
        return bool(self._damaged_before) or self._decoding.doubtful

    def frame(self, position: int) -> VideoFrame | None:
        """The frame at ``position``, further on than the ones before; None when this pass does not lead to it."""
        if self._seeking and (key := self._key_before(position)) is not None and not self._jump(key):
            return None
        self._last = position
        wanted = self._index.pts[position] if self._index.timed else position
        while (found := self._ahead or self._following()) is not None:
            if found[0] > wanted:
                self._ahead = found
                return None
            self._ahead = None
            if found[0] == wanted:
                return found[1]
        return None

    def _following(self) -> tuple[int, VideoFrame] | None:
        """The next frame, with its time stamp, or its number where there are no time stamps."""
        for frame in self._frames:
            self._counted += 1
            if not self._index.timed:
                return self._counted, frame
            if frame.pts is not None and (self._known is None or frame.pts in self._known):
                return frame.pts, frame
        return None

    def _jump(self, key: int) -> bool:
        """Go to a key frame. False when the file led elsewhere, so that jumping is not to be trusted."""
        try:
            self._container.seek(key, stream=self._stream)
        except (av.FFmpegError, OSError):
            return False
        self._damaged_before = self.damaged
        self._start()
        self._ahead = self._following()
        if self._ahead is not None and self._ahead[0] == key and self._ahead[1].key_frame:
            return True
        # What began elsewhere than at a key frame lacks its beginning, which is no damage to the file.
        self._start()
        return False

    def _key_before(self, position: int) -> int | None:
        """The key frame to jump to for a frame, if jumping saves enough."""
        keys, pts = self._index.keys, self._index.pts
        at = bisect_right(keys, pts[position]) - 1
        if at < 0 or bisect_right(pts, keys[at]) - 1 - self._last < SEEK_PAYS:
            return None
        return keys[at]
