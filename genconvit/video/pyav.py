"""Decoding with PyAV, packet by packet."""

from __future__ import annotations

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


@dataclass(slots=True)
class Decoding:
    """A pass over a stream. What goes wrong in it is counted, and does not end it.

    Decoders patch over damage, and what is predicted from a patched frame is wrong without being called so. Therefore
    nothing is given from a damaged packet or frame on until the next key frame.
    """

    container: InputContainer
    stream: VideoStream
    last_apart: bool = field(default=False)
    """Whether damage to the very last packet, on which no other depends, is told by ``ends_inside`` and counts as no
    damage. Only for decoding with one thread: several tell of a packet's damage when they are done with later ones."""
    damaged: int = field(default=0)
    """Packets that could not be decoded, and frames that the decoder itself calls damaged."""
    ends_inside: bool = field(default=False)
    """Whether the last packet is damaged, as where a capture was cut off within it; its frame is not given."""
    cut_off: bool = field(default=False)
    """Whether reading the file ended in an error."""
    _spoiled: bool = field(default=False)
    _last: int | None = field(default=None)
    """Time stamp of the last packet, once it was met."""

    def frames(self) -> Iterator[VideoFrame]:
        """Presented frames, undamaged, in order of presentation, from where the container stands."""
        held: Packet[VideoStream] | None = None
        for packet in self._packets():
            if held is not None:
                if self.last_apart and not packet.size:
                    self._last = held.pts
                yield from self._of(held)
            held = packet
        if held is not None:
            yield from self._of(held)
        if self.cut_off:
            yield from self._sound(lambda: self.stream.decode(None), None)

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

    def _of(self, packet: Packet[VideoStream]) -> Iterator[VideoFrame]:
        if packet.is_corrupt:
            self._damage(packet.pts)
        yield from self._sound(packet.decode, packet.pts)

    def _sound(self, decode: Callable[[], list[VideoFrame]], pts: int | None) -> Iterator[VideoFrame]:
        try:
            frames = decode()
        except av.FFmpegError:
            self._damage(pts)
            return
        for frame in frames:
            if frame.is_corrupt:
                self._damage(frame.pts)
            elif self.ends_inside and frame.pts == self._last:
                continue
            elif frame.key_frame or not self._spoiled:
                self._spoiled = False
                yield frame

    def _damage(self, pts: int | None) -> None:
        if pts is not None and pts == self._last:
            self.ends_inside = True
            return
        self.damaged += 1
        self._spoiled = True


def set_threads(stream: VideoStream, careful: bool) -> None:
    """``careful``: one thread, so that a damaged stream is concealed in the same way on every run."""
    stream.thread_type = "SLICE" if careful else "AUTO"
    stream.thread_count = 1 if careful else 0


def pixels_of(frame: VideoFrame) -> Pixels:
    """``uint8 [height, width, 3]``, RGB, as displayed.

    The conversion is swscale's with its plain defaults, which decord uses as well: on 8-bit video both decoders give
    the same numbers.
    """
    stored = frame.to_ndarray(format="rgb24", threads=1)
    return np.ascontiguousarray(orientation_of(frame).shown(stored), dtype=np.uint8)
