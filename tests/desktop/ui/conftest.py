"""An engine whose analyses look like real ones, and a window on it."""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.cases.records import CaseDetails
from desktop.jobs.session import Session
from desktop.models import images
from desktop.ui import asking, start
from desktop.ui.main_window import MainWindow
from genconvit import method as methods
from genconvit import places, verdict
from genconvit.method import Method, Rule, RuleEvidence
from genconvit.progress import QUIET, Progress
from genconvit.records import (
    Analysis,
    Examination,
    FaceScore,
    Frame,
    NotUsed,
    Picture,
    Pixels,
    Video,
)
from tests.desktop.samples import facts_of, provenance_of, require_pictures, without_rule

WIDTH_PX, HEIGHT_PX = 320, 180
FRAMES, FPS = 240, 30.0

EVIDENCE = (
    RuleEvidence("real ones called FAKE (Wilson)", 412, 0.05, 0.033, 0.076, True),
    RuleEvidence("fake ones called REAL (Wilson)", 412, 0.04, 0.025, 0.063, True),
    RuleEvidence("area under the curve of held-out identities (bootstrap)", 412, 0.94, 0.92, 0.96, False),
)


class SampleEngine:
    """Makes an analysis by the name of the file: ``fake``, ``between``, ``noface``, anything else is below the rule.

    ``hold``: examine waits until it is stopped. ``failure``: raised by examine.
    ``taken_for``: a name to go by instead of the file's. ``device``: as the record names it.
    """

    def __init__(self) -> None:
        self.hold = False
        self.failure: Exception | None = None
        self.taken_for = ""
        self.device = "cpu (2 threads)"
        self.stops = 0
        self.entered = threading.Event()
        self._released = threading.Event()

    def probe(self, path: Path, progress: Progress = QUIET) -> Video:
        require_pictures(path)
        progress.report(1.0)
        return facts_of(path, WIDTH_PX, HEIGHT_PX)

    def examine(
        self,
        path: Path,
        method: Method,
        device: str = "auto",
        pictures: Path | None = None,
        progress: Progress = QUIET,
    ) -> Examination:
        self.entered.set()
        while self.hold:
            progress.report(0.4, 9)
            if self._released.wait(0.01):
                self._released.clear()
                progress.report(0.4, 9)
        if self.failure is not None:
            raise self.failure
        assert pictures is not None
        analysis = analysis_of(self.probe(path), method, self.taken_for or path.name)
        analysis = replace(analysis, provenance=replace(analysis.provenance, device=self.device))
        kept = tuple(self._picture(path, frame, pictures) for frame in analysis.verdict.flagged_frames)
        progress.report(1.0, analysis.coverage.frames_read)
        return Examination(analysis, kept)

    def read_frame(self, path: Path, index: int, progress: Progress = QUIET) -> Frame:
        return Frame(index, index * 512, index / FPS, self.pixels(path, index))

    def stop(self) -> None:
        self.stops += 1
        self._released.set()

    def pixels(self, path: Path, index: int) -> Pixels:
        picture = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
        picture[..., 2] = np.linspace(40, 160, WIDTH_PX, dtype=np.uint8)
        left, top, right, bottom = box_at(index)
        picture[top:bottom, left:right] = (200, 150, 120)
        return picture

    def _picture(self, path: Path, frame: int, folder: Path) -> Picture:
        image = images.to_image(self.pixels(path, frame))
        file = folder / f"{frame}.png"
        assert image.save(str(file))
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        file = file.rename(folder / f"{sha256}.png")
        return Picture(frame, frame / FPS, "frame", None, sha256, image.width(), image.height(), file)


def box_at(index: int) -> tuple[int, int, int, int]:
    left = 120 + round(20 * math.sin(index / 30))
    return left, 40, left + 80, 140


def a_method() -> Method:
    method = without_rule(24)
    rule = Rule("tracks", 0.7031, 0.4, 0.75, 5, (method.core_sha256,), "held-out identities, 412 videos", EVIDENCE)
    return replace(method, rule=rule)


def analysis_of(video: Video, method: Method, name: str) -> Analysis:
    """A person who is there all the time but for two frames, and a small face in the background now and then."""
    indices = [round(i * (FRAMES - 1) / 23) for i in range(24)]
    examined = tuple((index, index * 512, index / FPS) for index in indices)
    scores: list[FaceScore] = []
    for number, index in enumerate(indices):
        if "noface" in name or number in (4, 5):
            continue
        swing = 0.06 * math.sin(number * 1.7)
        altered = number >= 12
        fake = {"fake": 0.9 if altered else 0.56, "between": 0.55}.get(name.split("_")[0], 0.18) + swing
        pts, time_s = index * 512, index / FPS
        pair = {"ed": (fake, 1 - fake)}
        score = verdict.fake_of(pair)
        scores.append(FaceScore(index, pts, time_s, box_at(index), 0.98, 1, pair, score, True, None, "ab" * 32))
        if number % 6 == 0:
            box = (20, 60, 40, 84)
            scores.append(FaceScore(index, pts, time_s, box, 0.6, 2, {}, None, False, NotUsed.TOO_SMALL, None))
    tracks, decided, coverage = verdict.decide(scores, method, video, examined, len(indices))
    return Analysis(
        video,
        method,
        tuple(scores),
        tracks,
        decided,
        coverage,
        provenance_of(video, method, "cpu (2 threads)"),
        {"decode": 1.0, "faces": 2.5, "total": 3.6},
        examined,
    )


@pytest.fixture
def sample() -> SampleEngine:
    return SampleEngine()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data, and a program whose own method is the one that the settings name."""
    monkeypatch.setattr(places, "SHIPPED", tmp_path / "shipped")
    folder = paths.method_folders()[-1]
    folder.mkdir(parents=True)
    (folder / "standard.toml").write_text(methods.to_toml(a_method()), encoding="utf-8")
    return paths.library_folder()


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    """Files that the sample engine takes for videos."""
    files = [tmp_path / name for name in ("fake_call.mp4", "phone.mp4", "noface.mp4", "between_all.mp4")]
    for file in files:
        file.write_bytes(file.name.encode() * 1000)
    return files


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the window asked; it is told to go on."""
    questions: list[str] = []

    def answer(parent: QWidget, text: str, go: str, stay: str) -> bool:
        questions.append(text)
        return True

    monkeypatch.setattr(asking, "sure", answer)
    return questions


@pytest.fixture
def window(qtbot: QtBot, home: Path, sample: SampleEngine, asked: list[str]) -> Iterator[MainWindow]:
    """A window on an empty library, without a real engine and with nobody to ask."""
    start.make_application("light")
    session = Session(home, paths.weight_folders(), sample, SampleEngine(), SampleEngine())
    window = MainWindow(session, start.settings_file())
    qtbot.addWidget(window)
    with qtbot.waitSignal(session.listed):
        window.show()
    yield window
    window.close()


@pytest.fixture
def details() -> CaseDetails:
    return CaseDetails(number="2026-0117", title="Call of a witness", examiner="Dr. K. Öz")
