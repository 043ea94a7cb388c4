"""Seconds to probe a video, to read 32 even frames of it and to read all, with each decoder.

python benchmarks/measure_decoding.py VIDEO...
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from genconvit.method import Sampling
from genconvit.records import Video
from genconvit.video import decord_reader, index, plan, probe, read_frames

TIMES = 3


def seconds(work: Callable[[], object]) -> float:
    """Median of :data:`TIMES` runs."""
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def read(video: Video, indices: Sequence[int]) -> None:
    for _ in read_frames(video, indices):
        pass


def probe_anew(path: Path) -> Video:
    index.forget()
    return probe(path)


def measure(path: Path) -> None:
    video = probe(path)
    print(f"{path.name}: {video.codec} {video.width_px}x{video.height_px}, {video.frame_count} frames")
    print(f"  probe         {seconds(partial(probe_anew, path)):6.2f} s")
    for decoder in (video.decoder, decord_reader.NAME):
        read_by = replace(video, decoder=decoder)
        some = seconds(partial(read, read_by, plan(Sampling("even", 32, 0.0), video)))
        every = seconds(partial(read, read_by, range(video.frame_count)))
        print(f"  {decoder:14s}{some:6.2f} s for 32 frames, {every:6.2f} s for all")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path, nargs="+")
    for path in parser.parse_args().videos:
        measure(path)


if __name__ == "__main__":
    main()
