"""Seconds until ``python -m genconvit --help`` has ended and until the window of ``python -m desktop`` can be used.

    python -m benchmarks.startup [--repetitions 5]

Each from the start of a process of its own, medians, files in the system's cache. The window is the real one on Qt's
offscreen platform with an empty home (benchmarks/window_start.py): ``shown`` when it has been drawn and the event loop
waits for the first time, ``usable`` when its list of cases is there too. Exit status 1 where help or ``usable`` takes
longer than is promised, after the results were written.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import load_average, taken_on
from benchmarks.processes import RESULTS, ROOT, Others, ProcessFailed, stamped, write_results

SCHEMA = "veriframe.benchmarks.startup/1"
PROMISED_S = {"help": 0.5, "usable": 2.0}
"""At most, by what was timed."""


def summary(measured: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Any]]:
    """Median and all values by what was timed."""
    return {name: {"median_s": statistics.median(values), "all_s": list(values)} for name, values in measured.items()}


def missed(seconds: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What took longer than is promised; ``seconds`` as :func:`summary` gives them."""
    return [name for name, most_s in PROMISED_S.items() if seconds[name]["median_s"] > most_s]


def measure(repetitions: int) -> dict[str, Any]:
    """Raises ProcessFailed."""
    load, watch = load_average(), Others()
    measured: dict[str, list[float]] = {"help": [], "shown": [], "usable": []}
    for _ in range(repetitions):
        measured["help"].append(_help_s())
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            environment = {"VERIFRAME_HOME": home, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
            lines = stamped(["-m", "benchmarks.window_start"], environment)
        at = {told["at"]: taken_s for taken_s, told in lines}
        measured["shown"].append(at["shown"])
        measured["usable"].append(at["listed"])
    return {
        "schema": SCHEMA,
        **taken_on(),
        "repetitions": repetitions,
        "load_average": load,
        "others": watch.processors(),
        "seconds": summary(measured),
    }


def _help_s() -> float:
    words = ["-m", "genconvit", "--help"]
    start = time.perf_counter()
    ran = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    taken_s = time.perf_counter() - start
    if ran.returncode:
        raise ProcessFailed(words, ran.stderr)
    return taken_s


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5, metavar="N")
    parser.add_argument("--out", type=Path, default=RESULTS / "startup.json", metavar="FILE")
    arguments = parser.parse_args()
    try:
        document = measure(arguments.repetitions)
    except ProcessFailed as error:
        print(error, file=sys.stderr)
        return 1
    late = missed(document["seconds"])
    words = {"help": "python -m genconvit --help", "shown": "window shown", "usable": "window usable"}
    for name, said in words.items():
        most_s = PROMISED_S.get(name)
        bar = "" if most_s is None else f" (promised: {most_s:g} s, {'MISSED' if name in late else 'met'})"
        print(f"{said}: {document['seconds'][name]['median_s']:.2f} s{bar}")
    write_results(arguments.out, document)
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main())
