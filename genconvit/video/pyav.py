"""Decoding with PyAV, packet by packet."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from genconvit.records import Pixels
from genconvit.video.orientation import orientation_of
from genconvit.video.spoiling import Sent, Spoiling

CHUNK_HEADER_BYTES = 8
"""Between where an AVI's index says that a frame is, and its first byte."""
MOST_DELAYED = 16
"""Frames that FFmpeg's decoder of H.264 holds back to put them in order, at the most."""
MOST_THREADS = 10
"""Each more holds one more frame in memory, and gains little."""
EMPTY = bytes(1)
"""A packet of H.264 without a picture."""
REORDERING = frozenset({"mpeg4", "rv30", "rv40"})
"""Decoders that work on several frames at once and cannot be told to hold back frames."""
SWALLOWED = frozenset({"libdav1d"})
"""Decoders that give a frame for every packet, but with several threads may give later ones together with an error,
which PyAV then passes over without a word."""


class _Listed:
    """What an AVI's own index lists. Where the name of a chunk is damaged, reading passes over it without a word."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._entries = stream.index_entries if container.format.name == "avi" else ()
        self._last: int | None = None

    def missing_before(self, packet: Packet[VideoStream]) -> int:
        """Chunks with content between a packet and the one before it. To be called for each packet, in order."""
        before, self._last = self._last, self._place_of(packet)
        if before is None or self._last is None:
            return 0
        between = [self._entries[place] for place in range(before + 1, self._last)]
        # A chunk that is presented more than once is listed more than once.
        return len({entry.pos for entry in between if entry.size} - {self._entries[before].pos})

    def _place_of(self, packet: Packet[VideoStream]) -> int | None:
        if packet.pos is None or not self._entries:
            return None
        start = packet.pos - CHUNK_HEADER_BYTES
        place = bisect_left(self._entries, start, key=lambda entry: entry.pos)
        return place if place < len(self._entries) and self._entries[place].pos == start else None


@dataclass(slots=True)
class Decoding:
    """A pass over a stream. What goes wrong in it is counted, and does not end it.

    Decoders patch over damage, and what is predicted from a patched frame is wrong without being called so. Therefore
    nothing is given of what was sent after a damaged packet up to the next key frame, and no frame is given before all
    that was sent before it has come.
    """

    container: InputContainer
    stream: VideoStream
    last_apart: bool = field(default=False)
    """Whether damage to the very last packet, on which no other depends, is told by ``ends_inside`` and counts as no
    damage. Only for decoding with one thread: several tell of a packet's damage when they are done with later ones."""
    ends_inside: bool = field(default=False)
    """Whether the last packet is damaged, as where a capture was cut off within it; its frame is not given."""
    cut_off: bool = field(default=False)
    """Whether reading the file ended in an error."""
    _spoiling: Spoiling = field(default_factory=Spoiling)
    _listed: _Listed = field(init=False)
    _last: Sent | None = field(default=None)
    """The last packet, once it was met."""
    _unsure: bool = field(default=False)
    _held: deque[tuple[VideoFrame, Sent]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.stream.codec_context.copy_opaque = True
        self._listed = _Listed(self.container, self.stream)

    @property
    def damaged(self) -> int:
        """Packets that could not be decoded, frames that the decoder itself calls damaged, and a missing beginning."""
        return self._spoiling.damaged

    @property
    def doubtful(self) -> bool:
        """Whether one thread may tell otherwise of what several gave so far."""
        context = self.stream.codec_context
        swallowed = self._spoiling.passed_over and context.thread_count != 1 and context.name in SWALLOWED
        return bool(self.damaged or self._unsure or swallowed)

    def frames(self) -> Iterator[VideoFrame]:
        """Presented frames, undamaged, in order of presentation, from where the container stands."""
        held: Packet[VideoStream] | None = None
        for packet in self._packets():
            if held is not None:
                yield from self._of(held, before_end=not packet.size)
            held = packet
        if held is not None:
            yield from self._of(held)
        if self.cut_off:
            yield from self._end(lambda: self.stream.decode(None))
        while self._held:
            yield from self._given(*self._held.popleft())

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        """All packets, with the empty one that stands for the end."""
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (
                LookupError
            ):  # a stream that begins only now: PyAV trips over it once, with that packet of no interest
                packets = self.container.demux(self.stream)
                continue
            except (av.FFmpegError, OSError):
                self.cut_off = True
                return
            yield packet

    def _of(self, packet: Packet[VideoStream], before_end: bool = False) -> Iterator[VideoFrame]:
        if not packet.size:
            yield from self._end(packet.decode)
            return
        missing = self._listed.missing_before(packet)
        packet.opaque = sent = self._spoiling.send(packet, missing)
        if self.last_apart and before_end:
            self._last = sent
        if packet.is_corrupt:
            self._damage(sent)
        yield from self._sound(packet.decode, sent)

    def _end(self, decode: Callable[[], list[VideoFrame]]) -> Iterator[VideoFrame]:
        threads = self.stream.thread_count
        given: list[VideoFrame] = []
        if threads != 1 and self.stream.codec_context.name == "h264":
            given += self._finished(threads)
        given += self._sound(decode, None)
        # Of what several threads were still at, PyAV gives no more than what comes before an error, without a word.
        if threads != 1 and self._spoiling.outstanding():
            self._unsure = True
        yield from given

    def _finished(self, threads: int) -> list[VideoFrame]:
        """What comes when each thread is done with its frame. At the end FFmpeg gives all that it holds back at once,
        while they may still be at work."""
        context = self.stream.codec_context
        given: list[VideoFrame] = []
        # Else a packet without a picture is an error. Whoever takes no more frames must not be left with it.
        context.skip_frame = "NONREF"
        for _ in range(threads):
            given += self._sound(lambda: self.stream.decode(Packet(EMPTY)), None)
        context.skip_frame = "DEFAULT"
        return given

    def _sound(self, decode: Callable[[], list[VideoFrame]], sent: Sent | None) -> Iterator[VideoFrame]:
        try:
            frames = decode()
        except av.FFmpegError:
            self._damage(sent)
            frames = []
        for frame in frames:
            of = self._spoiling.came(frame)
            if frame.is_corrupt:
                self._damage(of)
            self._held.append((frame, of))
        while self._held and self._spoiling.settled(self._held[0][1]):
            yield from self._given(*self._held.popleft())

    def _given(self, frame: VideoFrame, sent: Sent) -> Iterator[VideoFrame]:
        if sent.sound and not (self.ends_inside and sent is self._last):
            yield frame

    def _damage(self, sent: Sent | None) -> None:
        if sent is not None and sent is self._last:
            self.ends_inside = True
        else:
            self._spoiling.damage(sent)


def set_threads(stream: VideoStream, careful: bool) -> None:
    """To be called before anything is decoded.

    Args:
        careful: one thread, so that a damaged stream is concealed in the same way on every run.
    """
    context = stream.codec_context
    kept_back = context.reorder_depth
    if careful or (context.name in REORDERING and kept_back):
        stream.thread_type, stream.thread_count = "SLICE", 1
        return
    stream.thread_type, stream.thread_count = "AUTO", 0
    if context.name == "h264":
        # The word that a frame is damaged is copied when the frame is given, which may be by the thread that has the
        # next one, before the one that has it meets the damage. So it is held back until that one is done.
        stream.thread_count = threads = max(min(_threads(), MOST_THREADS, MOST_DELAYED - kept_back - 1), 1)
        if threads > 1:
            context.reorder_depth = kept_back + threads + 1


def _threads() -> int:
    """As many as FFmpeg takes by itself."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + 1 if processors > 1 else 1


def pixels_of(frame: VideoFrame) -> Pixels:
    """``uint8 [height, width, 3]``, RGB, as displayed.

    The conversion is swscale's with its plain defaults, which decord uses as well: on 8-bit video both decoders give
    the same numbers.
    """
    stored = frame.to_ndarray(format="rgb24", threads=1)
    return np.ascontiguousarray(orientation_of(frame).shown(stored), dtype=np.uint8)
