"""What demuxing alone tells of a stream, without a picture being decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from genconvit.errors import NoVideoStream, VideoNotFound, VideoUnreadable
from genconvit.progress import Progress
from genconvit.video.chunks import torn_between
from genconvit.video.gaps import excused_in, gaps_in, losses_in
from genconvit.video.source import demuxer, opened

ONE_PACKET_ONE_FRAME = frozenset(
    {"h264", "hevc", "av1", "libdav1d", "vp9", "mpeg4", "mjpeg", "prores", "mpeg2video", "h263", "dvvideo", "ffv1"}
)
"""Codecs of which a demuxed packet with a time stamp is a presented frame; others are counted by decoding."""
LOSSY = frozenset({"mpegts"})
"""Containers made for broadcast, where a frame that is missing between two others was lost on the way."""
REORDERED = 16
"""Frames that an encoder puts behind the one that they are presented before, at the most."""
REPORTED = 64
"""Packets between two reports of progress."""
HOLE, EVEN = 1.8, 0.9
"""A note is due where two or more frames are missing among ones that are evenly apart: phones leave one out now and
then, and what records a screen has no rate that anything could be missing from."""

_Sent = tuple[int, int, bool]
"""When a packet is decoded, when it is presented, and whether decoding can start at it."""


@dataclass(frozen=True, slots=True)
class Packets:
    """The packets of one stream."""

    pts: tuple[int, ...]
    """Of the presented ones, ascending, in the stream's time base."""
    keys: tuple[int, ...]
    """Those of ``pts`` at which decoding can start."""
    last_duration: int
    """How long the last one is presented, in the stream's time base; 0 when the file does not say."""
    presented: int
    """How many there are without those that an edit list hides."""
    announced: int
    """How many frames the file's header says are presented; 0 or less when it does not say. Of what is hidden, and of
    an AVI's slots that hold no frame, it makes no promise."""
    sure: bool
    """Whether there is a frame for each of ``pts``, as far as demuxing tells."""
    hidden: int
    """How many an edit list hides, without those that cannot be decoded from this file."""
    stored: int
    """How many the file holds with those, where ``hidden`` is not 0."""
    gaps: int
    """Places at which something was lost: in a broadcast by its time stamps, in an AVI by its chunks."""
    behind_gaps: frozenset[int]
    """Those of ``pts`` that may be predicted from what was lost there."""
    holes: tuple[int, ...]
    """Those of ``pts`` behind which frames may be missing; nothing but their distance tells, and in a broadcast it may
    be the cadence's."""
    empty: int
    """Slots of an AVI that hold no frame and never did, before the last one that does."""


@dataclass(slots=True)
class _Stored:
    """The packets that a file holds, each known by its place: an edit list may present one more than once."""

    count: int = 0
    """With each time that one is presented."""
    places: set[int | None] = field(default_factory=set)
    leading: set[int | None] = field(default_factory=set)
    """Those of ``places`` right behind the first packet that are presented before it. A stream that was cut out of a
    longer one at an open group of pictures begins with them: they are predicted from what is not in the file, and its
    edit list hides them for that. The delay of an encoder that reorders frames hides none: its edit list begins where
    the first frame does."""
    _first: int | None = None
    _past: bool = False

    def add(self, packet: Packet[VideoStream]) -> None:
        self.count += 1
        self.places.add(packet.pos)
        if packet.pts is None or self._past:
            return
        if self._first is None:
            self._first = packet.pts
        elif packet.pts < self._first and not packet.is_keyframe and len(self.leading) < REORDERED:
            self.leading.add(packet.pos)
        else:
            self._past = True


def packets_of(container: InputContainer, stream: VideoStream, path: Path, progress: Progress) -> Packets:
    """Run through a stream that stands at its beginning.

    Raises:
        VideoNotFound: the file is gone, or the disk failed.
        Cancelled
    """
    size = _size_bytes(path)
    times: list[int] = []
    keys: list[int] = []
    total, presented, last, slots = 0, 0, (-1, 0), 0
    kind = container.format.name
    edited, lossy, slotted = "mov" in kind.split(","), kind in LOSSY, kind == "avi"
    held, shown = _Stored(), set[int | None]()
    sent: list[_Sent] = []
    places: list[int] = []
    sure = stream.codec_context.name in ONE_PACKET_ONE_FRAME
    try:
        for packet in _filled(container, stream):
            if total % REPORTED == 0:
                progress.report((packet.pos or 0) / size)
            total += 1
            slots = max(slots, (packet.dts or 0) + 1)
            sure = sure and packet.pts is not None and not packet.is_corrupt
            presented += not packet.is_discard
            if edited:
                held.add(packet)
                shown.update(() if packet.is_discard else (packet.pos,))
            if packet.is_discard or packet.pts is None:
                continue
            times.append(packet.pts)
            last = max(last, (packet.pts, packet.duration or 0))
            if packet.is_keyframe:
                keys.append(packet.pts)
            if (lossy or slotted) and packet.dts is not None:
                sent.append((packet.dts, packet.pts, packet.is_keyframe))
                places.append(packet.pos or 0)
    except (av.FFmpegError, OSError, LookupError):
        sure = False
    stored, gaps, behind, runs = total, 0, frozenset[int](), list[Sequence[_Sent]]()
    if slotted and not 0 < stream.frames <= total:
        torn = _torn(path, sent, places)
        stored = max(slots - sum(sent[n + 1][0] - sent[n][0] - 1 for n in torn), total)
        gaps, behind = len(torn), _behind(sent, torn)
    if edited and stream.frames > len(held.places):
        held = _with_hidden(path, held, progress)
        stored = held.count
    sure = sure and bool(times) and len(set(times)) == len(times) and stored >= stream.frames
    times.sort()
    if lossy:
        runs = list(_runs(sent))
        gaps, behind = _losses(runs, times if len(sent) < len(times) else ())
    return Packets(
        pts=tuple(times),
        keys=tuple(sorted(keys)),
        last_duration=last[1],
        presented=presented,
        announced=presented + stream.frames - stored if stream.frames else 0,
        # Recordings whose times overlap would be taken for one.
        sure=sure and not gaps and len(runs) <= 1,
        hidden=len(held.places - held.leading - shown),
        stored=len(held.places),
        gaps=gaps,
        behind_gaps=behind,
        holes=() if slotted else tuple(times[n] for n in (excused_in(times) if lossy else gaps_in(times, HOLE, EVEN))),
        empty=stored - total if slotted else 0,
    )


def _runs(sent: Sequence[_Sent]) -> Iterator[Sequence[_Sent]]:
    """Parts in which time goes on: it starts again where recordings were joined."""
    start = 0
    for at in range(1, len(sent) + 1):
        if at == len(sent) or sent[at][0] <= sent[at - 1][0]:
            yield sent[start:at]
            start = at


def _losses(runs: Sequence[Sequence[_Sent]], times: Sequence[int]) -> tuple[int, frozenset[int]]:
    """How often something is missing, and the presentation times of what may be predicted from it.

    Args:
        times: of presentation, where not all packets have times of decoding.
    """
    gaps = losses_in(times) if times else sum(map(_lost, runs))
    behind = [_behind(run, gaps_in([dts for dts, _, _ in run])) for run in runs]
    # What another recording begins with may be predicted from what was in front of it there.
    torn_off = [lost for run in runs[1:] if (lost := _behind(run, (-1,)))]
    return gaps + len(torn_off), frozenset[int]().union(*behind, *torn_off)


def _lost(run: Sequence[_Sent]) -> int:
    """How often something is missing, by the order of decoding or that of presentation: one may show less of it."""
    decoded, presented = [dts for dts, _, _ in run], sorted(pts for _, pts, _ in run)
    return max(losses_in(decoded), losses_in(presented))


def _torn(path: Path, sent: Sequence[_Sent], places: Sequence[int]) -> list[int]:
    """Which of ``sent`` stand in front of slots of an AVI that are empty because their frames were lost."""
    empty = [n for n in range(len(sent) - 1) if sent[n + 1][0] - sent[n][0] > 1]
    try:
        with opened(path) as file:
            return [n for n in empty if torn_between(file, places[n], places[n + 1])]
    except OSError:
        raise VideoNotFound(path, "failed") from None


def _behind(run: Sequence[_Sent], gaps: Sequence[int]) -> frozenset[int]:
    """Presentation times of what follows, in the order in which it is decoded, on a gap up to the next key frame, with
    what is presented before that one. Frames that are presented before the gap are among them. A gap at -1 is in front
    of all."""
    places, lost, lost_before = set(gaps), False, None
    behind: set[int] = set()
    for before, (_, pts, is_key) in enumerate(run, start=-1):
        lost = lost or before in places
        if is_key:
            lost, lost_before = False, pts if lost else None
        elif lost or (lost_before is not None and pts < lost_before):
            behind.add(pts)
    return frozenset(behind)


def _with_hidden(path: Path, met: _Stored, progress: Progress) -> _Stored:
    """The packets that a file holds, also those that FFmpeg leaves out because an edit list hides them."""
    held = _Stored()
    try:
        with demuxer(path, {"ignore_editlist": "1"}) as (whole, stream):
            for number, packet in enumerate(_filled(whole, stream)):
                if number % REPORTED == 0:
                    progress.report(1.0)
                held.add(packet)
    except (av.FFmpegError, OSError, LookupError, VideoUnreadable, NoVideoStream):
        pass
    return held if len(held.places) >= len(met.places) else met


def _filled(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    return (packet for packet in container.demux(stream) if packet.size)


def _size_bytes(path: Path) -> int:
    try:
        return max(path.stat().st_size, 1)
    except OSError:
        raise VideoNotFound(path, "vanished") from None
