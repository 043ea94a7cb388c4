from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from benchmarks.clips import DEMO, enlarged, loop
from genconvit.video import probe, read_frames


def test_a_loop_has_the_frames_of_the_clip_over_and_over(tmp_path: Path) -> None:
    long, demo = probe(loop(tmp_path / "long.mp4", 17.0)), probe(DEMO)
    assert long.frame_count == 3 * demo.frame_count and long.duration_s == 3 * demo.duration_s
    first, second = read_frames(long, [7, 2 * demo.frame_count + 7])
    assert np.array_equal(first.pixels, second.pixels)
    assert second.time_s - first.time_s == 2 * demo.duration_s


def test_an_enlarged_clip_is_720p(tmp_path: Path) -> None:
    small = tmp_path / "small.mp4"
    with av.open(str(small), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for level in range(60, 120, 10):
            pixels = np.full((120, 160, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    video = probe(enlarged(tmp_path / "720p.mp4", small, loops=2))
    assert (video.width_px, video.height_px, video.frame_count, video.mean_fps) == (1280, 720, 12, 25.0)
    means = [float(frame.pixels.mean()) for frame in read_frames(video, range(12))]
    assert np.allclose(means, [*range(60, 120, 10)] * 2, atol=4)
