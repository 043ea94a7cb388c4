"""Repeating an analysis from the window, without the window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop import examination
from desktop.cases.records import CaseDetails
from desktop.jobs.records import HowTo
from desktop.jobs.session import Session
from genconvit import method as methods
from genconvit.method import Method
from genconvit.progress import Progress

HOW = HowTo("standard", 0, "cpu")


@pytest.fixture
def session(engine: Any, method: Method, tmp_path: Path, qtbot: QtBot) -> Iterator[Session]:
    folder = tmp_path / "weight"
    (folder / "methods").mkdir(parents=True)
    (folder / "methods" / "standard.toml").write_text(methods.to_toml(method), encoding="utf-8")
    session = Session(tmp_path / "cases", (folder,), engine, engine, engine)
    with qtbot.waitSignal(session.case_opened):
        session.create_case(CaseDetails("1"))
    yield session
    session.close()


class Again:
    """In place of the runs that are compared: a door that can be kept shut, then a certificate."""

    def __init__(self, certified: Any) -> None:
        self.certified = certified
        self.hold = False
        self.entered = threading.Event()
        self.devices: list[str] = []

    def __call__(self, path: Path, method: Method, *, device: str, progress: Progress, **_: object) -> Any:
        self.devices.append(device)
        progress.report(0.25)
        self.entered.set()
        while self.hold:
            progress.report(0.25)
            threading.Event().wait(0.005)
        return self.certified(path)


@pytest.fixture
def again(certified: Any, monkeypatch: pytest.MonkeyPatch) -> Again:
    again = Again(certified)
    monkeypatch.setattr(examination.repeating, "repeat", again)
    return again


@pytest.fixture
def analyzed(session: Session, clip: Path, qtbot: QtBot) -> str:
    with qtbot.waitSignal(session.analysis_made) as made:
        session.add_videos([clip], copy=True, then=HOW)
    return str(made.args[0].id)


def test_an_analysis_is_repeated_and_the_certificate_kept(
    session: Session, analyzed: str, again: Again, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.repeated) as repeated:
        session.repeat(analyzed, "cpu")
    assert repeated.args[0].certificate.identical and repeated.args[0].agrees
    assert again.devices == ["cpu"]
    assert session.snapshot is not None
    assert [entry.analysis for entry in session.snapshot.certificates] == [analyzed]
    assert not session.chores


def test_the_engine_that_waits_meanwhile_holds_no_memory(
    session: Session, analyzed: str, again: Again, engine: Any, certified: Any, qtbot: QtBot
) -> None:
    stopped = []

    def seen(path: Path) -> Any:
        stopped.append(engine.stopped)
        return certified(path)

    again.certified = seen
    assert not engine.stopped
    with qtbot.waitSignal(session.repeated):
        session.repeat(analyzed, "cpu")
    assert stopped == [True]


def test_one_analysis_is_repeated_at_a_time_beside_the_store_and_can_be_cancelled(
    session: Session, analyzed: str, again: Again, qtbot: QtBot
) -> None:
    again.hold = True
    session.repeat(analyzed, "cpu")
    session.repeat(analyzed, "cpu")
    assert again.entered.wait(5)
    with qtbot.waitSignal(session.case_changed):
        session.change_details(CaseDetails("3"))
    assert not session.jobs and [job.kind for job in session.chores] == ["repeat"]
    session.cancel("repeat", analyzed)
    qtbot.waitUntil(lambda: not session.chores)
    assert session.snapshot is not None and session.snapshot.certificates == ()
    assert again.devices == ["cpu"]


def test_runs_that_do_not_give_the_analysis_are_told(
    session: Session, analyzed: str, again: Again, certified: Any, qtbot: QtBot
) -> None:
    again.certified = lambda path: certified(path, 0.0, 0.25)
    with qtbot.waitSignal(session.repeated) as repeated:
        session.repeat(analyzed, "cpu")
    assert repeated.args[0].certificate.within and not repeated.args[0].agrees
    assert "NOT borne out by runs 1, 2" in repeated.args[0].caution
