"""A case, a file that only looks like a video, and an engine that only looks like one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.cases.case import Case
from desktop.cases.opening import create_case
from desktop.cases.records import CaseDetails
from genconvit import verdict
from genconvit.certificate import Certificate
from genconvit.certifying import FreshRun, certify
from genconvit.method import Method, Rule
from genconvit.progress import QUIET, Progress
from genconvit.records import (
    Analysis,
    Examination,
    FaceScore,
    Picture,
    Video,
)
from tests.desktop.samples import facts_of, provenance_of, require_pictures, without_rule

DETAILS = CaseDetails(number="2026-0117", title="Testanruf", examiner="Dr. Käthe Öz", laboratory="Labor 3")


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of writes here; what is synchronised, and when, has a test of its own."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with create_case(tmp_path / "case", DETAILS) as case:
        yield case


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Bytes with the name of a video. The store does not look inside."""
    path = tmp_path / "Anruf 1.mp4"
    path.write_bytes(b"frames " * 180_000)
    return path


def a_method() -> Method:
    method = without_rule(15)
    return replace(method, rule=Rule("tracks", 0.7, 0.3, 0.8, 1, (method.core_sha256,), "one clip", ()))


def analysis_of(video: Video, pair: tuple[float, float] = (0.91, 0.09)) -> Analysis:
    networks, method = {"ed": pair}, a_method()
    fake = verdict.fake_of(networks)
    score = FaceScore(7, 3584, 0.28, (10, 20, 110, 140), 0.99, 1, networks, fake, True, None, "ab" * 32)
    examined = ((7, 3584, 0.28),)
    tracks, decided, coverage = verdict.decide((score,), method, video, examined, 15)
    return Analysis(
        video=video,
        method=method,
        scores=(score,),
        tracks=tracks,
        verdict=decided,
        coverage=coverage,
        provenance=provenance_of(video, method, "cpu"),
        timings_s={"decode": 1.0},
        examined=examined,
    )


def picture_in(folder: Path, content: bytes = b"png", kind: str = "frame") -> Picture:
    sha256 = hashlib.sha256(content).hexdigest()
    path = folder / f"{sha256}.png"
    path.write_bytes(content)
    return Picture(7, 0.28, kind, None if kind == "frame" else 1, sha256, 640, 360, path)


class FakeEngine:
    """Answers at once. A file that begins with ``sound`` has no pictures; ``failures`` are raised when a file of that
    name is examined."""

    def __init__(self) -> None:
        self.failures: dict[str, BaseException] = {}
        self.asked: list[tuple[Path, str, str]] = []
        self.stopped = False

    def probe(self, path: Path, progress: Progress = QUIET) -> Video:
        require_pictures(path)
        progress.report(1.0)
        return facts_of(path)

    def examine(
        self,
        path: Path,
        method: Method,
        device: str = "auto",
        pictures: Path | None = None,
        progress: Progress = QUIET,
    ) -> Examination:
        self.asked.append((path, method.name, device))
        assert pictures is not None
        kept = (picture_in(pictures), picture_in(pictures, b"crop", "crop"))
        progress.report(0.5, 7)
        if (failure := self.failures.get(path.name)) is not None:
            raise failure
        return Examination(analysis_of(facts_of(path)), kept)

    def stop(self) -> None:
        self.stopped = True

    def __enter__(self) -> FakeEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def method() -> Method:
    return a_method()


@pytest.fixture
def examined(engine: FakeEngine, method: Method) -> Callable[[Case, str], Examination]:
    """What the engine would have made of an evidence: one flagged frame, with its picture and a crop."""
    return lambda case, evidence_id: engine.examine(case.evidence_path(evidence_id), method, "cpu", case.staging())


@pytest.fixture
def probed() -> Callable[[Path], Video]:
    return facts_of


@pytest.fixture
def certified() -> Callable[..., Certificate]:
    """The certificate of two made-up runs on a file; ``drift``: what the second one's score is lower by; ``off``: what
    both are lower by than the fake engine's."""

    def make(path: Path, drift: float = 0.0, off: float = 0.0) -> Certificate:
        runs = [analysis_of(facts_of(path), (0.91 - off - less, 0.09)) for less in (0.0, drift)]
        return certify([FreshRun(analysis, {7: "ab" * 32}) for analysis in runs], None, "This machine has no other.")

    return make
