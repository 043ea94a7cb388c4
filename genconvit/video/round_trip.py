"""Pictures through an H.264 encoder and back, as a video would hold them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from genconvit.records import Pixels

RATE = Fraction(1, 25)


def through_h264(pictures: Sequence[Pixels], rate_factor: int) -> Pixels:
    """The last picture of a short video as a decoder gives it.

    The first picture is coded by itself, the others from those before them.

    Args:
        pictures: ``uint8 [H, W, 3]``, RGB, all of one size, at least 16 pixels either way.
        rate_factor: x264's constant rate factor, 0 (lossless) to 51.

    Returns:
        ``uint8 [H, W, 3]``: 4:2:0 chroma, BT.601. The last row or column of an odd side is repeated.

    Raises:
        ValueError: no picture.
    """
    if not pictures:
        raise ValueError("no picture to encode")
    height, width = pictures[0].shape[:2]
    even_height, even_width = height // 2 * 2, width // 2 * 2
    encoder, decoder = _encoder(even_width, even_height, rate_factor), _decoder()
    decoded = []
    for time, picture in enumerate(pictures):
        whole = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:even_height, :even_width]), format="rgb24")
        frame = whole.reformat(format="yuv420p")
        frame.pts, frame.time_base = time, RATE
        for packet in encoder.encode(frame):
            decoded += decoder.decode(packet)
    for packet in encoder.encode(None):
        decoded += decoder.decode(packet)
    decoded += decoder.decode(None)
    last = decoded[-1].to_ndarray(format="rgb24")
    return np.asarray(np.pad(last, ((0, height - even_height), (0, width - even_width), (0, 0)), "edge"), np.uint8)


def _encoder(width: int, height: int, rate_factor: int) -> VideoCodecContext:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", RATE
    encoder.options = {"preset": "veryfast", "tune": "zerolatency", "crf": str(rate_factor)}
    encoder.thread_count = 1
    return encoder


def _decoder() -> VideoCodecContext:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    return decoder
