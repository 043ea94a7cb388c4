"""What a video file is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from genconvit.errors import VideoUnreadable
from genconvit.progress import QUIET, Progress
from genconvit.records import Video
from genconvit.video import decord_reader
from genconvit.video.index import DAMAGED, FrameIndex, index_of
from genconvit.video.notes import notes_of
from genconvit.video.orientation import orientation_of
from genconvit.video.pyav import Decoding, set_threads
from genconvit.video.sameness import hashed, require_same
from genconvit.video.source import NAME, demuxer, is_text, opened, points_elsewhere


def probe(path: Path, progress: Progress = QUIET) -> Video:
    """Hash the file, count its frames and say what it is.

    Raises:
        VideoNotFound: missing, a folder, empty, forbidden, it vanished or was changed meanwhile, or the disk failed.
        VideoUnreadable: no decoder makes a frame of it.
        NoVideoStream: it holds no moving pictures.
        Cancelled
    """
    path = path.absolute()
    size, sha256 = hashed(path, progress.part(0.0, 0.45))
    checking = progress.part(0.9, 0.1)
    try:
        video = _by_pyav(path, size, sha256, progress.part(0.45, 0.45))
    except VideoUnreadable as refused:
        require_same(path, size, sha256, checking)
        said = dict(refused.decoders)
    else:
        require_same(path, size, sha256, checking)
        progress.report(1.0, video.frame_count)
        return video
    with opened(path) as file:
        if is_text(file) or points_elsewhere(file):
            raise VideoUnreadable(path, {**said, decord_reader.NAME: "not asked: text, or a list of other files"})
    if said.get(NAME, "").startswith(DAMAGED):
        # decord has the same decoders, and some damage ends its process.
        raise VideoUnreadable(path, {**said, decord_reader.NAME: "not asked: the file is damaged"})
    try:
        video = _by_decord(path, size, sha256)
    except VideoUnreadable as refused:
        raise VideoUnreadable(path, {**said, **refused.decoders}) from None
    require_same(path, size, sha256, checking)
    return video


def _by_pyav(path: Path, size: int, sha256: str, progress: Progress) -> Video:
    index = index_of(path, progress)
    with demuxer(path) as (container, stream):
        set_threads(stream, careful=True)
        first = next(Decoding(container, stream).frames(), None)
        if first is None:
            raise VideoUnreadable(path, {NAME: DAMAGED})
        progress.report(1.0, len(index.pts))
        return _video(path, size, sha256, index, container, stream, first)


def _video(
    path: Path,
    size: int,
    sha256: str,
    index: FrameIndex,
    container: InputContainer,
    stream: VideoStream,
    first: VideoFrame,
) -> Video:
    orientation = orientation_of(first)
    frames, duration = len(index.pts), _duration_s(index, stream)
    return Video(
        path=path,
        size_bytes=size,
        sha256=sha256,
        container=container.format.name,
        codec=stream.codec.canonical_name,
        pixel_format=first.format.name,
        stream_index=stream.index,
        width_px=first.height if orientation.swapped else first.width,
        height_px=first.width if orientation.swapped else first.height,
        rotation_deg=orientation.rotation_deg,
        time_base=index.time_base,
        frame_count=frames,
        duration_s=duration,
        mean_fps=frames / duration if duration else 0.0,
        decoder=NAME,
        notes=(*notes_of(index, container, stream, first, duration), *_about_times(index, container)),
        damaged=bool(index.damaged or index.promised),
    )


def _about_times(index: FrameIndex, container: InputContainer) -> tuple[str, ...]:
    if container.format.name != "avi" or not (index.damaged and index.promised):
        return ()
    return (
        "An AVI has no time stamps: where a frame is missing between others, "
        "times behind it may be off by as many frames as are missing.",
    )


def _duration_s(index: FrameIndex, stream: VideoStream) -> float:
    """From the first frame to the end of the last one; where the file does not say how long that lasts, the mean."""
    span, last = index.pts[-1] - index.pts[0], Fraction(index.last_duration)
    if not last and len(index.pts) > 1:
        last = Fraction(span, len(index.pts) - 1)
    elif not last and stream.average_rate:
        last = 1 / (stream.average_rate * index.time_base)
    return float((span + last) * index.time_base)


def _by_decord(path: Path, size: int, sha256: str) -> Video:
    pts = decord_reader.pts_of(path)
    width, height, rate = decord_reader.facts_of(path)
    duration = float((pts[-1] - pts[0]) * decord_reader.TIME_BASE) + (1 / rate if rate else 0.0)
    return Video(
        path=path,
        size_bytes=size,
        sha256=sha256,
        container="unknown",
        codec="unknown",
        pixel_format="unknown",
        stream_index=0,
        width_px=width,
        height_px=height,
        rotation_deg=0,
        time_base=decord_reader.TIME_BASE,
        frame_count=len(pts),
        duration_s=duration,
        mean_fps=len(pts) / duration if duration else 0.0,
        decoder=decord_reader.NAME,
        notes=("PyAV cannot read this file, decord can: times are in microseconds, and codec facts are not known.",),
    )
