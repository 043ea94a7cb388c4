"""Which frames a stream presents, and when: the list that a frame's index points into."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from genconvit.errors import VideoUnreadable
from genconvit.progress import QUIET, Progress
from genconvit.video.gaps import gaps_in, losses_in
from genconvit.video.packets import LOSSY, Packets, packets_of
from genconvit.video.pyav import Decoding, set_threads
from genconvit.video.sameness import Identity, identity_of
from genconvit.video.source import NAME, demuxer

DAMAGED = "nothing in it could be decoded"
KEPT = 4
TRIED = 32
"""Frames at the start of a stream that are decoded to see whether packets and frames agree."""


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The presented frames of one stream."""

    pts: tuple[int, ...]
    """Ascending, in ``time_base``."""
    keys: tuple[int, ...]
    """Those of ``pts`` at which decoding can start; empty when it has to start at the beginning."""
    time_base: Fraction
    last_duration: int
    """How long the last frame is presented, in ``time_base``; 0 when the file does not say."""
    timed: bool
    """Whether the file has time stamps. Without them ``pts`` is counted out at the stream's rate, and frames are
    known by their order only."""
    damaged: int
    """Packets that could not be decoded, as far as they were tried, and frames that follow on lost ones."""
    promised: int
    """Frames that the file should present by its header or its packets, where more than there are; otherwise 0."""
    ends_inside: bool = False
    """Whether a broadcast ends inside the frame of its last packet, which is left out."""
    hidden: int = 0
    """Packets with a frame that an edit list hides; they are not in ``pts``, and nothing is lost with them."""
    stored: int = 0
    """Packets that the file holds with those, where ``hidden`` is not 0."""
    empty: int = 0
    """Slots of an AVI that hold no frame, before the last one that does."""
    holes: tuple[int, ...] = ()
    """Times in ``time_base`` of frames behind which others may be missing, where no more than a distance tells."""
    kept: bool = False
    """Whether frames behind what is lost are in ``pts``, as no time stamps tell which, or ones that start again."""

    def time_s(self, index: int) -> float:
        """Seconds from the first presented frame."""
        return float((self.pts[index] - self.pts[0]) * self.time_base)


_kept: dict[tuple[str, Identity], FrameIndex] = {}
_keeping = threading.Lock()


def index_of(path: Path, progress: Progress = QUIET) -> FrameIndex:
    """The index of a file; the last few are remembered while their files stay as they are.

    Raises:
        VideoNotFound, VideoUnreadable, NoVideoStream, Cancelled
    """
    try:
        key = (str(path), identity_of(path))
    except OSError:
        return _build(path, progress)
    if (index := _kept.get(key)) is None:
        index = _build(path, progress)
        with _keeping:
            while len(_kept) >= KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = index
    return index


def forget() -> None:
    """Read every file anew from here on."""
    with _keeping:
        _kept.clear()


def _build(path: Path, progress: Progress) -> FrameIndex:
    """By packets where they can be trusted, which both ends of the stream are tried for; otherwise by decoding."""
    with demuxer(path) as (container, stream):
        packets = packets_of(container, stream, path, progress.part(0.0, 0.5))
        agreed = packets.sure and _ends_agree(container, stream, packets, careful=False)
        sure = FrameIndex(packets.pts, packets.keys, _base(stream), packets.last_duration, True, 0, 0)
    if packets.sure and not agreed:
        # What several threads say of damage differs from run to run.
        with demuxer(path) as (container, stream):
            agreed = _ends_agree(container, stream, packets, careful=True)
    if agreed:
        return _with_facts(sure, packets)
    with demuxer(path) as (container, stream):
        return _decoded(path, container, stream, packets, progress.part(0.5, 0.5))


def _ends_agree(container: InputContainer, stream: VideoStream, packets: Packets, careful: bool) -> bool:
    """Whether decoding gives the first frames and the last one as the packets promise them. If not ``careful``, True
    holds for one thread, too, and False may not."""
    set_threads(stream, careful)
    try:
        container.seek(packets.pts[0], stream=stream)
        head = Decoding(container, stream)
        times = [frame.pts for frame in itertools.islice(head.frames(), TRIED)]
        if times != list(packets.pts[:TRIED]) or (head.doubtful and not careful):
            return False
        container.seek(packets.keys[-1] if packets.keys else packets.pts[0], stream=stream)
    except (av.FFmpegError, OSError):
        return False
    tail = Decoding(container, stream)
    last = None
    for frame in tail.frames():
        last = frame.pts
    return last == packets.pts[-1] and not tail.doubtful and not tail.cut_off


def _decoded(
    path: Path, container: InputContainer, stream: VideoStream, packets: Packets, progress: Progress
) -> FrameIndex:
    set_threads(stream, careful=True)
    lossy = container.format.name in LOSSY
    decoding = Decoding(container, stream, last_apart=lossy)
    times: list[int | None] = []
    keys: set[int] = set()
    duration = 0
    for frame in decoding.frames():
        times.append(frame.pts)
        if frame.key_frame and frame.pts is not None:
            keys.add(frame.pts)
        duration = frame.duration or duration
        progress.report(len(times) / max(packets.presented, len(times)), len(times))
    if not times:
        raise VideoUnreadable(path, {NAME: f"{DAMAGED} ({packets.presented} packets)"})
    # Times of frames whose reference is lost may be out of order.
    known = [pts for pts in times if pts is not None and pts not in packets.behind_gaps]
    timed = bool(known) and None not in times and _ascending(known)
    base = _base(stream)
    pts = tuple(known) if timed else _counted(len(times), base, stream)
    gaps = losses_in(pts) if lossy and timed else packets.gaps
    # A rate that is uneven leaves gaps too, but nothing tells them from a loss: whoever copies a broadcast numbers its
    # packets anew, and decoders predict from the frame before without a word.
    sound = _up_to_gaps(pts, keys) if gaps and lossy and timed else pts
    # Of what is behind a gap a decoder may give nothing, without a word.
    left_out = max(len(times) - len(sound), len(packets.behind_gaps)) if timed else 0
    damaged = decoding.damaged + max(left_out, gaps)
    short = damaged or decoding.cut_off or packets.announced > len(times)
    whole = max(packets.announced, packets.presented)
    promised = whole if whole > len(sound) and short else 0
    index = FrameIndex(sound, (), base, duration, timed, damaged, promised, decoding.ends_inside)
    return replace(_with_facts(index, packets), kept=bool(gaps) and not timed)


def _with_facts(index: FrameIndex, packets: Packets) -> FrameIndex:
    """With what packets alone tell, however the frames were counted."""
    holes = tuple(at for at in packets.holes if index.timed and at >= index.pts[0])
    return replace(index, hidden=packets.hidden, stored=packets.stored, empty=packets.empty, holes=holes)


def _up_to_gaps(pts: tuple[int, ...], keys: set[int]) -> tuple[int, ...]:
    """Without what follows on a gap, up to the next key frame: it is predicted from frames that are lost."""
    gaps, sound, lost = set(gaps_in(pts)), list(pts[:1]), False
    for before, at in enumerate(pts[1:]):
        lost = at not in keys and (lost or before in gaps)
        if not lost:
            sound.append(at)
    return tuple(sound)


def _ascending(times: Sequence[int]) -> bool:
    return all(before < after for before, after in itertools.pairwise(times))


def _counted(frames: int, base: Fraction, stream: VideoStream) -> tuple[int, ...]:
    rate = stream.guessed_rate or stream.average_rate or Fraction(25)
    return tuple(round(n / rate / base) for n in range(frames))


def _base(stream: VideoStream) -> Fraction:
    return stream.time_base or Fraction(1, 1_000_000)
