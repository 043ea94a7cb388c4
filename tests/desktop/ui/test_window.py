"""The main job through the window, with an engine that answers at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from desktop import examination
from desktop import settings as stored
from desktop.cases.case import Case
from desktop.cases.records import CaseDetails, Mark, Opinion, ReportEntry
from desktop.models import words
from desktop.ui.fault_dialog import FaultDialog
from desktop.ui.main_window import MainWindow
from desktop.ui.side import DETAILS
from genconvit.errors import EngineFailure, FrameUnreadable, PictureNotKept
from genconvit.progress import Progress
from tests.desktop.ui.steps import dialog, opened, press, with_dead_engine, with_result


def test_the_first_start_says_what_to_do(window: MainWindow) -> None:
    assert window.library.first.isVisible()
    assert not window.actions_["export"].isEnabled()


def test_a_case_is_made_from_its_form(window: MainWindow, qtbot: QtBot) -> None:
    window.preferences.now = stored.Settings(examiner="Dr. K. Öz", laboratory="Labor 3")
    window.actions_["new_case"].trigger()
    form = window._form
    assert not form._save.isEnabled()
    qtbot.keyClicks(form.fields["number"], "2026-0117")
    form.fields["question"].setPlainText("Real?")
    with qtbot.waitSignal(window._session.case_opened) as made:
        qtbot.mouseClick(form._save, Qt.MouseButton.LeftButton)
    details = made.args[0].details
    assert (details.number, details.question) == ("2026-0117", "Real?")
    assert (details.examiner, details.laboratory) == ("Dr. K. Öz", "Labor 3")
    assert window.case.waiting.add.isVisible()


def test_the_main_job_by_keyboard(window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails) -> None:
    """A result, its flagged frames reviewed, a conclusion, and the report."""
    with_result(window, qtbot, videos[0], details)
    case, session = window.case, window._session
    assert case.side.card._word.text() == "FAKE"
    first = case.stage.frame
    assert first == case.stage.flagged.frames[0].frame

    press(case.stage.timeline, qtbot, Qt.Key.Key_PageDown)
    second = case.stage.frame
    assert second == case.stage.flagged.frames[1].frame
    with qtbot.waitSignal(session.case_changed):
        press(case.stage.view, qtbot, Qt.Key.Key_R)
    case.side.review.comment.setText("Compression, not a blend")
    with qtbot.waitSignal(session.case_changed) as changed:
        press(case.side.review.comment, qtbot, Qt.Key.Key_Return)
    review = changed.args[0].reviews[-1]
    assert (review.frame, review.mark, review.comment) == (second, Mark.REJECTED, "Compression, not a blend")
    assert review.examiner == details.examiner
    assert case.stage.flagged.frames[1].mark is Mark.REJECTED

    window.actions_["go_conclusion"].trigger()
    conclusion = case.side.conclusion
    assert conclusion.opinion is None and not conclusion.record.isEnabled()
    conclusion.choices[Opinion.INCONCLUSIVE].setChecked(True)
    qtbot.keyClicks(conclusion.reasons, "Too compressed.")
    assert window.case.dirty
    with qtbot.waitSignal(session.case_changed) as changed:
        conclusion.record.click()
    kept = changed.args[0].conclusions[-1]
    assert (kept.opinion, kept.reasons, kept.examiner) == (Opinion.INCONCLUSIVE, "Too compressed.", details.examiner)
    assert not window.case.dirty

    with qtbot.waitSignal(session.report_exported, timeout=20_000) as exported:
        press(case.stage.view, qtbot, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert exported.args[1].read_bytes().startswith(b"%PDF")
    assert [button.text() for button in case.notice.buttons] == ["Show in folder", "Open"]


def test_every_examined_frame_can_be_looked_at(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    stage = window.case.stage
    press(stage.view, qtbot, Qt.Key.Key_Home)
    assert stage.frame == 0
    qtbot.waitUntil(lambda: stage.view.has_picture)
    assert f"{words.person(1)} scores" in stage.view.accessibleDescription()
    assert not window.case.side.review.comment.isEnabled()
    assert dict(window.case.side.numbers._facts.rows)["Frame"] == "0 (first is 0, last 239)"
    assert "examined 1 of 24" in stage.transport.text
    press(stage.view, qtbot, Qt.Key.Key_End)
    assert stage.frame == 239
    assert "flagged 12 of 12" in stage.transport.text


def test_a_click_on_the_chart_goes_to_the_nearest_frame(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    line = window.case.stage.timeline
    x = round(line.x_of(2.08))
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPointF(x, line.height() / 2).toPoint())
    assert window.case.stage.frame == 62


def test_a_video_without_a_face_is_inconclusive_and_says_why(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[2], details)
    card = window.case.side.card
    assert (card._word.text(), card._score.text()) == ("INCONCLUSIVE", "–")
    assert "no face" in card._sentence.text().lower()
    assert not window.case.stage.strip.isVisible()


def test_details_name_times_and_thresholds_in_full(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    shown = window.case.side.details
    assert shown.facts["Machine"].rows == (), "made before anybody looks at it"
    window.case.side.go_to(DETAILS)
    assert dict(shown.facts["Machine"].rows)["Took"] == "3.6 s"
    assert dict(shown.facts["Method"].rows)["Their SHA-256"] == "cd" * 32
    assert "FAKE at or above 0.7031, REAL below 0.4" in shown._rule.text()


def test_memory_that_ran_out_is_told_on_the_card_and_in_the_details(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, sample: object
) -> None:
    sample.device = "cuda:0 (A), memory ran out: 2 instead of 8 faces at once"  # type: ignore[attr-defined]
    with_result(window, qtbot, videos[0], details)
    side = window.case.side
    note = dict(side.card._facts.rows)["Note"]
    assert note.startswith("Memory ran out on cuda:0, in this examination or one before it: at the end 2 faces were")
    side.go_to(DETAILS)
    assert dict(side.details.facts["Machine"].rows)["Note"] == note


def test_the_card_tells_errors_origin_and_earlier_labels(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, sample: object
) -> None:
    sample.taken_for = "between"  # type: ignore[attr-defined]
    with_result(window, qtbot, videos[0], details)
    side = window.case.side
    assert side.card._word.text() == "INCONCLUSIVE" and not side.card._earlier.isVisible()
    assert side.card.errors.text.startswith("Real ones called FAKE: 5.0 % (95 %: 3.3 to 7.6 %; n = 412)")
    assert side.card._origin.isVisible() and "author" in side.card._origin.text()
    side.card.errors.more.click()
    assert side.tabs.currentIndex() == DETAILS

    sample.taken_for = ""  # type: ignore[attr-defined]
    with qtbot.waitSignal(window._session.analysis_made):
        window.actions_["analyze"].trigger()
    qtbot.waitUntil(lambda: side.card._word.text() == "FAKE")
    assert side.card._earlier.isVisible() and "gave INCONCLUSIVE 0.5" in side.card._earlier.text()


def test_the_two_statements_stand_beside_every_result(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[1], details)
    shown = window.case.side.card._warnings
    assert shown.isVisible()
    assert shown.text().splitlines() == [
        "The score is not the probability that the video is fake.",
        "A low score does not show that the recording is authentic.",
    ]


def test_cancel_is_instant_and_keeps_nothing(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, sample: object
) -> None:
    opened(window, qtbot, details)
    with qtbot.waitSignal(window._session.evidence_added):
        window.drop(videos[:1])
    sample.hold = True  # type: ignore[attr-defined]
    window.actions_["analyze"].trigger()
    assert sample.entered.wait(5)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: window.case.waiting.cancel.isVisible())
    window.case.waiting.cancel.click()
    assert not any(job.active for job in window._session.jobs)
    qtbot.waitUntil(lambda: window.case.waiting.analyze.isVisible())
    assert window._session.snapshot is not None and not window._session.snapshot.analyses
    sample.hold = False  # type: ignore[attr-defined]
    with qtbot.waitSignal(window._session.analysis_made):
        window.case.waiting.analyze.click()


def test_an_engine_that_dies_is_told_on_the_video(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, sample: object
) -> None:
    with_dead_engine(window, qtbot, videos[0], details, sample)
    assert "ended without an answer" in window.case.waiting.text.text()
    assert window.case.waiting.analyze.isVisible()


def test_a_second_analysis_that_fails_is_told_beside_the_first(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, sample: object
) -> None:
    with_result(window, qtbot, videos[0], details)
    sample.failure = PictureNotKept(videos[0], "no space")  # type: ignore[attr-defined]
    with qtbot.waitSignal(window._session.failed):
        window.actions_["analyze"].trigger()
    said = window.case.notice.text
    assert said.startswith(f"{videos[0].name}: Pictures cannot be kept.") and said.endswith("is the earlier one.")
    assert window.case.stage.view.has_picture


def test_what_nobody_expected_opens_the_dialog(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, sample: object
) -> None:
    opened(window, qtbot, details)
    with qtbot.waitSignal(window._session.evidence_added):
        window.drop(videos[:1])
    sample.failure = EngineFailure("KeyError", "'x'", "inner trace")  # type: ignore[attr-defined]
    with qtbot.waitSignal(window._session.failed):
        window.actions_["analyze"].trigger()
    shown = dialog()
    assert isinstance(shown, FaultDialog) and "inner trace" in shown.text.toPlainText()
    shown.close()


@pytest.mark.parametrize(("name", "content"), [("sound.m4a", b"sound only"), ("gone.mp4", None)])
def test_a_file_that_is_no_video_is_told_in_its_row(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, details: CaseDetails, name: str, content: bytes | None
) -> None:
    opened(window, qtbot, details)
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with qtbot.waitSignal(window._session.failed):
        window.drop([file])
    row = window.case.videos.model.rows[0]
    assert (row.name, row.evidence) == (name, None) and row.problem
    press(window.case.videos.list, qtbot, Qt.Key.Key_Delete)
    assert not window.case.videos.model.rows


def test_several_videos_queue_up(window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails) -> None:
    opened(window, qtbot, details)
    added = []
    window._session.evidence_added.connect(added.append)
    window.drop(videos)
    qtbot.waitUntil(lambda: len(added) == 4)
    made = []
    window._session.analysis_made.connect(made.append)
    window.case.videos.all.click()
    qtbot.waitUntil(lambda: len(made) == 4)
    assert [entry.label for entry in made] == ["FAKE", "REAL", "INCONCLUSIVE", "INCONCLUSIVE"]
    window.case.videos.list.setFocus()
    qtbot.keyClick(window.case.videos.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: window.case.side.card._word.text() == "REAL")


def test_files_dropped_on_the_list_are_taken_in(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    opened(window, qtbot, details)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(videos[0]))])
    event = QDropEvent(
        QPointF(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(window._session.evidence_added):
        window.case.videos.list.dropEvent(event)


def test_a_report_is_made_once_and_can_be_cancelled(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(case: Case, to: Path | None, progress: Progress) -> ReportEntry:
        while True:
            progress.report(0.25)
            time.sleep(0.005)

    monkeypatch.setattr(examination, "export_report", slow)
    opened(window, qtbot, details)
    assert not window.actions_["export"].isEnabled() and not window.actions_["export_as"].isEnabled()
    with qtbot.waitSignal(window._session.evidence_added):
        window.drop(videos[:1])
    window.actions_["export"].trigger()
    assert not window.actions_["export"].isEnabled() and not window.actions_["export_as"].isEnabled()
    assert not window.case.header.export.isEnabled()
    notice = window.case.chore_notice
    qtbot.waitUntil(lambda: notice.isVisible() and "25%" in notice.text)
    qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.actions_["export"].isEnabled())
    assert notice.isHidden() and window.case.header.export.text() == "Export report"


def test_a_file_that_was_replaced_shows_no_frame(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    window.preferences.now = stored.Settings(copy_evidence=False)
    with_result(window, qtbot, videos[0], details)
    videos[0].write_bytes(videos[0].read_bytes()[::-1])
    stage = window.case.stage
    with qtbot.waitSignal(window._session.failed):
        press(stage.view, qtbot, Qt.Key.Key_Home)
    assert not stage.view.has_picture
    assert "no longer the file that was taken in" in stage.view.words


def test_the_failure_of_one_video_leaves_the_picture_of_another(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    stage = window.case.stage
    window._session.failed.emit("frame", ("another video", 3), FrameUnreadable(videos[1], 3, "broken"))
    assert stage.view.has_picture
    stage.go_to(0)
    stage.view.show_words("Reading the frame …")
    window._session.failed.emit("frame", (stage.evidence, 10), FrameUnreadable(videos[0], 10, "broken"))
    assert stage.view.words == "Reading the frame …"
    window._session.failed.emit("frame", (stage.evidence, 0), FrameUnreadable(videos[0], 0, "broken"))
    assert "broken" in stage.view.words


def test_a_result_that_cannot_be_read_says_so_in_its_place(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    with_result(window, qtbot, videos[0], details)
    session, case = window._session, window.case
    assert session.snapshot is not None
    folder, entry = session.snapshot.folder, session.snapshot.analyses[0]
    with qtbot.waitSignal(session.case_closed):
        window.close_case()
    file = folder / "analyses" / f"{entry.id}.json"
    file.chmod(0o644)
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"0.9", b"0.1"))
    with qtbot.waitSignal(session.failed):
        window.open_case(folder)
    assert case.waiting.isVisible() and "not the file whose hash was recorded" in case.waiting.text.text()
    assert case.waiting.analyze.isVisible() and not case.side.card.isVisible() and not case.notice.isVisible()
    file.write_bytes(whole)
    with qtbot.waitSignal(session.evidence_added):
        window.drop(videos[1:2])
    case.videos.choose(case.videos.model.rows[1].key)
    with qtbot.waitSignal(session.analysis_loaded):
        case.videos.choose(case.videos.model.rows[0].key)
    assert case.side.card.isVisible() and not case.waiting.isVisible()


def test_dialogs_are_gone_when_they_are_closed(window: MainWindow, qtbot: QtBot) -> None:
    for show in (window.new_case, window.preferences.edit, lambda: window.show_fault(ValueError("x"))):
        show()
        shown = dialog()
        shown.reject()
        qtbot.waitUntil(lambda shown=shown: not shiboken6.isValid(shown))  # type: ignore[misc]
