"""Decoding with PyAV, packet by packet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import av
import numpy as np
from av.container import InputContainer
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
    damaged: int = field(default=0)
    """Packets that could not be decoded, and frames that the decoder itself calls damaged."""
    cut_off: bool = field(default=False)
    """Whether reading the file ended in an error."""
    _spoiled: bool = field(default=False)

    def frames(self) -> Iterator[VideoFrame]:
        """Presented frames, undamaged, in order of presentation, from where the container stands."""
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
                yield from self._sound(lambda: self.stream.decode(None))
                return
            if packet.is_corrupt:
                self._damage()
            yield from self._sound(packet.decode)

    def _sound(self, decode: Callable[[], list[VideoFrame]]) -> Iterator[VideoFrame]:
        try:
            frames = decode()
        except av.FFmpegError:
            self._damage()
            return
        for frame in frames:
            if frame.is_corrupt:
                self._damage()
            elif frame.key_frame or not self._spoiled:
                self._spoiled = False
                yield frame

    def _damage(self) -> None:
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
