"""How long the window's event loop is blocked while a clip is examined in it.

    python -m benchmarks.event_loop [CLIP] [--repetitions 3]

The real window on Qt's offscreen platform, with its engine processes and the method ``standard``, in a home of its own.
A timer of 1 ms on the GUI thread notes the time between its beats; what is beyond 1 ms, the event loop was blocked (or
the machine had no core free for it). The steps: a case is made, the clip taken in and analyzed, its result opened with
the picture of the first flagged frame; then frames are gone through and the report is written. ``examination`` is all
but ``frames`` and ``report``. Largest gap and 99th percentile of all gaps per step, over all repetitions; and the most
processor time that the GUI thread itself took between two beats, which other programs do not change much. Exit status 1
where a gap of any step is longer than is promised, after the results were written.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from benchmarks.clips import DEMO
from benchmarks.machine import load_average, taken_on
from benchmarks.processes import RESULTS, Others, write_results
from genconvit.places import HOME_VARIABLE

if TYPE_CHECKING:
    from desktop.jobs.session import Session
    from desktop.ui.main_window import MainWindow

SCHEMA = "veriframe.benchmarks.event_loop/1"
BEAT_MS = 1
LOOK_MS = 10
LONGEST_MS = 50.0
"""What is promised of every step."""
EXAMINATION = ("case", "intake", "analysis", "result")
STEPS_THROUGH = 20
PATIENCE_S = 1800.0

Gap = tuple[float, float]
"""Milliseconds between two beats, and those of them in which the GUI thread had a processor."""
Gaps = dict[str, list[Gap]]
"""By step."""


def summary(gaps: Gaps) -> dict[str, dict[str, Any]]:
    """Per step, and for the examination as a whole, how long beats were apart."""
    whole = [gap for step in EXAMINATION for gap in gaps.get(step, [])]
    return {name: _figures(values) for name, values in {**gaps, "examination": whole}.items() if values}


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(-int(-share * len(ordered) // 1) - 1, 0)]


def _figures(gaps: Sequence[Gap]) -> dict[str, Any]:
    between = [gap for gap, _ in gaps]
    return {
        "beats": len(gaps),
        "seconds": sum(between) / 1000,
        "largest_ms": max(between),
        "percentile_99_ms": percentile(between, 0.99),
        "over_50_ms": sum(gap > LONGEST_MS for gap in between),
        "largest_own_ms": max(own for _, own in gaps),
    }


def missed(steps: dict[str, dict[str, Any]]) -> list[str]:
    """Steps with a gap longer than is promised; ``steps`` as :func:`summary` gives them."""
    return [name for name, figures in steps.items() if figures["largest_ms"] > LONGEST_MS]


class ExaminationFailed(Exception):
    """A step that did not come to its end; the text says which and why."""


class Beats:
    """A heart on the GUI thread. ``step``: what the gaps from now on belong to."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: Gaps = {}
        self.step = ""
        self._last = _now()
        self._timer = QTimer(interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    @contextmanager
    def beating(self) -> Iterator[None]:
        self._last = _now()
        self._timer.start()
        try:
            yield
        finally:
            self._timer.stop()

    def _beat(self) -> None:
        now = _now()
        self.gaps.setdefault(self.step, []).append((now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now


def _now() -> Gap:
    """Milliseconds on the clock, and of the processor for this thread."""
    return time.perf_counter() * 1000, time.thread_time() * 1000


def until(done: Callable[[], bool]) -> None:
    """Let the event loop run until that is so. Raises ExaminationFailed."""
    from PySide6.QtCore import QEventLoop, QTimer

    deadline_s = time.monotonic() + PATIENCE_S
    loop = QEventLoop()
    timer = QTimer(interval=LOOK_MS)
    timer.timeout.connect(lambda: loop.quit() if done() or time.monotonic() > deadline_s else None)
    timer.start()
    if not done():
        loop.exec()
    if not done():
        raise ExaminationFailed(f"not done after {PATIENCE_S:g} s")


def examine(clip: Path) -> Gaps:
    """The steps, in a window of its own. Raises ExaminationFailed."""
    from desktop import paths
    from desktop.jobs.session import Session
    from desktop.ui import start
    from desktop.ui.main_window import MainWindow
    from genconvit.engine import Engine

    start.make_application("light")
    folders = paths.weight_folders()
    session = Session(paths.library_folder(), folders, Engine(folders), Engine(folders), Engine(folders))
    window = MainWindow(session, start.settings_file())
    try:
        window.show()
        until(lambda: window.library.is_shown)
        beats = Beats()
        with beats.beating():
            _walk(window, session, clip, beats)
        return beats.gaps
    finally:
        session.cancel_all()  # what a failed step left under way would be asked about
        window.close()


def _walk(window: MainWindow, session: Session, clip: Path, beats: Beats) -> None:
    from desktop.cases.records import CaseDetails
    from desktop.messages import message

    failures: list[BaseException] = []
    session.failed.connect(lambda kind, key, error: failures.append(error))

    def take(step: str, do: Callable[[], object], done: Callable[[], bool]) -> None:
        beats.step = step
        do()
        until(lambda: bool(failures) or done())
        if failures:
            words = message(failures[0])
            raise ExaminationFailed(f"{clip.name}, {step}: {words.text if words else repr(failures[0])}")

    stage = window.case.stage
    details = CaseDetails(number="1", title="Event loop")
    take("case", lambda: session.create_case(details), lambda: session.snapshot is not None)
    take("intake", lambda: window.drop([clip]), lambda: window.case.evidence is not None)
    take("analysis", window.analyze, lambda: bool(session.snapshot and session.snapshot.analyses))
    take("result", lambda: None, lambda: stage.analysis is not None and stage.view.has_picture)
    for _ in range(STEPS_THROUGH):
        take("frames", lambda: stage.step(1, False), lambda: stage.view.has_picture)
    take("report", window.export, lambda: bool(session.snapshot and session.snapshot.reports))


def measure(clip: Path, repetitions: int) -> dict[str, Any]:
    """Raises as :func:`examine`."""
    load, watch = load_average(), Others()
    gaps: Gaps = {}
    for _ in range(repetitions):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with folder as home, mock.patch.dict(os.environ, {HOME_VARIABLE: home}):
            for step, values in examine(clip).items():
                gaps.setdefault(step, []).extend(values)
    return {
        "schema": SCHEMA,
        **taken_on(),
        "load_average": load,
        "others": watch.processors(),
        "clip": clip.name,
        "repetitions": repetitions,
        "beat_ms": BEAT_MS,
        "steps": summary(gaps),
    }


def _line(step: str, figures: dict[str, Any]) -> str:
    parts = (
        f"{step:12s}{figures['seconds']:8.1f} s",
        f"largest gap {figures['largest_ms']:7.1f} ms",
        f"99th percentile {figures['percentile_99_ms']:6.1f} ms",
        f"over {LONGEST_MS:g} ms: {figures['over_50_ms']:4d}",
        f"own work at most {figures['largest_own_ms']:6.1f} ms",
    )
    return "  ".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, nargs="?", default=DEMO, metavar="CLIP", help="default: the bundled one")
    parser.add_argument("--repetitions", type=int, default=3, metavar="N")
    parser.add_argument("--out", type=Path, default=RESULTS / "event_loop.json", metavar="FILE")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        document = measure(arguments.clip.absolute(), arguments.repetitions)
    except ExaminationFailed as error:
        print(error, file=sys.stderr)
        return 1
    for step, figures in document["steps"].items():
        print(_line(step, figures))
    late = missed(document["steps"])
    print(f"Promised: no gap over {LONGEST_MS:g} ms: {'MISSED in ' + ', '.join(late) if late else 'met'}")
    write_results(arguments.out, document)
    return int(bool(late))


if __name__ == "__main__":
    sys.exit(main())
