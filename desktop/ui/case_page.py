"""A case: videos on the left, what was found in the middle, judgement on the right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from desktop import messages
from desktop.cases.records import AnalysisEntry, CaseSnapshot, Evidence, Mark, Opinion
from desktop.jobs.records import HowTo, Job
from desktop.jobs.session import Session
from desktop.models import figures, images
from desktop.models.flagged import reviews_of
from desktop.models.videos import Row
from desktop.ui import parts
from desktop.ui.case_header import CaseHeader
from desktop.ui.notice import Notice
from desktop.ui.picture_loader import PictureLoader
from desktop.ui.side import Side
from desktop.ui.stage import THUMBNAIL_PX, Stage
from desktop.ui.video_pane import VideoPane
from desktop.ui.waiting import Waiting
from desktop.ui.works import chore_of
from genconvit.records import Analysis, Frame

READ_ONLY = (
    "Read-only: this case is open in another window or program, or its folder cannot be written. "
    "You can look at everything and change nothing."
)
UNREADABLE = "The result of this video cannot be opened. Verify the case (Ctrl+Shift+V), or analyze the video again."
PANES_PX = (256, 628, 396)


class CasePage(QWidget):
    """Listens to the session and shows the chosen video of the open case."""

    wanted_add = Signal()
    dropped = Signal(object)
    wanted_analysis = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("page")
        self._session = session
        self._pictures = PictureLoader(self)
        self._pictures.loaded.connect(self._on_picture)
        self._snapshot: CaseSnapshot | None = None
        self._row: Row | None = None
        self._shown = ""
        self._analyses: dict[str, Analysis] = {}
        self._unreadable: dict[str, str] = {}
        self._how = HowTo("standard", 0, "auto")
        self.header = CaseHeader()
        self.notice = Notice()
        self.lock_notice = Notice()
        self.chore_notice = Notice()
        self.videos = VideoPane()
        self.waiting = Waiting()
        self.stage = Stage()
        self.side = Side()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._middle = QStackedWidget()
        self._lay_out()
        self._connect()

    # -- what is shown -------------------------------------------------------------------------------------------------

    @property
    def evidence(self) -> Evidence | None:
        return self._row.evidence if self._row is not None else None

    @property
    def row(self) -> Row | None:
        return self._row

    @property
    def dirty(self) -> bool:
        """Whether something was typed that is not in the case."""
        if self._snapshot is None or self._snapshot.read_only:
            return False
        return self.side.dirty

    def set_how(self, how: HowTo) -> None:
        self._how = how
        if self._row is not None:
            self._on_chosen(self._row)

    def open(self, snapshot: CaseSnapshot) -> None:
        """Begin with a case."""
        self._forget()
        self.notice.hide()
        self.lock_notice.hide()
        if snapshot.read_only:
            self.lock_notice.say(READ_ONLY, "lock", stays=True)
        self._on_case_changed(snapshot)
        self.videos.list.setFocus()

    def leave(self) -> None:
        self._snapshot = None
        self._forget()
        self.videos.show_case(None, ())

    def close_down(self) -> None:
        """End the thread that reads pictures."""
        self._pictures.close()

    def _forget(self) -> None:
        self._analyses.clear()
        self._unreadable.clear()
        self._pictures.clear()
        self.side.forget()
        self._row, self._shown = None, ""

    # -- answers of the session ----------------------------------------------------------------------------------------

    @Slot(object)
    def _on_case_changed(self, snapshot: CaseSnapshot) -> None:
        self._snapshot = snapshot
        self._show_header()
        self.videos.show_case(snapshot, self._session.jobs)
        if self._row is None:
            self._show_nothing()
        self._refresh_review(snapshot)

    @Slot(object)
    def _on_jobs(self, jobs: tuple[Job, ...]) -> None:
        if self._snapshot is not None:
            self.videos.show_case(self._snapshot, jobs)
            if not self.videos.model.rows:
                self._show_nothing()

    @Slot(object)
    def _on_chores(self, chores: tuple[Job, ...]) -> None:
        self._show_header()
        text = "   ".join(chore_of(job) for job in chores)
        if not chores:
            self.chore_notice.hide()
        elif self.chore_notice.isHidden():
            self.notice.hide()
            self.chore_notice.say(text, actions=(("Cancel", "stop", self._cancel_chores),), stays=True)
        else:
            self.chore_notice.reword(text)

    @Slot(object)
    def _on_chosen(self, row: Row | None) -> None:
        """A video was chosen, or the chosen one changed."""
        before, self._row = self._row, row
        if self._snapshot is None or row is None:
            return
        analysis_id = row.analysis.id if row.analysis is not None else ""
        changed = before is None or before.key != row.key
        if changed and row.evidence is not None:
            self.side.show_conclusion(self._snapshot, row.evidence)
        self.side.setVisible(row.evidence is not None)
        if analysis_id != self._shown:
            self.stage.clear()
            self.side.review.setEnabled(False)
        if changed:  # what could not be opened may have been put right meanwhile
            self._unreadable.pop(analysis_id, None)
        if not analysis_id or analysis_id in self._unreadable:
            self._shown = analysis_id
            self._show_waiting(row, self._unreadable.get(analysis_id, ""))
            if changed:
                self.side.show_analysis(None)
        elif analysis_id != self._shown:
            self._shown = analysis_id
            if analysis_id in self._analyses:
                self._show_analysis(row, self._analyses[analysis_id])
            else:
                self._middle.setCurrentWidget(self.stage)
                self._session.load_analysis(analysis_id)

    @Slot(str, object)
    def _on_analysis(self, analysis_id: str, analysis: Analysis) -> None:
        self._analyses[analysis_id] = analysis
        row = self._row
        if row is not None and row.analysis is not None and row.analysis.id == analysis_id == self._shown:
            self._show_analysis(row, analysis)

    @Slot(str, object)
    def _on_frame(self, evidence_id: str, frame: Frame) -> None:
        self.stage.set_image(evidence_id, frame.index, images.to_image(frame.pixels))

    @Slot(str, float)
    def _on_checked(self, evidence_id: str, fraction: float) -> None:
        self.stage.say(evidence_id, f"Checking that the file is the one that was taken in  {fraction:.0%}")

    @Slot(str, object, object)
    def _on_failed(self, kind: str, key: object, error: Exception) -> None:
        """What could not be kept is not shown as if it had been; typed words stay where they are."""
        if self._snapshot is not None and kind in ("review", "conclude"):
            self._refresh_review(self._snapshot)
            if self.evidence is not None:
                self.side.show_conclusion(self._snapshot, self.evidence)
        elif self._snapshot is not None and kind == "analysis":
            self._tell_beside_result(self._snapshot, str(key), error)
        elif self._snapshot is not None and kind == "load" and isinstance(key, str):
            said = messages.message(error)
            self._unreadable[key] = f"{said.title}. {said.text}" if said is not None else UNREADABLE
            if self._row is not None and key == self._shown:
                self.side.show_analysis(None)
                self._show_waiting(self._row, self._unreadable[key])

    def _tell_beside_result(self, snapshot: CaseSnapshot, evidence_id: str, error: Exception) -> None:
        """An earlier result stands where the failure would be told."""
        said = messages.message(error)
        names = {one.id: one.name for one in snapshot.evidence}
        if said is not None and any(entry.evidence == evidence_id for entry in snapshot.analyses):
            self.notice.say(messages.earlier_stands(names[evidence_id], said), "warning")

    @Slot(str, int, object)
    def _on_picture(self, sha256: str, longest_px: int, image: QImage) -> None:
        if longest_px:
            self.stage.flagged.set_image(sha256, image)
            return
        entry = self._row.analysis if self._row is not None else None
        picture = next((one for one in entry.pictures if one.sha256 == sha256), None) if entry is not None else None
        if self.evidence is not None and picture is not None:
            self.stage.set_image(self.evidence.id, picture.frame, image)

    @Slot(int)
    def _on_wanted(self, frame: int) -> None:
        """The picture of a flagged frame is in the case; any other frame is decoded in the background."""
        assert self._row is not None and self._row.analysis is not None and self._snapshot is not None
        kept = {one.frame: one for one in self._row.analysis.pictures if one.kind == "frame"}
        if (picture := kept.get(frame)) is not None:
            path = self._snapshot.folder / "frames" / f"{picture.sha256}.png"
            self._pictures.load(picture.sha256, path)
        elif self.evidence is not None:
            self._session.read_frame(self.evidence, frame)

    @Slot(int)
    def _on_frame_changed(self, frame: int) -> None:
        analysis = self.stage.analysis
        if analysis is not None and self._snapshot is not None:
            self.side.show_frame(self._snapshot, self._shown, analysis, frame)

    # -- the examiner's word -------------------------------------------------------------------------------------------

    @Slot(object, str)
    def _on_reviewed(self, mark: Mark, comment: str) -> None:
        if self._snapshot is not None and self.stage.frame is not None:
            examiner = self._snapshot.details.examiner
            self._session.review(self._shown, self.stage.frame, mark, comment, examiner)

    @Slot(object, str, str, str)
    def _on_concluded(self, opinion: Opinion, reasons: str, examiner: str, reviewer: str) -> None:
        if self.evidence is not None:
            self._session.conclude(self.evidence.id, opinion, reasons, examiner, reviewer)

    @Slot(str)
    def _on_removed(self, key: str) -> None:
        """Delete on a row: cancel its work, or put away a job that has ended."""
        for job in self._session.jobs:
            if job.key == key:
                do = self._session.cancel if job.active else self._session.dismiss
                do(job.kind, job.key)

    @Slot()
    def _on_dismissed(self) -> None:
        if self._row is not None:
            self._on_removed(self._row.key)

    def cancel_current(self) -> None:
        if self._row is not None and self._row.work is not None:
            self._session.cancel(self._row.work.kind, self._row.work.key)

    def _cancel_chores(self) -> None:
        for job in self._session.chores:
            self._session.cancel(job.kind, job.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if not self.notice.puts_away(event):
            super().keyPressEvent(event)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _show_header(self) -> None:
        if self._snapshot is not None:
            self.header.show_case(self._snapshot, [job.kind for job in self._session.chores])

    def _show_nothing(self) -> None:
        assert self._snapshot is not None
        self._row = None
        self.waiting.show_nothing(read_only=self._snapshot.read_only)
        self._middle.setCurrentWidget(self.waiting)
        self.side.hide()

    def _show_waiting(self, row: Row, problem: str = "") -> None:
        """``problem``: why the result that there is cannot be shown."""
        assert self._snapshot is not None
        row = replace(row, problem=problem or row.problem)
        self.waiting.show_row(row, method=_words(self._how), read_only=self._snapshot.read_only)
        self._middle.setCurrentWidget(self.waiting)

    def _show_analysis(self, row: Row, analysis: Analysis) -> None:
        assert self._snapshot is not None and row.evidence is not None and row.analysis is not None
        others = figures.other_labels(self._snapshot.analyses, row.analysis, analysis.method.rule)
        self.side.show_analysis(analysis, others)
        self.side.review.setEnabled(True)
        self.side.tabs.setCurrentIndex(0)
        self._middle.setCurrentWidget(self.stage)
        self._pictures.clear()
        self.stage.show_analysis(row.evidence, row.analysis, analysis, reviews_of(self._snapshot, row.analysis.id))
        self._load_thumbnails(self._snapshot.folder, row.analysis)

    def _load_thumbnails(self, folder: Path, entry: AnalysisEntry) -> None:
        for picture in entry.pictures:
            if picture.kind == "frame":
                path = folder / "frames" / f"{picture.sha256}.png"
                self._pictures.load(picture.sha256, path, THUMBNAIL_PX)

    def _refresh_review(self, snapshot: CaseSnapshot) -> None:
        """Show what was just recorded, and leave alone what is being typed elsewhere."""
        analysis = self.stage.analysis
        if self._shown and analysis is not None:
            self.stage.flagged.mark(reviews_of(snapshot, self._shown))
            if self.stage.frame is not None:
                self.side.show_review(snapshot, self._shown, analysis, self.stage.frame)
        if self.evidence is not None:
            self.side.refresh_conclusion(snapshot, self.evidence)

    def _connect(self) -> None:
        session = self._session
        session.case_changed.connect(self._on_case_changed)
        session.jobs_changed.connect(self._on_jobs)
        session.chores_changed.connect(self._on_chores)
        session.analysis_loaded.connect(self._on_analysis)
        session.failed.connect(self._on_failed)
        session.file_checked.connect(self._on_checked)
        session.frame_read.connect(self._on_frame)
        self.videos.chosen.connect(self._on_chosen)
        self.videos.wanted_add.connect(self.wanted_add)
        self.videos.list.dropped.connect(self.dropped)
        self.videos.list.removed.connect(self._on_removed)
        self.videos.wanted_cancel_all.connect(session.cancel_all)
        self.waiting.wanted_add.connect(self.wanted_add)
        self.waiting.wanted_cancel.connect(self.cancel_current)
        self.waiting.wanted_dismissal.connect(self._on_dismissed)
        self.stage.wanted.connect(self._on_wanted)
        self.stage.frame_changed.connect(self._on_frame_changed)
        self.side.review.reviewed.connect(self._on_reviewed)
        self.side.conclusion.concluded.connect(self._on_concluded)

    def _lay_out(self) -> None:
        self._middle.addWidget(self.waiting)
        self._middle.addWidget(self.stage)
        for part, least_px in ((self.videos, 200), (self._middle, 320), (self.side, 300)):
            part.setMinimumWidth(least_px)
            self.splitter.addWidget(part)
        for number, stretch in enumerate((0, 1, 0)):
            self.splitter.setStretchFactor(number, stretch)
        self.splitter.setSizes(list(PANES_PX))
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        column = parts.column(self, spacing=0)
        for line in (self.header, self.lock_notice, self.chore_notice, self.notice):
            column.addWidget(line)
        column.addWidget(self.splitter, 1)

    def restore_panes(self, state: str) -> None:
        if state:
            self.splitter.restoreState(QByteArray.fromBase64(QByteArray(state.encode("ascii", "ignore"))))

    def save_panes(self) -> str:
        return bytes(self.splitter.saveState().toBase64().data()).decode("ascii")


def _words(how: HowTo) -> str:
    return f"{how.method}, {how.frames} frames" if how.frames else how.method
