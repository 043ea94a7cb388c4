"""The application without its window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from desktop import examination
from desktop.cases.records import CaseDetails, CaseSnapshot, Mark, ReportEntry
from desktop.demo import DETAILS
from desktop.jobs import session as jobs
from desktop.jobs import tasks
from desktop.jobs.records import Adding, HowTo, Job
from desktop.jobs.session import Session
from genconvit import method as methods
from genconvit.errors import EngineDied, MethodMissing
from genconvit.method import Method
from genconvit.progress import QUIET, Progress
from genconvit.records import Examination, Frame, Video

HOW = HowTo("standard", 0, "cpu")


class Waiting:
    """The fake engine of the desktop tests, with single frames, and a door that can be kept shut."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.hold = False
        self.crash = False
        self.steps = 0
        """To be taken as fast as they go, before the rest waits for ``go_on``."""
        self.stepped = threading.Event()
        self.go_on = threading.Event()
        self.entered = threading.Event()
        self.stops = 0

    def probe(self, path: Path, progress: Progress = QUIET) -> Video:
        return self.inner.probe(path, progress)  # type: ignore[no-any-return]

    def examine(
        self,
        path: Path,
        method: Method,
        device: str = "auto",
        pictures: Path | None = None,
        progress: Progress = QUIET,
    ) -> Examination:
        self.entered.set()
        if self.crash:
            raise EngineDied(-9, "examine")
        while self.hold:
            progress.report(0.3, 4)
            threading.Event().wait(0.005)
        if self.steps:
            for step in range(self.steps):
                progress.report(step / 100, step)
            self.stepped.set()
            assert self.go_on.wait(30)
        return self.inner.examine(path, method, device, pictures, progress)  # type: ignore[no-any-return]

    def read_frame(self, path: Path, index: int, progress: Progress = QUIET) -> Frame:
        return Frame(index, index, index / 30, np.zeros((2, 2, 3), np.uint8))

    def stop(self) -> None:
        self.stops += 1


class Intake(Waiting):
    """Takes videos in, from a disk that may not answer, whoever asks for the end."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.disk = threading.Event()
        self.disk.set()

    def probe(self, path: Path, progress: Progress = QUIET) -> Video:
        self.entered.set()
        assert self.disk.wait(30)
        return super().probe(path, progress)


@pytest.fixture
def waiting(engine: Any) -> Waiting:
    return Waiting(engine)


@pytest.fixture
def intake(engine: Any) -> Intake:
    return Intake(engine)


@pytest.fixture
def session(waiting: Waiting, intake: Intake, method: Method, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    folder = tmp_path / "weight"
    (folder / "methods").mkdir(parents=True)
    (folder / "methods" / "standard.toml").write_text(methods.to_toml(method), encoding="utf-8")
    session = Session(tmp_path / "cases", (folder,), waiting, Waiting(waiting.inner), intake)
    with qtbot.waitSignal(session.case_opened):
        session.create_case(CaseDetails("1"))
    yield session
    session.close()


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    files = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for file in files:
        file.write_bytes(file.name.encode())
    return files


@pytest.fixture
def added(session: Session, clip: Path, qtbot: QtBot) -> CaseSnapshot:
    with qtbot.waitSignal(session.evidence_added):
        session.add_videos([clip], copy=True)
    assert session.snapshot is not None
    return session.snapshot


def test_a_video_is_taken_in_and_analyzed_in_one_go(session: Session, clip: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.analysis_made) as made:
        session.add_videos([clip], copy=True, then=HOW)
    assert made.args[0].label == "FAKE"
    assert not session.jobs and not session.chores
    assert session.snapshot is not None and len(session.snapshot.analyses) == 1
    with qtbot.waitSignal(session.analysis_loaded) as loaded:
        session.load_analysis(made.args[0].id)
    assert loaded.args[1].verdict.fake == pytest.approx(0.91)


def test_the_same_file_is_taken_in_once(session: Session, clip: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.evidence_added):
        session.add_videos([clip, clip], copy=False)
    with qtbot.waitSignal(session.evidence_added):
        session.add_videos([clip], copy=False)
    assert session.snapshot is not None and len(session.snapshot.evidence) == 1


def test_progress_reaches_the_window(session: Session, added: CaseSnapshot, waiting: Waiting, qtbot: QtBot) -> None:
    seen: list[Job] = []
    session.jobs_changed.connect(seen.extend)
    waiting.hold = True
    session.analyze(added.evidence[0], HOW)
    qtbot.waitUntil(lambda: any(job.step.fraction == 0.3 and job.step.frames == 4 for job in seen))
    session.cancel("analysis", added.evidence[0].id)
    assert [job.phase for job in session.jobs] == ["cancelled"]


def test_steps_that_have_waited_are_told_once(
    session: Session, added: CaseSnapshot, waiting: Waiting, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """A window that is busy itself gets what an engine did meanwhile in one piece."""
    monkeypatch.setattr(tasks, "SPACING_S", 0.0)
    waiting.steps = 50
    session.analyze(added.evidence[0], HOW)
    assert waiting.stepped.wait(5)
    told: list[int | None] = []
    session.jobs_changed.connect(lambda jobs: told.extend(job.step.frames for job in jobs))
    qtbot.waitUntil(lambda: told[-1:] == [49])
    assert told == [None, 49], "that it runs, and how far it is"
    with qtbot.waitSignal(session.analysis_made):
        waiting.go_on.set()


def test_a_cancelled_analysis_leaves_nothing_behind(
    session: Session, added: CaseSnapshot, waiting: Waiting, qtbot: QtBot
) -> None:
    waiting.hold = True
    session.analyze(added.evidence[0], HOW)
    assert waiting.entered.wait(5)
    with qtbot.waitSignal(session._engine_thread.cancelled_task):
        session.cancel("analysis", added.evidence[0].id)
    assert waiting.stops == 1
    assert session.snapshot is not None and not session.snapshot.analyses
    session.dismiss("analysis", added.evidence[0].id)
    assert not session.jobs


def test_a_late_word_of_a_cancelled_task_does_not_touch_the_next_one(
    session: Session, added: CaseSnapshot, waiting: Waiting, qtbot: QtBot
) -> None:
    """Cancel, then analyze again, before the thread's word on the first has been delivered."""
    evidence = added.evidence[0]
    waiting.hold = True
    session.analyze(evidence, HOW)
    assert waiting.entered.wait(5)
    waiting.entered.clear()
    session.cancel("analysis", evidence.id)
    session.analyze(evidence, HOW)
    with qtbot.waitSignal(session._engine_thread.cancelled_task):
        assert waiting.entered.wait(5)
    qtbot.waitUntil(lambda: [job.phase for job in session.jobs] == ["running"])
    session.cancel("analysis", evidence.id)
    with qtbot.waitSignal(session._engine_thread.cancelled_task):
        assert [job.phase for job in session.jobs] == ["cancelled"]


def test_after_a_crash_the_next_analysis_runs(
    session: Session, added: CaseSnapshot, waiting: Waiting, qtbot: QtBot
) -> None:
    waiting.crash = True
    with qtbot.waitSignal(session.failed) as failed:
        session.analyze(added.evidence[0], HOW)
    assert isinstance(failed.args[2], EngineDied)
    assert [job.phase for job in session.jobs] == ["failed"]
    waiting.crash = False
    with qtbot.waitSignal(session.analysis_made):
        session.analyze(added.evidence[0], HOW)


def test_a_method_that_is_gone_is_a_failure_of_the_job(session: Session, added: CaseSnapshot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.failed) as failed:
        session.analyze(added.evidence[0], HowTo("other", 0, "cpu"))
    assert isinstance(failed.args[2], MethodMissing)


def test_another_number_of_frames_is_another_method(session: Session, added: CaseSnapshot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.analysis_made):
        session.analyze(added.evidence[0], HowTo("standard", 48, "cpu"))


def test_frames_are_read_while_an_analysis_runs(
    session: Session, added: CaseSnapshot, waiting: Waiting, qtbot: QtBot
) -> None:
    waiting.hold = True
    session.analyze(added.evidence[0], HOW)
    assert waiting.entered.wait(5)
    with qtbot.waitSignal(session.frame_read) as read:
        session.read_frame(added.evidence[0], 11)
    assert (read.args[0], read.args[1].index) == (added.evidence[0].id, 11)


def test_frames_are_read_while_a_video_is_taken_in(
    session: Session, added: CaseSnapshot, intake: Intake, tmp_path: Path, qtbot: QtBot
) -> None:
    large = tmp_path / "large.mp4"
    large.write_bytes(b"frames")
    intake.disk.clear()
    intake.entered.clear()
    session.add_videos([large], copy=True)
    assert intake.entered.wait(5)
    with qtbot.waitSignal(session.frame_read) as read:
        session.read_frame(added.evidence[0], 11)
    assert read.args[1].index == 11
    with qtbot.waitSignal(session.evidence_added):
        intake.disk.set()


def test_closing_does_not_wait_forever_for_a_disk_that_is_gone(
    session: Session, clip: Path, intake: Intake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(jobs, "ENDING_S", 0.05)
    intake.disk.clear()
    session.add_videos([clip], copy=True)
    assert intake.entered.wait(5)
    session.close()
    assert "intake has not ended" in caplog.text and "the case is left as it is" in caplog.text
    intake.disk.set()
    assert session._store_thread.wait(0.0)
    session._intake_thread._thread.join(5)
    session._store.close()


def test_leaving_the_case_cancels_its_work(
    session: Session, added: CaseSnapshot, waiting: Waiting, qtbot: QtBot
) -> None:
    waiting.hold = True
    session.analyze(added.evidence[0], HOW)
    assert waiting.entered.wait(5)
    with qtbot.waitSignal(session.listed) as listed:
        session.close_case()
    assert not session.jobs and session.snapshot is None
    assert [case.videos for case in listed.args[0].cases] == [1]


class Slow:
    """In place of the report: reports progress until it is cancelled."""

    def __init__(self) -> None:
        self.calls = 0
        self.entered = threading.Event()
        self.late = False
        """Whether the cancel comes too late."""

    def __call__(self, case: Any, to: Path | None, progress: Progress) -> ReportEntry:
        self.calls += 1
        while not self.late:
            progress.report(0.25)
            self.entered.set()
            threading.Event().wait(0.005)
        progress.report(1.0)
        return ReportEntry("r", "reports/r.pdf", "", "", ())


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    slow = Slow()
    monkeypatch.setattr(examination, "export_report", slow)
    return slow


def test_one_report_is_made_at_a_time_and_can_be_cancelled(session: Session, slow: Slow, qtbot: QtBot) -> None:
    seen: list[Job] = []
    session.chores_changed.connect(seen.extend)
    session.export_report()
    session.export_report()
    qtbot.waitUntil(lambda: any(job.step.fraction == 0.25 for job in seen))
    assert not session.jobs and [job.kind for job in session.chores] == ["export"]
    session.cancel("export", "")
    qtbot.waitUntil(lambda: not session.chores)
    with qtbot.waitSignal(session.case_changed):
        session.change_details(CaseDetails("3"))
    assert slow.calls == 1


def test_a_report_that_is_in_the_case_is_told_of_however_late_the_cancel(
    session: Session, slow: Slow, qtbot: QtBot
) -> None:
    session.export_report()
    assert slow.entered.wait(5)
    qtbot.waitUntil(lambda: [job.phase for job in session.chores] == ["running"])
    slow.late = True
    with qtbot.waitSignal(session.report_exported):
        session._store_thread._cancelling = True


def test_leaving_does_not_wait_for_a_report(session: Session, slow: Slow, qtbot: QtBot) -> None:
    session.export_report()
    assert slow.entered.wait(5)
    with qtbot.waitSignal(session.case_closed):
        session.close_case()
    assert not session.chores


def test_a_review_made_while_an_analysis_ends_is_not_lost_from_view(
    session: Session, added: CaseSnapshot, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.analysis_made) as made:
        session.analyze(added.evidence[0], HOW)
    session.analyze(added.evidence[0], HOW)
    session.review(made.args[0].id, 7, Mark.UNCLEAR, "", "")
    qtbot.waitUntil(lambda: session.snapshot is not None and len(session.snapshot.analyses) == 2)
    qtbot.waitUntil(lambda: session.snapshot is not None and len(session.snapshot.reviews) == 1)


def test_what_is_asked_while_another_case_is_on_its_way_lands_nowhere(
    session: Session, added: CaseSnapshot, videos: list[Path], qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.case_opened) as made:
        session.create_case(CaseDetails("2"))
    with qtbot.waitSignal(session.case_opened):
        session.open_case(added.folder)
        session.add_videos(videos, copy=False)
        session.analyze(added.evidence[0], HOW)
        session.read_frame(added.evidence[0], 1)
        session.change_details(CaseDetails("3"))
    assert not session.jobs and session.snapshot is not None and session.snapshot.details.number == "1"
    with qtbot.waitSignal(session.case_opened):
        session.open_case(made.args[0].folder)
    assert not session.snapshot.evidence


def test_files_for_a_new_case_go_into_that_case_only(
    session: Session, added: CaseSnapshot, videos: list[Path], qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.case_opened) as opened:
        session.create_case(CaseDetails("2"), Adding((videos[0],), copy=False))
        session.open_case(added.folder)
    assert opened.args[0].details.number == "1" and not session.jobs
    with qtbot.waitSignal(session.evidence_added):
        session.create_case(CaseDetails("3"), Adding((videos[0],), copy=False))
    assert session.snapshot is not None and session.snapshot.details.number == "3"


def test_there_is_one_demo_case(session: Session, videos: list[Path], qtbot: QtBot) -> None:
    clip = Adding((videos[0],), copy=True)
    with qtbot.waitSignal(session.evidence_added):
        session.open_demo("Dr. K. Öz", clip)
    for _ in range(2):
        with qtbot.waitSignal(session.case_opened) as opened:
            session.open_demo("", clip)
        assert opened.args[0].details == replace(DETAILS, examiner="Dr. K. Öz")
        assert len(opened.args[0].evidence) == 1 and not session.jobs
    with qtbot.waitSignal(session.listed) as listed:
        session.close_case()
    assert sorted(case.details.number for case in listed.args[0].cases) == ["1", "DEMO"]


def test_details_are_changed(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.case_changed) as changed:
        session.change_details(CaseDetails("2", title="Other"))
    assert changed.args[0].details.title == "Other"
