"""Whether the finder of ``standard`` finds every face that the released protocol finds, and what each of them costs.

    python -m benchmarks.faces FOLDER [--frames 15] [--threads 1] [--out benchmarks/results/faces.json]

In every video of the folder, evenly spread frames are shown to both finders, which take turns at being the first:
dlib's HOG at full size, as the method ``released`` runs it, and CenterFace, as ``standard`` does; faces that are too
small for the method are left out. CenterFace's boxes take in forehead and chin, HOG's go from the brows to the chin, so
they are not held against each other by their overlap. A HOG box is matched by a CenterFace box of the same frame that
contains its centre and whose size, the root of its area, is at most :data:`FACTOR` times as large or as small. A
CenterFace box matches one HOG box. Because CenterFace's are the taller ones, faces are counted a second time with the
width for their size. Seconds are those of finding alone, summed over all frames, with what a finder does
anew for another size of frame; processor seconds are those of all threads of the process.

Exit status: 0; 1 where a box of HOG's is not matched by its width, after the results were written; 2 where there was
nothing to match, with nothing written.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import load_average, taken_on
from benchmarks.processes import RESULTS, write_results
from genconvit import faces, video
from genconvit import method as methods
from genconvit.errors import GenConViTError
from genconvit.method import Method, Sampling
from genconvit.places import SHIPPED
from genconvit.records import Box, FoundFace, Pixels

SCHEMA = "veriframe.benchmarks.faces/2"
FACTOR = 1.6
"""What was promised of the sizes."""
WANTED, OURS = "released", "standard"


class NothingToMatch(Exception):
    """A folder without a video, or none with a face that the released protocol finds; the text says which."""


@dataclass
class Finder:
    """A method's finder, and what it has done so far."""

    method: Method
    threads: int = 0
    found: int = 0
    frames: int = 0
    frames_with_a_face: int = 0
    seconds: float = 0.0
    cpu_seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._finder = faces.make_finder(self.method.finding, self.threads)

    def find(self, pixels: Pixels) -> list[Box]:
        """Boxes of the faces that the method would use."""
        start_s, cpu_start_s = time.perf_counter(), time.process_time()
        found = self._finder.find(pixels)
        self.seconds += time.perf_counter() - start_s
        self.cpu_seconds.append(time.process_time() - cpu_start_s)
        boxes = [face.box for face in found if self._used(face)]
        self.frames += 1
        self.found += len(boxes)
        self.frames_with_a_face += bool(boxes)
        return boxes

    def figures(self) -> dict[str, Any]:
        """Rates are None where the clock did not move: that of the processor ticks at some 16 ms on Windows."""
        cpu_s = sum(self.cpu_seconds)
        return {
            "finder": self._finder.name,
            "longest_side_px": self.method.finding.longest_side_px,
            "frames": self.frames,
            "frames_with_a_face": self.frames_with_a_face,
            "faces": self.found,
            "seconds": self.seconds,
            "cpu_seconds": cpu_s,
            "median_cpu_s_per_frame": statistics.median(self.cpu_seconds) if self.cpu_seconds else None,
            "faces_per_second": self.found / self.seconds if self.seconds else None,
            "faces_per_cpu_second": self.found / cpu_s if cpu_s else None,
        }

    def _used(self, face: FoundFace) -> bool:
        left, top, right, bottom = face.box
        return min(right - left, bottom - top) >= self.method.finding.smallest_px


def size_of(box: Box) -> float:
    """The root of its area, in pixels."""
    return math.sqrt((box[2] - box[0]) * (box[3] - box[1]))


def width_of(box: Box) -> float:
    """In pixels."""
    return float(box[2] - box[0])


def fits(wanted: Box, ours: Box, size: Callable[[Box], float] = size_of) -> bool:
    """Whether ``ours`` contains the centre of ``wanted`` and is of its size, within :data:`FACTOR`."""
    x, y = (wanted[0] + wanted[2]) / 2, (wanted[1] + wanted[3]) / 2
    inside = ours[0] <= x < ours[2] and ours[1] <= y < ours[3]
    return inside and 1 / FACTOR <= size(ours) / size(wanted) <= FACTOR


def pair(
    wanted: Sequence[Box], ours: Sequence[Box], size: Callable[[Box], float] = size_of
) -> list[tuple[Box, Box | None]]:
    """Each wanted box with the first of ours that fits and is not taken, or with None."""
    left = list(ours)
    pairs: list[tuple[Box, Box | None]] = []
    for box in wanted:
        match = next((other for other in left if fits(box, other, size)), None)
        if match is not None:
            left.remove(match)
        pairs.append((box, match))
    return pairs


def compare(path: Path, count: int, wanted: Finder, ours: Finder) -> dict[str, Any]:
    """What both find in one video.

    Raises:
        GenConViTError: it cannot be read.
    """
    clip = video.probe(path)
    pairs: list[tuple[Box, Box | None]] = []
    unmatched: list[dict[str, Any]] = []
    found = by_width = 0
    planned = video.plan(Sampling("even", count, 0.0), clip)
    for number, frame in enumerate(video.read_frames(clip, planned)):
        order = (wanted, ours) if number % 2 else (ours, wanted)
        boxes = {finder.method.name: finder.find(frame.pixels) for finder in order}
        pairs += pair(boxes[WANTED], boxes[OURS])
        met = pair(boxes[WANTED], boxes[OURS], width_of)
        by_width += sum(match is not None for _, match in met)
        found += len(boxes[OURS])
        unmatched += [{"frame": frame.index, "box": box, "ours": boxes[OURS]} for box, match in met if match is None]
    return {
        "clip": path.name,
        "size_px": [clip.width_px, clip.height_px],
        "wanted": len(pairs),
        "ours": found,
        "matched_by_width": by_width,
        "matched_by_area": sum(match is not None for _, match in pairs),
        "unmatched_by_width": unmatched,
        "size_ratios": [size_of(match) / size_of(box) for box, match in pairs if match is not None],
    }


def measure(folder: Path, count: int, threads: int) -> dict[str, Any]:
    """Over all videos of the folder. Raises NothingToMatch."""
    wanted, ours = (Finder(methods.find(name, [SHIPPED / "methods"]), threads) for name in (WANTED, OURS))
    load = load_average()
    clips: list[dict[str, Any]] = []
    not_videos: list[str] = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        try:
            clips.append(compare(path, count, wanted, ours))
        except GenConViTError as error:
            not_videos.append(f"{path.name}: {type(error).__name__}")
    if not clips:
        raise NothingToMatch(f"{folder}: no video in it")
    if not any(clip["wanted"] for clip in clips):
        raise NothingToMatch(f"{folder}: HOG finds no face in its videos")
    ratios = [ratio for clip in clips for ratio in clip.pop("size_ratios")]
    return {
        "schema": SCHEMA,
        **taken_on(),
        "load_average": [load, load_average()],
        "frames_per_clip": count,
        "threads": threads,
        "factor": FACTOR,
        "wanted": wanted.figures(),
        "ours": ours.figures(),
        "boxes": sum(clip["wanted"] for clip in clips),
        "matched_by_width": sum(clip["matched_by_width"] for clip in clips),
        "matched_by_area": sum(clip["matched_by_area"] for clip in clips),
        "size_ratio": {"least": min(ratios), "median": statistics.median(ratios), "most": max(ratios)}
        if ratios
        else None,
        "clips": clips,
        "not_videos": not_videos,
    }


def table(result: Mapping[str, Any]) -> str:
    lines = [f"{'':36}{'HOG':>6}{'ours':>6}{'by width':>10}{'by area':>9}"]
    lines += [
        f"{row['clip']:36}{row['wanted']:6}{row['ours']:6}{row['matched_by_width']:10}{row['matched_by_area']:9}"
        for row in result["clips"]
    ]
    lines += [
        f"  frame {lost['frame']} of {row['clip']}: {lost['box']} is not matched by its width, "
        f"ours: {lost['ours'] or 'none'}"
        for row in result["clips"]
        for lost in row["unmatched_by_width"]
    ]
    by_width, by_area = result["matched_by_width"], result["matched_by_area"]
    lines.append(f"of {result['boxes']} boxes of HOG's, {by_width} matched by width, {by_area} by area")
    if ratio := result["size_ratio"]:
        lines.append(f"sizes {ratio['least']:.2f} to {ratio['most']:.2f} times HOG's, median {ratio['median']:.2f}")
    columns = (
        ("frames", 8),
        ("with a face", 13),
        ("faces", 7),
        ("s", 8),
        ("CPU s", 8),
        ("faces/s", 9),
        ("per CPU s", 11),
    )
    lines.append(" " * 12 + "".join(f"{name:>{width}}" for name, width in columns))
    lines += [
        f"{row['finder']:12}{row['frames']:8}{row['frames_with_a_face']:13}{row['faces']:7}{row['seconds']:8.1f}"
        f"{row['cpu_seconds']:8.1f}{_rate(row['faces_per_second']):>9}{_rate(row['faces_per_cpu_second']):>11}"
        for row in (result["wanted"], result["ours"])
    ]
    return "\n".join(lines)


def _rate(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--frames", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS / "faces.json", metavar="FILE")
    arguments = parser.parse_args()
    faces.use_threads(arguments.threads)
    try:
        result = measure(arguments.folder, arguments.frames, arguments.threads)
    except NothingToMatch as error:
        print(f"{error}; nothing was written.", file=sys.stderr)
        return 2
    print(table(result))
    write_results(arguments.out, result)
    return int(result["matched_by_width"] < result["boxes"])


if __name__ == "__main__":
    sys.exit(main())
