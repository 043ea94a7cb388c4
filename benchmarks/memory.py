"""Peak memory of an examination over the length of the clip: flat when a 10-minute clip needs what a 1-minute one does.

    python -m benchmarks.memory [--minutes 1 2 5 10] [--every 0.2]

The clips are the bundled one again and again, examined by the method ``standard`` with a frame every 0.2 s, so that
the number of examined frames grows with the length; each in a process of its own. Memory is what benchmarks/machine.py
says. ``growth`` is the peak of the longest clip over that of the shortest, less 1; flat is at most 0.10. Exit status 1
where it is not flat, after the results were written.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.clips import loop
from benchmarks.machine import taken_on
from benchmarks.processes import RESULTS, ProcessFailed, examine, write_results

SCHEMA = "veriframe.benchmarks.memory/1"
FLAT = 0.10


def growth(points: Sequence[dict[str, Any]]) -> float:
    """Of the peak from the shortest to the longest clip, as a share of the former."""
    by_length = sorted(points, key=lambda point: float(point["minutes"]))
    return float(by_length[-1]["peak_bytes"] / by_length[0]["peak_bytes"] - 1.0)


def measure(minutes: Sequence[float], every_s: float) -> dict[str, Any]:
    """Raises ProcessFailed."""
    points = []
    with tempfile.TemporaryDirectory() as folder:
        for length in minutes:
            clip = loop(Path(folder) / f"{length:g}.mp4", length * 60)
            process = examine(["ours", str(clip), "--method", "standard", "--every", str(every_s)])
            run = process.runs[0]
            points.append(
                {
                    "minutes": length,
                    "frames": run["frames"],
                    "faces": run["faces"],
                    "peak_bytes": run["peak_bytes"],
                    "seconds": process.cold_s,
                    "load_average": process.load,
                    "others": process.others,
                }
            )
            print(_line(points[-1]), flush=True)
            clip.unlink()
    return {"schema": SCHEMA, **taken_on(), "every_s": every_s, "points": points, "growth": growth(points)}


def _line(point: dict[str, Any]) -> str:
    peak = point["peak_bytes"] / 1e6
    return f"{point['minutes']:5g} min  {point['frames']:5d} frames  {peak:7.0f} MB at most  {point['seconds']:7.1f} s"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 2.0, 5.0, 10.0], metavar="N")
    parser.add_argument("--every", type=float, default=0.2, metavar="SECONDS")
    parser.add_argument("--out", type=Path, default=RESULTS / "memory.json", metavar="FILE")
    arguments = parser.parse_args()
    try:
        document = measure(arguments.minutes, arguments.every)
    except ProcessFailed as error:
        print(error, file=sys.stderr)
        return 1
    flat = document["growth"] <= FLAT
    print(f"{document['growth']:+.1%} from the shortest to the longest: {'flat' if flat else 'NOT flat'}")
    write_results(arguments.out, document)
    return int(not flat)


if __name__ == "__main__":
    sys.exit(main())
