"""The right of a case: the verdict, and tabs with the frame's numbers and review, the conclusion, and the details."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QTabWidget, QWidget

from desktop.cases.records import CaseSnapshot, Evidence, Mark
from desktop.models.flagged import reviews_of
from desktop.ui import parts
from desktop.ui.conclusion_form import ConclusionForm
from desktop.ui.details_tab import DetailsTab
from desktop.ui.frame_numbers import FrameNumbers
from desktop.ui.review_form import ReviewForm
from desktop.ui.verdict_card import VerdictCard
from genconvit.records import Analysis

FRAME, CONCLUSION, DETAILS = range(3)
TABS_LEAST_PX = 216
"""What the tabs keep in a low window: enough to write in."""
HEAD_LEAST_PX = 160


class Side(parts.Frame):
    """Shows what belongs to the chosen video and frame."""

    def __init__(self) -> None:
        super().__init__("rightPane")
        self.card = VerdictCard()
        self.numbers = FrameNumbers()
        self.review = ReviewForm()
        self.conclusion = ConclusionForm()
        self.details = DetailsTab()
        self.tabs = QTabWidget()
        self._padded_card = _padded(self.card)
        self._padded_card.installEventFilter(self)
        self._head = parts.scroll_area(self._padded_card)
        self.card.errors.wanted_more.connect(self._show_figures)
        self._lay_out()

    def show_analysis(self, analysis: Analysis | None, other_labels: str = "") -> None:
        """``other_labels``: a line on earlier analyses of the video."""
        self.tabs.setTabEnabled(FRAME, analysis is not None)
        self.tabs.setTabEnabled(DETAILS, analysis is not None)
        self._head.setVisible(analysis is not None)
        if analysis is None:
            self.tabs.setCurrentIndex(CONCLUSION)
            self.numbers.show_frame(None, None)
            return
        self.card.show_analysis(analysis, other_labels)
        self.details.show_analysis(analysis)

    def show_frame(self, snapshot: CaseSnapshot, analysis_id: str, analysis: Analysis, frame: int) -> None:
        self.numbers.show_frame(analysis, frame)
        self.show_review(snapshot, analysis_id, analysis, frame)

    def show_review(self, snapshot: CaseSnapshot, analysis_id: str, analysis: Analysis, frame: int) -> None:
        reviews = [review for review in reviews_of(snapshot, analysis_id) if review.frame == frame]
        flagged = frame in analysis.verdict.flagged_frames
        if snapshot.read_only:
            why = "The case is read-only."
        else:
            why = "Not reviewed yet." if flagged else "Only flagged frames are reviewed."
        enabled = flagged and not snapshot.read_only
        self.review.show_review((analysis_id, frame), reviews[-1] if reviews else None, enabled=enabled, why=why)

    def show_conclusion(self, snapshot: CaseSnapshot, evidence: Evidence) -> None:
        newest = [conclusion for conclusion in snapshot.conclusions if conclusion.evidence == evidence.id]
        self.conclusion.show_conclusion(
            evidence.id, newest[-1] if newest else None, snapshot.details.examiner, enabled=not snapshot.read_only
        )

    @property
    def dirty(self) -> bool:
        """Whether something was typed that is not in the case."""
        return self.conclusion.dirty or self.review.dirty

    def forget(self) -> None:
        """Let go of what was typed."""
        self.conclusion.forget()
        self.review.forget()

    def mark(self, mark: Mark) -> None:
        """Review the frame by key."""
        self.tabs.setCurrentIndex(FRAME)
        self.review.mark(mark)

    def go_to(self, tab: int) -> None:
        """Show a tab and put the keyboard into it."""
        if not self.tabs.isTabEnabled(tab):
            return
        self.tabs.setCurrentIndex(tab)
        focus = {FRAME: self.review.comment, CONCLUSION: self.conclusion.reasons}.get(tab, self.tabs.tabBar())
        focus.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._share_height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.LayoutRequest:
            self._share_height()
        return super().eventFilter(watched, event)

    def _share_height(self) -> None:
        """The whole verdict where there is room for it; else it scrolls, for what is squeezed loses lines."""
        whole_px = self._padded_card.heightForWidth(self._head.maximumViewportSize().width())
        room_px = max(self.height() - TABS_LEAST_PX, HEAD_LEAST_PX)
        self._head.setFixedHeight(min(whole_px, room_px))
        scrolls = whole_px > room_px
        # A bar that is there leaves the card less width, so that it needs more height, and the bar would stay for that.
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self._head.setVerticalScrollBarPolicy(bar)
        self._head.setFocusPolicy(Qt.FocusPolicy.TabFocus if scrolls else Qt.FocusPolicy.NoFocus)

    @Slot()
    def _show_figures(self) -> None:
        self.go_to(DETAILS)

    def refresh_conclusion(self, snapshot: CaseSnapshot, evidence: Evidence) -> None:
        """Show a conclusion that was just recorded; what is being typed stays."""
        newest = [conclusion for conclusion in snapshot.conclusions if conclusion.evidence == evidence.id]
        if newest and newest[-1] != self.conclusion.kept:
            self.show_conclusion(snapshot, evidence)

    def _lay_out(self) -> None:
        column = parts.column(self, spacing=0)
        self._head.setAccessibleName("Machine result")
        column.addWidget(self._head)
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(parts.scroll_area(self._frame_tab()), "Frame")
        self.tabs.addTab(parts.scroll_area(_padded(self.conclusion)), "Conclusion")
        self.tabs.addTab(parts.scroll_area(_padded(self.details)), "Details")
        self.tabs.setAccessibleName("Frame, conclusion and details")
        column.addWidget(self.tabs, 1)

    def _frame_tab(self) -> QWidget:
        page = QWidget()
        column = parts.column(page, margin=16, spacing=12)
        column.addWidget(parts.label("YOUR REVIEW OF THIS FRAME", "section"))
        column.addWidget(self.review)
        column.addWidget(parts.line())
        column.addWidget(parts.label("NUMBERS", "section"))
        column.addWidget(self.numbers)
        column.addStretch(1)
        return page


def _padded(widget: QWidget) -> QWidget:
    page = QWidget()
    parts.column(page, margin=16).addWidget(widget)
    return page
