"""One process of a benchmark: examines a clip once, and again as often as is asked, and prints a line of JSON for each.

    python -m benchmarks.one_run released|ours CLIP [--method released] [--finder standard] [--frames 15] ...

``released`` is the released protocol (benchmarks/released_protocol.py), ``ours`` what the engine process of the program
runs. Other benchmarks start this program and take the time from outside, with ``examine`` of benchmarks/processes.py.

A line holds ``seconds`` by stage, ``score``, ``frames``, ``faces`` and ``peak_bytes`` of the process so far. Stages of
ours overlap. ``import`` is the time in import statements, on whichever thread; in ours it lies within other stages.
With ``--alone`` a last line holds what the networks take for as many crops, with nothing else under way.
"""

from __future__ import annotations

import argparse
import builtins
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.machine import peak_memory_bytes

if TYPE_CHECKING:
    from genconvit.method import Method

ALONE_TIMES = 5


def parser() -> argparse.ArgumentParser:
    """Of the words that :func:`benchmarks.processes.examine` is given."""
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    line.add_argument("side", choices=("released", "ours"))
    line.add_argument("clip", type=Path, metavar="CLIP")
    line.add_argument("--method", default="released", help="default: released")
    line.add_argument("--finder", default="", metavar="METHOD", help="find faces as that method does, without a rule")
    line.add_argument("--frames", type=int, help="this many frames, evenly spread")
    line.add_argument("--every", type=float, metavar="SECONDS")
    line.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    line.add_argument("--device", default="cpu")
    line.add_argument("--weights-home", type=Path, metavar="DIR", help="VERIFRAME_HOME with imported weights")
    line.add_argument("--released-weights", type=Path, metavar="DIR", help="folder of the two released files")
    line.add_argument("--warm", type=int, default=0, metavar="N", help="runs after the first")
    line.add_argument("--alone", action="store_true", help="also time the networks with nothing else under way")
    return line


class Imports:
    """Seconds spent in import statements, outermost ones only, summed over threads."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = threading.local()
        self._import = builtins.__import__

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count what is imported meanwhile."""
        builtins.__import__ = self._timed
        try:
            yield
        finally:
            builtins.__import__ = self._import

    def _timed(self, *words: Any, **named: Any) -> Any:
        if getattr(self._depth, "within", False):
            return self._import(*words, **named)
        self._depth.within, start = True, time.perf_counter()
        try:
            return self._import(*words, **named)
        finally:
            self.seconds += time.perf_counter() - start
            self._depth.within = False


def run_released(arguments: argparse.Namespace) -> None:
    """Print the lines of the released protocol."""
    start = time.perf_counter()
    from benchmarks.released_protocol import ReleasedProtocol, load

    imported_s = time.perf_counter() - start
    protocol = ReleasedProtocol(load(arguments.released_weights, arguments.device), arguments.device)
    first = {"import": imported_s, "load": time.perf_counter() - start - imported_s}
    for _ in range(1 + arguments.warm):
        protocol.seconds.clear()
        begun = time.perf_counter()
        score = protocol.run(arguments.clip, arguments.frames)
        total_s = time.perf_counter() - begun
        _tell({**first, **protocol.seconds, "total": total_s}, score, arguments.frames, protocol.faces)
        first = {}


def run_ours(arguments: argparse.Namespace) -> None:
    """Print the lines of the program."""
    imports = Imports()
    with imports.timed():
        from genconvit.engine_process import Work
        from genconvit.progress import QUIET

        folders = _folders(arguments.weights_home)
        method = method_of(arguments, folders)
        work = Work(folders)
        faces, told_s = 0, 0.0
        for _ in range(1 + arguments.warm):
            analysis = work.examine(arguments.clip, method, arguments.device, None, QUIET).analysis
            seconds = {"import": imports.seconds - told_s, **analysis.timings_s}
            told_s = imports.seconds
            faces = analysis.coverage.faces_used
            verdict = analysis.verdict
            score = verdict.fake if verdict.published_score is None else verdict.published_score
            _tell(_renamed(seconds), score, analysis.coverage.frames_read, faces)
    if arguments.alone:
        del work
        _tell_alone(method, folders, arguments.device, faces)


def method_of(arguments: argparse.Namespace, folders: tuple[Path, ...]) -> Method:
    """The method that the words ask for. With another finder it has no rule: none was derived for it."""
    from genconvit import method as methods

    places = [folder / "methods" for folder in folders]
    method = methods.find(arguments.method, places)
    method = methods.changed(method, count=arguments.frames, seconds=arguments.every, precision=arguments.precision)
    if not arguments.finder:
        return method
    finding = replace(methods.find(arguments.finder, places).finding, most_faces=method.finding.most_faces)
    return replace(method, name=f"{method.name}, faces as in {arguments.finder}", finding=finding, rule=None)


def _tell(seconds: dict[str, float], score: float | None, frames: int, faces: int) -> None:
    told = {"seconds": seconds, "score": score, "frames": frames, "faces": faces, "peak_bytes": peak_memory_bytes()}
    print(json.dumps(told), flush=True)


def _tell_alone(method: Method, folders: tuple[Path, ...], device: str, faces: int) -> None:
    import numpy as np

    from genconvit.detector import Detector

    size = method.crop.size_px
    crops = np.random.default_rng(0).integers(0, 256, (faces, size, size, 3), dtype=np.uint8)
    detector = Detector(method, folders, device)
    taken = []
    for _ in range(ALONE_TIMES + 1):
        start = time.perf_counter()
        detector.score(crops)
        taken.append(time.perf_counter() - start)
    print(json.dumps({"alone_s": statistics.median(taken[1:])}), flush=True)


def _renamed(seconds: dict[str, float]) -> dict[str, float]:
    """Stages under the names that both sides share."""
    names = {"read": "decode"}
    return {names.get(name, name): value for name, value in seconds.items()}


def _folders(home: Path | None) -> tuple[Path, ...]:
    from genconvit import places

    if home is not None:
        os.environ[places.HOME_VARIABLE] = str(home)
    return (places.user_folder(), places.SHIPPED)


def main() -> None:
    arguments = parser().parse_args()
    if arguments.side == "released":
        run_released(arguments)
    else:
        run_ours(arguments)


if __name__ == "__main__":
    main()
