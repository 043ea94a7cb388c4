"""The method ``standard`` on every 5th frame of a 720p clip, in seconds and beside the clip's own length.

    python -m benchmarks.realtime [CLIP...] [--nth 5] [--repetitions 5]

Without a clip it takes the bundled one, enlarged to 1280 x 720 and played twice. Each repetition is a process of its
own: ``cold`` from its start to the verdict, ``warm`` the second run in it. Medians; ``times`` is the clip's length over
the seconds, so more than 1 is faster than the clip plays.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.clips import enlarged
from benchmarks.machine import taken_on
from benchmarks.processes import RESULTS, Process, ProcessFailed, examine, median, most, write_results
from genconvit.records import Video

SCHEMA = "veriframe.benchmarks.realtime/1"
NAME = "bundled clip at 720p"


def spacing_s(nth: int, fps: float) -> float:
    """Between every ``nth`` frame; rounded down, so that the frame at that time is not taken for one before it."""
    return math.floor(nth / fps * 1e6) / 1e6


def summary(name: str, video: Video, processes: Sequence[Process]) -> dict[str, Any]:
    """Medians of one clip."""
    cold_s = median(process.cold_s for process in processes)
    warm_s = median(run["seconds"]["total"] for process in processes for run in process.runs[1:])
    first = processes[0].runs[0]
    stages = sorted({stage for process in processes for run in process.runs[1:] for stage in run["seconds"]})
    return {
        "clip": name,
        "width_px": video.width_px,
        "height_px": video.height_px,
        "fps": video.mean_fps,
        "duration_s": video.duration_s,
        "frames": first["frames"],
        "faces": first["faces"],
        "cold_s": cold_s,
        "warm_s": warm_s,
        "times_cold": video.duration_s / cold_s if cold_s else None,
        "times_warm": video.duration_s / warm_s if warm_s else None,
        "warm_stages_s": {
            stage: median(run["seconds"].get(stage) for process in processes for run in process.runs[1:])
            for stage in stages
        },
        "peak_bytes": max(run["peak_bytes"] for process in processes for run in process.runs),
        "most_load": most(process.load for process in processes),
        "most_others": most(process.others for process in processes),
    }


def measure(clips: Sequence[tuple[str, Path]], nth: int, repetitions: int) -> dict[str, Any]:
    """Raises ProcessFailed, GenConViTError."""
    from genconvit.video import probe

    found = []
    for name, clip in clips:
        video = probe(clip)
        words = ["ours", str(clip), "--method", "standard", "--every", str(spacing_s(nth, video.mean_fps or 25.0))]
        processes = [examine([*words, "--warm", "1"]) for _ in range(repetitions)]
        found.append(summary(name, video, processes))
        print(_line(found[-1]), flush=True)
    return {"schema": SCHEMA, **taken_on(), "nth": nth, "repetitions": repetitions, "clips": found}


def _line(clip: dict[str, Any]) -> str:
    return (
        f"{clip['clip']}: {clip['width_px']}x{clip['height_px']}, {clip['duration_s']:.1f} s long, {clip['frames']} "
        f"frames, {clip['faces']} faces: cold {clip['cold_s']:.1f} s ({clip['times_cold']:.2f} times), warm "
        f"{clip['warm_s']:.1f} s ({clip['times_warm']:.2f} times)"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="*", metavar="CLIP")
    parser.add_argument("--nth", type=int, default=5, metavar="N")
    parser.add_argument("--repetitions", type=int, default=5, metavar="N")
    parser.add_argument("--out", type=Path, default=RESULTS / "realtime.json", metavar="FILE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clips = [(clip.name, clip.absolute()) for clip in arguments.clips]
        clips = clips or [(NAME, enlarged(Path(folder) / "720p.mp4"))]
        try:
            document = measure(clips, arguments.nth, arguments.repetitions)
        except ProcessFailed as error:
            print(error, file=sys.stderr)
            return 1
    write_results(arguments.out, document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
