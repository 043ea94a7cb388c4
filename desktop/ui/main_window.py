"""The window: the library or a case, the menus, and everything that asks or tells across both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QByteArray, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox, QStackedWidget

from desktop import messages, paths
from desktop.cases.records import CaseDetails, CaseSnapshot, Difference, Mark, ReportEntry
from desktop.examination import Repeated
from desktop.jobs.records import Adding, Listing
from desktop.jobs.session import Session
from desktop.models import words
from desktop.report.repeatability import outcome
from desktop.ui import asking, parts
from desktop.ui.actions import Actions
from desktop.ui.case_form import CaseForm
from desktop.ui.case_page import CasePage
from desktop.ui.fault_dialog import FaultDialog
from desktop.ui.library_page import LibraryPage
from desktop.ui.preferences import Preferences
from desktop.ui.side import CONCLUSION, DETAILS, FRAME
from genconvit import __version__

ABOUT = (
    "Veriframe {version}\n\nForensics of face manipulation in video. Works on this computer alone: nothing is "
    "uploaded, nothing is downloaded.\n\n" + words.NOT_A_PROBABILITY + "\n" + words.NOT_AUTHENTIC
)


class MainWindow(QMainWindow):
    """Owns the session it is given, and closes it."""

    def __init__(self, session: Session, settings_file: Path, case: Path | None = None) -> None:
        super().__init__()
        self._session = session
        self.preferences = Preferences(settings_file, self)
        self.setWindowTitle("Veriframe")
        self.setMinimumSize(960, 600)
        self.setAcceptDrops(True)
        self.library = LibraryPage()
        self.case = CasePage(session)
        self._typed: tuple[CaseDetails, list[Path] | None, str] | None = None
        self._fault: FaultDialog | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.library)
        self._stack.addWidget(self.case)
        self.setCentralWidget(self._stack)
        self._status = parts.label("", "small")
        self.statusBar().addWidget(self._status, 1)
        self.actions_ = Actions(self, self._handlers())
        self._connect()
        self._restore()
        self._update()
        session.list_cases()
        if case is not None:
            session.open_case(case)

    # -- what the session says -----------------------------------------------------------------------------------------

    @Slot(object)
    def _on_listed(self, listing: Listing) -> None:
        self.library.show_cases(listing)
        self._update()

    @Slot(object)
    def _on_opened(self, snapshot: CaseSnapshot) -> None:
        self.setWindowTitle(f"{snapshot.details.number or snapshot.folder.name} – Veriframe")
        self._typed = None
        self.library.notice.hide()
        self.case.setEnabled(True)
        self.case.open(snapshot)
        self._stack.setCurrentWidget(self.case)
        self._update()

    @Slot()
    def _on_left(self) -> None:
        """What is entered from now on would be lost."""
        self.case.setEnabled(False)
        self._update()

    @Slot()
    def _on_closed(self) -> None:
        self.setWindowTitle("Veriframe")
        self.case.setEnabled(True)
        self.case.leave()
        self._stack.setCurrentWidget(self.library)
        self._update()

    @Slot(object, object)
    def _on_exported(self, entry: ReportEntry, path: Path) -> None:
        urls = [QUrl.fromLocalFile(str(place)) for place in (path.parent, path)]
        show_folder, open_report = (partial(QDesktopServices.openUrl, url) for url in urls)
        self.case.notice.say(
            f"The report is ready: {path.name}",
            actions=(("Show in folder", "folder", show_folder), ("Open", "open", open_report)),
        )

    @Slot(object)
    def _on_verified(self, differences: tuple[Difference, ...]) -> None:
        if not differences:
            self.case.notice.say("Every recorded hash of this case was checked. All agree.")
            return
        listed = "; ".join(f"{difference.object}: {difference.problem}" for difference in differences[:5])
        more = f"; and {len(differences) - 5} more" if len(differences) > 5 else ""
        self.case.notice.say(f"{words.count(len(differences), 'difference')} found. {listed}{more}", "warning")

    @Slot(object)
    def _on_repeated(self, done: Repeated) -> None:
        certificate = done.certificate
        caution = f" {done.caution}" if done.caution else ""
        across = f" CPU and GPU were not compared: {certificate.no_other_device}" if certificate.no_other_device else ""
        text = f"{certificate.video.name}: {outcome(certificate)}{caution}{across} The certificate is in the case."
        self.case.notice.say(text, "information" if done.agrees else "warning")

    @Slot(str, object, object)
    def _on_failed(self, kind: str, key: object, error: Exception) -> None:
        if kind in ("open", "leave") and self._session.snapshot is None:
            self._on_closed()
        message = messages.message(error)
        typed = self._typed
        if typed is not None and (kind, key) == (("details", "") if typed[1] is None else ("open", typed[0].number)):
            self._typed = None
            self._show_form(*typed, messages.FORM_FAULT if message is None else f"{message.title}. {message.text}")
            if message is None:
                self.show_fault(error)
        elif message is None:
            self.show_fault(error)
        elif kind == "frame":
            evidence, frame = cast(tuple[str, int], key)
            self.case.stage.say(evidence, message.text, frame)
        elif kind not in ("intake", "analysis", "load"):  # told where the result would be
            page = self.case if self._stack.currentWidget() is self.case else self.library
            page.notice.say(f"{message.title}. {message.text}", "warning")

    @Slot(object)
    def _on_changed(self, changed: object) -> None:
        if isinstance(changed, CaseSnapshot) and self._typed is not None and changed.details == self._typed[0]:
            self._typed = None
        self._update()

    def show_fault(self, error: BaseException) -> None:
        """The one dialog for what nobody expected, however often it comes: each video of a night may bring it."""
        text = messages.unexpected(error, __version__)
        if self._fault is not None:
            self._fault.add(text)
            return
        self._fault = FaultDialog(text, self)
        self._fault.finished.connect(self._forget_fault)
        self._fault.open()

    def _forget_fault(self) -> None:
        self._fault = None

    # -- what the examiner asks for ------------------------------------------------------------------------------------

    def new_case(self) -> None:
        if self._may_leave(messages.NEW_CASE):  # asked here, for a form that was filled in would be gone with a no
            self._ask_for_case([])

    def _ask_for_case(self, files: list[Path]) -> None:
        """``files`` go into the case that comes of it, and nowhere if none does."""
        mine = self.preferences.now
        start = CaseDetails(
            number="", examiner=mine.examiner, laboratory=mine.laboratory, laboratory_address=mine.laboratory_address
        )
        self._show_form(start, files, "")

    def _show_form(self, start: CaseDetails, files: list[Path] | None, case: str, problem: str = "") -> None:
        """``files``: of a new case; None for ``case``, whose id it is: what was typed for it goes into no other."""
        snapshot = self._session.snapshot
        fixed = files is None and (snapshot is None or snapshot.id != case or snapshot.read_only)
        self._form = CaseForm(start, new=files is not None, problem=problem, fixed=fixed, parent=self)
        self._form.accepted.connect(partial(self._on_form, files, case))
        self._form.open()

    def open_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Open a case folder", str(paths.library_folder()))
        if folder and self._may_leave():
            self._session.open_case(Path(folder))

    def open_case(self, folder: Path) -> None:
        if self._may_leave():
            self._session.open_case(folder)

    def open_demo(self) -> None:
        """The demo case that is there, or a new one with the bundled clip, analyzed at once."""
        if self._may_leave():
            clip = Adding((paths.demo_clip(),), copy=True, then=self.preferences.how)
            self._session.open_demo(self.preferences.now.examiner, clip)

    def edit_details(self) -> None:
        if self._session.snapshot is not None:
            self._show_form(self._session.snapshot.details, None, self._session.snapshot.id)

    def add_videos(self) -> None:
        start = self.preferences.now.last_folder
        names, _ = QFileDialog.getOpenFileNames(self, "Add videos", start, "All files (*)")
        if names:
            self.preferences.keep(replace(self.preferences.now, last_folder=str(Path(names[0]).parent)))
            self._add([Path(name) for name in names])

    def analyze(self) -> None:
        if (evidence := self.case.evidence) is not None and not evidence.problem:
            self._session.analyze(evidence, self.preferences.how)

    def repeat(self) -> None:
        """The result that is shown, in processes of their own, with its own method."""
        if self.case.row is not None and self.case.row.analysis is not None:
            self._session.repeat(self.case.row.analysis.id, self.preferences.how.device)

    def analyze_all(self) -> None:
        for row in self.case.videos.model.rows:
            if row.evidence is not None and row.analysis is None and not row.evidence.problem:
                self._session.analyze(row.evidence, self.preferences.how)

    def export(self) -> None:
        if self.actions_["export"].isEnabled():
            self._session.export_report()

    def export_as(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save a copy of the report", "report.pdf", "PDF (*.pdf)")
        if name:
            self._session.export_report(Path(name))

    def close_case(self) -> None:
        if self._session.snapshot is not None and self._may_leave():
            self._session.close_case()

    # -- the window itself ---------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        if not self._may_leave():
            event.ignore()
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode("ascii")
        self.preferences.keep(replace(self.preferences.now, geometry=geometry, panes=self.case.save_panes()))
        self.hide()  # what follows may wait for a slow disk
        self._session.close()
        self.case.close_down()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        dropped = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.drop(dropped)

    def drop(self, dropped: list[Path]) -> None:
        """Add files to the open case; without one, ask for a new case first. A case folder is opened."""
        if len(dropped) == 1 and (dropped[0] / "case.json").is_file():
            self.open_case(dropped[0])
        elif self._session.snapshot is not None:
            self._add(dropped)
        elif dropped:
            self._ask_for_case(dropped)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _on_form(self, files: list[Path] | None, case: str) -> None:
        details, snapshot = self._form.details, self._session.snapshot
        here = files is not None or (snapshot is not None and snapshot.id == case)
        self._typed = (details, files, case) if here else None
        if not here:
            self._show_form(details, files, case, messages.FORM_LEFT)
        elif files is None:
            self._session.change_details(details)
        else:
            self._session.create_case(details, Adding(tuple(files), self.preferences.now.copy_evidence))

    def _add(self, files: list[Path]) -> None:
        snapshot = self._session.snapshot
        if snapshot is not None and not snapshot.read_only:
            self._session.add_videos(files, copy=self.preferences.now.copy_evidence)

    def _may_leave(self, go: str = "Leave the case?") -> bool:
        """Ask where typed text or the work of hours would be lost."""
        if self._session.snapshot is None:
            return True
        typed = self.case.dirty
        under_way = sum(job.active for job in (*self._session.jobs, *self._session.chores))
        if not typed and not under_way:
            return True
        return asking.sure(self, messages.leaving(typed, under_way, go), "Leave", "Stay")

    def _update(self) -> None:
        """Bring menus, status line and the page in step with what there is."""
        snapshot = self._session.snapshot
        have = set() if snapshot is None else {"case"}
        if snapshot is not None and not snapshot.read_only:
            have |= {"write"} | ({"video"} if self.case.evidence is not None else set())
        if snapshot is not None and self.case.row is not None and self.case.row.analysis is not None:
            have.add("result")
        under_way = {job.kind for job in self._session.chores}
        if "write" in have and snapshot is not None and snapshot.evidence and "export" not in under_way:
            have.add("report")
        if {"write", "result"} <= have and "repeat" not in under_way:
            have.add("repeat")
        if "case" in have and "verify" not in under_way:
            have.add("check")
        self.actions_.enable(have)
        if snapshot is not None:
            self.case.set_how(self.preferences.how)
        active = [job for job in self._session.jobs if job.active]
        if active:
            waiting = sum(job.phase == "waiting" for job in active)
            queued = f", {waiting} waiting" if waiting else ""
            self._status.setText(f"{words.count(len(active) - waiting, 'video')} in work{queued}")
        elif snapshot is not None:
            self._status.setText(f"What was recorded is saved in {snapshot.folder}")
        else:
            self._status.setText("Works on this computer alone. Nothing is sent or downloaded.")

    def _restore(self) -> None:
        self.resize(1280, 800)
        if kept := self.preferences.now.geometry.encode("ascii", "ignore"):
            self.restoreGeometry(QByteArray.fromBase64(QByteArray(kept)))
        self.case.restore_panes(self.preferences.now.panes)

    def _connect(self) -> None:
        session = self._session
        self.preferences.changed.connect(self._update)
        self.preferences.problem.connect(self._status.setText)
        session.listed.connect(self._on_listed)
        session.case_opened.connect(self._on_opened)
        session.case_closed.connect(self._on_closed)
        session.case_left.connect(self._on_left)
        session.report_exported.connect(self._on_exported)
        session.verified.connect(self._on_verified)
        session.repeated.connect(self._on_repeated)
        session.failed.connect(self._on_failed)
        session.jobs_changed.connect(self._on_changed)
        session.chores_changed.connect(self._on_changed)
        session.case_changed.connect(self._on_changed)
        self.library.opened.connect(self.open_case)
        self.library.wanted_new.connect(self.new_case)
        self.library.wanted_demo.connect(self.open_demo)
        self.library.wanted_folder.connect(self.open_folder)
        self.case.header.wanted_back.connect(self.close_case)
        self.case.header.wanted_details.connect(self.edit_details)
        self.case.header.wanted_verify.connect(session.verify)
        self.case.header.wanted_export.connect(self.export)
        self.case.wanted_add.connect(self.add_videos)
        self.case.dropped.connect(self.drop)
        self.case.waiting.wanted_analysis.connect(self.analyze)
        self.case.videos.wanted_all.connect(self.analyze_all)
        self.case.videos.chosen.connect(self._on_changed)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        case, stage = self.case, self.case.stage
        return {
            "new_case": self.new_case,
            "open_folder": self.open_folder,
            "open_demo": self.open_demo,
            "export": self.export,
            "export_as": self.export_as,
            "settings": self.preferences.edit,
            "close_case": self.close_case,
            "quit": self.close,
            "add_videos": self.add_videos,
            "analyze": self.analyze,
            "repeat": self.repeat,
            "analyze_all": self.analyze_all,
            "cancel": case.cancel_current,
            "cancel_all": self._session.cancel_all,
            "details": self.edit_details,
            "verify": self._session.verify,
            "show_case": self._show_case,
            "next": lambda: stage.step(1, False),
            "previous": lambda: stage.step(-1, False),
            "next_flagged": lambda: stage.step(1, True),
            "previous_flagged": lambda: stage.step(-1, True),
            "accepted": lambda: case.side.mark(Mark.ACCEPTED),
            "rejected": lambda: case.side.mark(Mark.REJECTED),
            "unclear": lambda: case.side.mark(Mark.UNCLEAR),
            "go_videos": case.videos.list.setFocus,
            "go_frame": stage.view.setFocus,
            "go_timeline": stage.timeline.setFocus,
            "go_review": lambda: case.side.go_to(FRAME),
            "go_conclusion": lambda: case.side.go_to(CONCLUSION),
            "go_details": lambda: case.side.go_to(DETAILS),
            "log": lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.log_folder()))),
            "about": self._about,
        }

    def _show_case(self) -> None:
        if self._session.snapshot is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._session.snapshot.folder)))

    def _about(self) -> None:
        QMessageBox.about(self, "About Veriframe", ABOUT.format(version=__version__))
