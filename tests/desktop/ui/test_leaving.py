"""Coming and going: read-only cases, typed text, settings, closing in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop import examination, messages
from desktop import settings as stored
from desktop.cases.case import Case
from desktop.cases.errors import CaseNotSaved
from desktop.cases.opening import open_case
from desktop.cases.records import CaseDetails, Mark, Opinion
from desktop.jobs.session import Session
from desktop.ui import asking, start, theme
from desktop.ui.case_form import CaseForm
from desktop.ui.main_window import MainWindow
from genconvit.certificate import Certificate
from genconvit.certifying import FreshRun, certify
from tests.desktop.ui.steps import opened, with_result


def test_a_case_open_elsewhere_can_only_be_looked_at(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    assert window._session.snapshot is not None
    folder = window._session.snapshot.folder
    with qtbot.waitSignal(window._session.case_closed):
        window.close_case()
    with open_case(folder), qtbot.waitSignal(window._session.case_opened):
        window.open_case(folder)
    qtbot.waitUntil(lambda: window.case.stage.view.has_picture)
    assert "Read-only" in window.case.lock_notice.text and window.case.lock_notice.isVisible()
    assert not window.case.header.export.isEnabled()
    assert not window.case.side.conclusion.record.isEnabled() and not window.actions_["export"].isEnabled()
    assert not window.actions_["add_videos"].isEnabled()


def test_a_folder_that_is_no_case_leaves_the_library_with_a_word(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(window._session.failed):
        window.open_case(tmp_path / "nothing")
    assert "Case not found" in window.library.notice.text


def test_all_hashes_are_verified(window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails) -> None:
    with_result(window, qtbot, videos[0], details)
    with qtbot.waitSignal(window._session.verified):
        window.actions_["verify"].trigger()
    assert "All agree" in window.case.notice.text
    assert window._session.snapshot is not None
    picture = next((window._session.snapshot.folder / "frames").glob("*.png"))
    picture.chmod(0o644)
    picture.write_bytes(b"other")
    with qtbot.waitSignal(window._session.verified):
        window.case.header.verify.click()
    assert f"frames/{picture.name}: changed" in window.case.notice.text


@pytest.mark.parametrize("same", [True, False])
def test_the_examination_is_repeated_and_the_outcome_said(
    window: MainWindow,
    qtbot: QtBot,
    videos: list[Path],
    details: CaseDetails,
    monkeypatch: pytest.MonkeyPatch,
    same: bool,
) -> None:
    def again(*_: object, **__: object) -> Certificate:
        analysis = window._session._store._opened().analysis(window.case.row.analysis.id)
        return certify([FreshRun(analysis, {0: "ab"}), FreshRun(analysis, {0: "ab" if same else "cd"})], None, "None.")

    monkeypatch.setattr(examination.repeating, "repeat", again)
    assert not window.actions_["repeat"].isEnabled()
    with_result(window, qtbot, videos[0], details)
    with qtbot.waitSignal(window._session.repeated):
        window.actions_["repeat"].trigger()
    said = "The same number on a second run on the same machine" if same else "NOT the same on a second run"
    assert said in window.case.notice.text
    assert "CPU and GPU were not compared: None. The certificate is in the case." in window.case.notice.text
    assert window._session.snapshot is not None and len(window._session.snapshot.certificates) == 1


def test_typed_words_are_not_lost_without_asking(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_result(window, qtbot, videos[0], details)
    window.case.side.conclusion.reasons.setPlainText("Half a sentence")
    answers = [False, False, True]
    monkeypatch.setattr(asking, "sure", lambda *_: answers.pop(0))
    assert not window.close()
    assert window.isVisible()
    window.new_case()
    assert not window.findChildren(CaseForm), "asked before a form is filled in, which would be gone with a no"
    assert window.close()


def test_half_a_sentence_waits_until_one_comes_back(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    with qtbot.waitSignal(window._session.evidence_added):
        window.drop([videos[1]])
    case, side = window.case, window.case.side
    first, second = (row.key for row in case.videos.model.rows)
    here = case.stage.frame
    side.review.comment.setText("Look again at")
    side.conclusion.reasons.setPlainText("Because of")
    side.conclusion.choices[Opinion.INCONSISTENT].setChecked(True)
    case.stage.step(1, True)
    assert side.review.comment.text() == ""
    case.videos.choose(second)
    assert side.conclusion.reasons.toPlainText() == "" and side.conclusion.opinion is None
    case.videos.choose(first)
    assert side.conclusion.reasons.toPlainText() == "Because of"
    assert side.conclusion.opinion is Opinion.INCONSISTENT
    case.stage.go_to(here)
    assert side.review.comment.text() == "Look again at"
    assert case.dirty
    with qtbot.waitSignal(window._session.case_changed):
        window.actions_["accepted"].trigger()
    with qtbot.waitSignal(window._session.case_changed):
        side.conclusion.record.click()
    assert not case.dirty


def test_nothing_can_be_marked_while_the_next_result_is_on_its_way(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    made: list[object] = []
    window._session.analysis_made.connect(made.append)
    window._session.add_videos([videos[1]], copy=True, then=window.preferences.how)
    qtbot.waitUntil(lambda: bool(made))
    window.case.videos.choose(window.case.videos.model.rows[1].key)
    window.case.side.mark(Mark.ACCEPTED)
    assert window.case.stage.frame is None and not window.case.stage.flagged.frames
    qtbot.waitUntil(lambda: window.case.side.card._word.text() == "REAL")
    assert window._session.snapshot is not None and not window._session.snapshot.reviews


def test_settings_are_kept_and_dress_the_window(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["settings"].trigger()
    form = window.preferences.dialog
    assert form is not None
    form.theme.setCurrentIndex(form.theme.findData("dark"))
    form.laboratory.setText("Labor 3")
    form.frames.setValue(48)
    form.accept()
    assert theme.current() is theme.DARK
    kept = stored.load(start.settings_file())
    assert (kept.theme, kept.laboratory, kept.frames, kept.method) == ("dark", "Labor 3", 48, "standard")
    assert window.preferences.how.frames == 48


def test_the_window_remembers_its_place(window: MainWindow, qtbot: QtBot, sample: object, home: Path) -> None:
    window.resize(1111, 707)
    assert window.close()
    session = Session(home, (), sample, sample, sample)  # type: ignore[arg-type]
    again = MainWindow(session, start.settings_file())
    qtbot.addWidget(again)
    assert again.height() == 707  # the screen of a test is narrower than the window
    with qtbot.waitSignal(session.listed):
        again.show()
    assert again.close()


def test_closing_in_the_middle_of_an_analysis_ends_everything(
    window: MainWindow,
    qtbot: QtBot,
    videos: list[Path],
    details: CaseDetails,
    sample: object,
    asked: list[str],
) -> None:
    opened(window, qtbot, details)
    with qtbot.waitSignal(window._session.evidence_added):
        window.drop(videos[:1])
    assert window._session.snapshot is not None
    folder = window._session.snapshot.folder
    sample.hold = True  # type: ignore[attr-defined]
    window.actions_["analyze"].trigger()
    assert sample.entered.wait(5)  # type: ignore[attr-defined]
    started_s = time.monotonic()
    assert window.close()
    assert asked == [messages.leaving(False, 1)]
    assert time.monotonic() - started_s < 5.0
    with open_case(folder) as case:
        assert not case.read_only
        assert len(case.snapshot().evidence) == 1 and not case.snapshot().analyses


def test_a_review_made_just_before_closing_is_in_the_case(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    assert window._session.snapshot is not None
    folder = window._session.snapshot.folder
    window.actions_["unclear"].trigger()
    assert window.close()
    with open_case(folder) as case:
        assert [review.mark for review in case.snapshot().reviews] == [Mark.UNCLEAR]


def test_everything_has_a_name_for_those_who_do_not_see_it(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    focusable = Qt.FocusPolicy.TabFocus
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & focusable
        and not (widget.accessibleName() or getattr(widget, "text", str)())
        and not widget.objectName().startswith("qt_")
    ]
    assert not nameless


def test_opening_the_window_imports_no_torch() -> None:
    code = (
        "import sys; from desktop.ui import start; application = start.make_application('light');"
        "window = start.make_window(); window.show(); application.processEvents(); window.close();"
        "print(sorted({'torch', 'timm', 'cv2', 'av', 'decord'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr


def test_files_dropped_for_a_case_that_was_not_made_go_nowhere(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    opened(window, qtbot, details)
    assert window._session.snapshot is not None
    folder = window._session.snapshot.folder
    with qtbot.waitSignal(window._session.listed):
        window.close_case()
    window.drop(videos[:1])
    window._form.reject()
    with qtbot.waitSignal(window._session.case_opened):
        window.open_case(folder)
    assert not window._session.jobs
    assert window.close()
    with open_case(folder) as case:
        assert not case.snapshot().evidence


def test_files_dropped_on_the_library_go_into_the_case_made_for_them(
    window: MainWindow, qtbot: QtBot, videos: list[Path]
) -> None:
    window.drop(videos[:1])
    qtbot.keyClicks(window._form.fields["number"], "7")
    with qtbot.waitSignal(window._session.evidence_added) as added:
        window._form.accept()
    assert added.args[0].name == videos[0].name


def test_the_demo_is_opened_from_inside_a_case(window: MainWindow, qtbot: QtBot, details: CaseDetails) -> None:
    for _ in range(2):
        opened(window, qtbot, replace(details, number=f"{time.monotonic_ns()}"))
        with qtbot.waitSignal(window._session.case_opened) as demo:
            window.actions_["open_demo"].trigger()
        assert demo.args[0].folder.name == "DEMO"


def test_what_could_not_be_kept_is_not_shown_as_kept(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True

    def unless_full(do: Callable[..., object]) -> Callable[..., object]:
        def attempt(*entered: object) -> object:
            if full:
                raise CaseNotSaved(Path("case.json"), "no space")
            return do(*entered)

        return attempt

    with_result(window, qtbot, videos[0], details)
    monkeypatch.setattr(Case, "review", unless_full(Case.review))
    monkeypatch.setattr(Case, "conclude", unless_full(Case.conclude))
    side = window.case.side
    side.review.comment.setText("Seam at the jaw")
    with qtbot.waitSignal(window._session.failed):
        window.actions_["accepted"].trigger()
    assert not any(button.isChecked() for button in side.review._buttons.values())
    assert (side.review._note.text(), side.review.comment.text()) == ("Not reviewed yet.", "Seam at the jaw")
    assert "Disk full" in window.case.notice.text

    side.conclusion.choices[Opinion.INCONSISTENT].setChecked(True)
    side.conclusion.reasons.setPlainText("A seam")
    with qtbot.waitSignal(window._session.failed):
        side.conclusion.record.click()
    assert side.conclusion.reasons.toPlainText() == "A seam" and side.conclusion.record.isEnabled()
    assert side.conclusion._note.text() == "Nothing recorded yet."
    assert window.case.dirty

    full = False
    with qtbot.waitSignal(window._session.case_changed):
        window.actions_["accepted"].trigger()
    with qtbot.waitSignal(window._session.case_changed) as changed:
        side.conclusion.record.click()
    assert (changed.args[0].reviews[-1].comment, changed.args[0].conclusions[-1].reasons) == (
        "Seam at the jaw",
        "A seam",
    )


def test_settings_edited_by_hand_do_not_keep_the_window_from_opening(qtbot: QtBot, sample: object, home: Path) -> None:
    stored.save(start.settings_file(), stored.Settings(geometry="ü", panes="–"))
    session = Session(home, (), sample, sample, sample)  # type: ignore[arg-type]
    window = MainWindow(session, start.settings_file())
    qtbot.addWidget(window)
    with qtbot.waitSignal(session.listed):
        window.show()
    assert window.close()


def test_a_kept_picture_that_was_replaced_is_not_shown(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    snapshot = window._session.snapshot
    assert snapshot is not None
    stage = window.case.stage
    stage._cache.clear()
    first, second = (frame.picture for frame in stage.flagged.frames[:2])
    target = snapshot.folder / "frames" / f"{second}.png"
    target.chmod(0o644)
    target.write_bytes((snapshot.folder / "frames" / f"{first}.png").read_bytes())
    stage.step(1, True)
    qtbot.waitUntil(lambda: "has changed" in stage.view.words)
    assert not stage.view.has_picture
