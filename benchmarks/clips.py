"""Clips of any length and size for benchmarks, made of the bundled demo clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

DEMO = Path(__file__).resolve().parent.parent / "resources" / "demo.mp4"
WIDTH_PX, HEIGHT_PX = 1280, 720


def loop(target: Path, seconds: float, source: Path = DEMO) -> Path:
    """``source`` again and again, at least ``seconds`` long, its packets as they are: nothing is encoded anew."""
    with av.open(str(source)) as clip, av.open(str(target), "w") as long:
        given = clip.streams.video[0]
        assert given.duration is not None and given.time_base is not None
        made = long.add_stream_from_template(given)
        times = -int(-seconds // float(given.duration * given.time_base))
        kept = [
            (bytes(packet), packet.pts, packet.dts, packet.is_keyframe)
            for packet in clip.demux(given)
            if packet.pts is not None and packet.dts is not None
        ]
        for number in range(times):
            for data, pts, dts, key in kept:
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = made, given.time_base, key
                packet.pts, packet.dts = pts + number * given.duration, dts + number * given.duration
                long.mux(packet)
    return target


def enlarged(target: Path, source: Path = DEMO, loops: int = 2) -> Path:
    """``source`` scaled to the width of 720p and cut to its height, encoded anew in H.264."""
    with av.open(str(source)) as clip, av.open(str(target), "w") as wide:
        given = clip.streams.video[0]
        rate = given.average_rate or Fraction(30)
        made = wide.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "20"})
        made.width, made.height, made.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        height = round(given.height * WIDTH_PX / given.width / 2) * 2
        top = (height - HEIGHT_PX) // 2
        for number in range(loops):
            clip.seek(0)
            for index, frame in enumerate(clip.decode(given)):
                scaled = frame.reformat(WIDTH_PX, height, "rgb24").to_ndarray()
                pixels = np.ascontiguousarray(scaled[top : top + HEIGHT_PX], dtype=np.uint8)
                cut = VideoFrame.from_ndarray(pixels, format="rgb24")
                cut.pts, cut.time_base = number * given.frames + index, 1 / rate
                wide.mux(made.encode(cut))
        wide.mux(made.encode(None))
    return target
