"""Faces are scored on a thread of their own, and which of them together depends on the frames only."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from genconvit import gathering
from genconvit.analyze import analyze
from genconvit.engine_process import Work
from genconvit.errors import OutOfMemory
from genconvit.gathering import Clock, Scorer
from genconvit.method import Finding, Method
from genconvit.progress import QUIET, Cancelled, Progress, Reporter
from genconvit.records import FoundFace, Frame, Pixels
from tests.genconvit.stages_for_tests import BOX, METHOD, Level, Middle, run

pytestmark = pytest.mark.usefixtures("one_person", "no_thread_left")


class Slow(Level):
    """Scores nothing before ``enough`` frames have been looked at."""

    def __init__(self, finder: Middle, enough: int) -> None:
        self.finder, self.enough, self.batches = finder, enough, list[int]()
        self.threads: set[int] = set()

    def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
        self.batches.append(len(crops))
        self.threads.add(threading.get_ident())
        for _ in range(3000):
            if self.finder.looks >= self.enough:
                return super().score(crops)
            time.sleep(0.01)
        raise AssertionError("no face is looked for while others are scored")


def test_faces_are_found_while_others_are_scored(portrait_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "BATCH", 1)
    finder = Middle()
    scorer = Slow(finder, METHOD.sampling.count - 1)
    examination = run(portrait_clip, lambda: scorer, finder)
    assert scorer.batches == [1] * len(examination.analysis.scores)
    assert threading.get_ident() not in scorer.threads


def test_no_more_than_one_batch_is_scored_and_one_gathered(
    portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "BATCH", 1)
    taken: list[int] = []
    ahead: list[int] = []

    class Counting(Level):
        scored = 0

        def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
            time.sleep(0.05)
            ahead.append(len(taken) - self.scored)
            self.scored += len(crops)
            return super().score(crops)

    run(portrait_clip, Counting, seen=lambda frame: taken.append(frame.index))
    assert max(ahead) <= 2


def test_where_scoring_and_finding_fail_the_fault_of_the_scoring_is_raised(
    portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "BATCH", 1)
    fault = OutOfMemory("cpu", 1)

    class Lost(Middle):
        def find(self, pixels: Pixels) -> list[FoundFace]:
            if self.looks:
                raise RuntimeError("no face can be looked for any more")
            return super().find(pixels)

    class Failing(Level):
        def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
            time.sleep(0.1)
            raise fault

    with pytest.raises(OutOfMemory) as caught:
        run(portrait_clip, Failing, Lost())
    assert caught.value is fault


def test_a_fault_of_the_scoring_ends_the_work_by_its_own_name(
    portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "BATCH", 1)
    fault = OutOfMemory("cpu", 1)
    finder = Middle()
    finder.go_on.clear()

    class Failing(Level):
        def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
            # The second frame is found only after the failure is known.
            threading.Timer(0.2, finder.go_on.set).start()
            raise fault

    taken: list[Frame] = []
    with pytest.raises(OutOfMemory) as caught:
        run(portrait_clip, Failing, finder, seen=taken.append)
    assert caught.value is fault
    assert len(taken) == 1, "more frames were taken after scoring had failed"


def test_whoever_waits_for_the_scores_can_cancel(portrait_clip: Path) -> None:
    told, waiting = 0, threading.Event()

    class Waiting(Level):
        def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
            assert waiting.wait(30)
            return super().score(crops)

    def cancel(fraction: float, frames: int | None) -> None:
        nonlocal told
        told += fraction == 1.0
        if told == 3:
            waiting.set()
            raise Cancelled

    with pytest.raises(Cancelled):
        run(portrait_clip, Waiting, progress=Reporter(cancel))


def test_scoring_that_waits_for_the_weights_ends_with_the_rest(
    portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "BATCH", 1)

    class Breaks(Middle):
        def find(self, pixels: Pixels) -> list[FoundFace]:
            if self.looks == 1:
                raise ArithmeticError("the finder's own")
            return super().find(pixels)

    def load(progress: Progress) -> Scorer:
        for _ in range(3000):
            time.sleep(0.01)
            progress.report(0.5)
        raise AssertionError("nobody cancelled the loading")

    with pytest.raises(ArithmeticError, match="the finder's own"):
        analyze(portrait_clip, METHOD, folders=(), detector=load, finder=lambda _: Breaks())


def test_faces_are_scored_together_by_frames_and_never_more_than_go_through_at_once(
    portrait_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "BATCH", 4)

    class Three(Middle):
        def find(self, pixels: Pixels) -> list[FoundFace]:
            left, top, right, bottom = BOX
            return [FoundFace((left + x, top, right + x, bottom), 0.9) for x in range(3 if super().find(pixels) else 0)]

    scorer = Slow(Middle(), 0)
    run(portrait_clip, lambda: scorer, Three())
    assert scorer.batches == [3] * (len(scorer.batches))
    assert len(scorer.batches) > 1


def test_the_engine_makes_a_finder_once(
    portrait_clip: Path, tiny_weights: Path, tiny_method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Finding] = []

    def make(finding: Finding) -> Middle:
        made.append(finding)
        return Middle()

    monkeypatch.setattr("genconvit.faces.make_finder", make)
    other = replace(tiny_method, finding=replace(tiny_method.finding, longest_side_px=320))
    work = Work((tiny_weights,))
    for method in (tiny_method, tiny_method, other):
        work.examine(portrait_clip, method, "cpu", None, QUIET)
    assert made == [tiny_method.finding, other.finding]


def test_each_name_of_the_clock_belongs_to_one_thread(portrait_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, set[int]] = {}
    stage = Clock.stage

    def watched(clock: Clock, name: str) -> AbstractContextManager[None]:
        threads.setdefault(name, set()).add(threading.get_ident())
        return stage(clock, name)

    monkeypatch.setattr(Clock, "stage", watched)
    monkeypatch.setattr(gathering, "BATCH", 1)
    run(portrait_clip, Level)
    assert {name for name, seen in threads.items() if len(seen) > 1} == set()
    assert {"load", "probe", "read", "find", "link", "crop", "score", "total"} <= set(threads)
