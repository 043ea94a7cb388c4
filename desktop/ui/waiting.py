"""The middle of a case as long as there is no result to show: what to do, or how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.models import words
from desktop.models.videos import Row
from desktop.ui import parts, theme
from desktop.ui.facts import Facts

HASH_CHARACTERS = 64
"""Too many to stand beside a name in a narrow pane."""
NARROW_PX = 400
ADD_HINT = "Drop videos here, or choose them. Each is hashed before anything else happens to it."


class Waiting(QWidget):
    """A card with a title, a sentence, facts, a progress bar and one or two buttons."""

    wanted_add = Signal()
    wanted_analysis = Signal()
    wanted_cancel = Signal()
    wanted_dismissal = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self._icon = parts.Icon("film", 32, "accent")
        self.title = parts.label("", "title", wrap=True)
        self.text = parts.label("", "muted", wrap=True)
        self._facts = Facts(HASH_CHARACTERS - 1)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the analysis")
        self.numbers = parts.label("", "small", wrap=True)
        self.add = parts.Button("Add videos", "add", primary=True, hint="Ctrl+Shift+N")
        self.analyze = parts.Button("Analyze", "analyze", primary=True, hint="Ctrl+R")
        self.cancel = parts.Button("Cancel", "stop", hint="Ends at once (Ctrl+.)")
        self.dismiss = parts.Button("Put away", "close", hint="Takes the line off the list; nothing is deleted (Del)")
        self.dismiss.clicked.connect(self.wanted_dismissal)
        self.add.clicked.connect(self.wanted_add)
        self.analyze.clicked.connect(self.wanted_analysis)
        self.cancel.clicked.connect(self.wanted_cancel)
        self._lay_out()

    def show_nothing(self, *, read_only: bool) -> None:
        """A case without a video."""
        self._icon.show_icon("film", "accent")
        self.title.setText("No videos in this case yet")
        self.text.setText("There is nothing to look at." if read_only else ADD_HINT)
        self._facts.show_rows(())
        self._only(*(() if read_only else (self.add,)))

    def show_row(self, row: Row, *, method: str, read_only: bool) -> None:
        """A video without a result."""
        self.title.setText(row.name)
        self._facts.show_rows(_facts(row))
        work = row.work
        if work is not None and work.active:
            self._icon.show_icon("analyze", "accent")
            verb = "Finding faces and scoring them." if work.kind == "analysis" else "Reading and hashing the file."
            self.text.setText("Waiting for its turn." if work.phase == "waiting" else verb)
            self.bar.setValue(round(1000 * work.fraction))
            self.numbers.setText(work.numbers)
            self._only(self.bar, self.numbers, self.cancel)
        elif row.problem:
            self._icon.show_icon("warning", "warning")
            self.text.setText(row.problem)
            readable = row.evidence is not None and not row.evidence.problem
            can_analyze = readable and not read_only
            self._only(*((self.analyze,) if can_analyze else ()), *((self.dismiss,) if row.evidence is None else ()))
        else:
            self._icon.show_icon("film", "accent")
            cancelled = "Cancelled. Nothing was kept of it. " if work is not None else ""
            todo = f"Not analyzed yet. Method: {method}." if row.evidence is not None else ""
            self.text.setText(f"{cancelled}{todo}")
            self._only(self.dismiss if row.evidence is None else self.analyze) if not read_only else self._only()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """A hash has to fit into the card of the narrowest pane."""
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW_PX
        margin = 16 if narrow else 32
        for layout in (self._outer, self._column):
            layout.setContentsMargins(margin, margin, margin, margin)
        self._row.setStretch(1, 1000 if narrow else 10)

    def _only(self, *shown: QWidget) -> None:
        for part in (self.bar, self.numbers, self.add, self.analyze, self.cancel, self.dismiss):
            part.setVisible(part in shown)

    def _lay_out(self) -> None:
        page = QWidget()
        self._outer = outer = parts.column(page, margin=32)
        outer.addStretch(2)
        card = parts.Frame("card")
        card.setMaximumWidth(640)
        self._column = column = parts.column(card, margin=32, spacing=16)
        column.addWidget(self._icon)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addWidget(self._facts)
        column.addWidget(self.bar)
        column.addWidget(self.numbers)
        buttons = parts.row(spacing=12)
        for button in (self.add, self.analyze, self.cancel, self.dismiss):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self._row = row = parts.row()
        row.addStretch(1)
        row.addWidget(card, 10)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(3)
        parts.column(self).addWidget(parts.scroll_area(page))
        self.numbers.setFont(theme.sized(12))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


def _facts(row: Row) -> list[tuple[str, str]]:
    evidence = row.evidence
    if evidence is None:
        return []
    rows = [("SHA-256", evidence.sha256), ("Size", f"{words.size(evidence.size_bytes)} ({evidence.size_bytes} bytes)")]
    if evidence.codec:
        rows.append(("Format", f"{evidence.container}, {evidence.codec}"))
    if evidence.width_px:
        rows.append(("Picture", f"{evidence.width_px} × {evidence.height_px} px, {evidence.mean_fps:.2f} frames/s"))
    if evidence.frame_count:
        rows.append(("Length", f"{words.duration(evidence.duration_s)}, {evidence.frame_count} frames"))
    rows.append(("Kept as", "copy in the case" if evidence.stored else f"reference to {evidence.source}"))
    return rows
