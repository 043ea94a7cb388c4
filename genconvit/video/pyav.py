"""Decoding with PyAV, packet by packet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from genconvit.records import Pixels


@dataclass(slots=True)
class Decoding:
    """A pass over a stream. What went wrong in it is counted, and does not end it."""

    container: InputContainer
    stream: VideoStream
    damaged: int = field(default=0)
    """Packets that could not be decoded, and frames that the decoder itself calls damaged."""
    cut_off: bool = field(default=False)
    """Whether reading the file ended in an error."""

    def frames(self) -> Iterator[VideoFrame]:
        """Presented frames, undamaged, in the decoder's order, from where the container stands."""
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                self.cut_off = True
                yield from self._flushed()
                return
            yield from self._sound(packet)

    def _sound(self, packet: av.Packet[VideoStream]) -> Iterator[VideoFrame]:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self.damaged += 1
            return
        for frame in frames:
            if frame.is_corrupt:
                self.damaged += 1
            else:
                yield frame

    def _flushed(self) -> Iterator[VideoFrame]:
        try:
            yield from self.stream.decode(None)
        except av.FFmpegError:
            self.damaged += 1


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
    return np.ascontiguousarray(np.rot90(stored, frame.rotation // 90 % 4), dtype=np.uint8)
