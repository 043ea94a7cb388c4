"""The left of a case: its videos, and the buttons that act on them."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Signal

from desktop.cases.records import CaseSnapshot
from desktop.jobs.records import Job
from desktop.models import words
from desktop.models.videos import Row, RowRole, VideosModel
from desktop.ui import parts
from desktop.ui.video_list import VideoList
from desktop.ui.works import work_of


class VideoPane(parts.Frame):
    """``chosen`` carries the row that is current now, or None."""

    chosen = Signal(object)
    wanted_add = Signal()
    wanted_all = Signal()
    wanted_cancel_all = Signal()

    def __init__(self) -> None:
        super().__init__("leftPane")
        self.model = VideosModel(self)
        self.list = VideoList(self.model)
        self._count = parts.label("VIDEOS", "section")
        self.add = parts.ToolButton("Add videos", "add", "Ctrl+Shift+N")
        self.add.clicked.connect(self.wanted_add)
        self.all = parts.Button("Analyze all", "analyze", hint="Every video that has no result yet (Ctrl+Shift+R)")
        self.all.clicked.connect(self.wanted_all)
        self.cancel_all = parts.Button("Cancel all", "stop", hint="Ends all work at once")
        self.cancel_all.clicked.connect(self.wanted_cancel_all)
        self._current = ""
        self._lay_out()
        self.list.selectionModel().currentChanged.connect(self._on_current)

    def show_case(self, snapshot: CaseSnapshot | None, jobs: tuple[Job, ...]) -> None:
        """Keep the chosen video chosen; choose the first one where none is."""
        kept = self._current
        self.model.show(snapshot, tuple(work_of(job) for job in jobs))
        rows = self.model.rows
        read_only = snapshot is None or snapshot.read_only
        self._count.setText(words.count(len(rows), "video").upper() if rows else "VIDEOS")
        self.add.setEnabled(not read_only)
        busy = any(job.active for job in jobs)
        self.cancel_all.setVisible(busy)
        waiting = [row for row in rows if row.evidence and not row.analysis and not row.evidence.problem]
        self.all.setVisible(not busy)
        self.all.setEnabled(bool(waiting) and not read_only)
        if rows and not self.list.currentIndex().isValid():
            self.choose(kept if self.model.row_of(kept) is not None else rows[0].key)
        else:
            self.chosen.emit(self.row)

    def choose(self, key: str) -> None:
        number = self.model.row_of(key)
        if number is not None:
            index = self.model.index(number)
            self.list.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    @property
    def row(self) -> Row | None:
        index = self.list.currentIndex()
        return cast(Row, index.data(RowRole)) if index.isValid() else None

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        if (row := self.row) is not None:
            self._current = row.key
            self.chosen.emit(row)

    def _lay_out(self) -> None:
        column = parts.column(self, spacing=0)
        head = parts.row()
        head.setContentsMargins(16, 8, 8, 4)
        head.addWidget(self._count, 1)
        head.addWidget(self.add)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        column.addWidget(parts.line())
        foot = parts.row()
        foot.setContentsMargins(16, 12, 16, 12)
        foot.addWidget(self.all, 1)
        foot.addWidget(self.cancel_all, 1)
        column.addLayout(foot)
