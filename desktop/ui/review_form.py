"""The examiner's word on a flagged frame."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QWidget

from desktop.cases.records import Mark, Review
from desktop.models import words
from desktop.ui import parts

CHOICES = (
    (Mark.ACCEPTED, "Accept", "A", "The frame supports the machine’s flag in your view"),
    (Mark.REJECTED, "Reject", "R", "The flag is not supported in your view"),
    (Mark.UNCLEAR, "Unclear", "U", "The frame cannot be judged"),
)


class ReviewForm(QWidget):
    """``reviewed`` carries mark and comment. A mark is kept at once; a changed comment with Enter."""

    reviewed = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._review: Review | None = None
        self._key: Hashable = None
        self._drafts: dict[Hashable, str] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[Mark, parts.Button] = {}
        self.comment = QLineEdit()
        self.comment.setPlaceholderText("Comment (optional)")
        self.comment.setAccessibleName("Comment on this frame")
        self.comment.returnPressed.connect(self._keep_comment)
        self._note = parts.label("", "small", wrap=True)
        self._lay_out()

    def show_review(self, key: Hashable, review: Review | None, *, enabled: bool, why: str) -> None:
        """What is recorded of the frame ``key``, or was typed of it before; ``why``: why nothing can be marked."""
        self._stash()
        self._key, self._review = key, review
        self._group.setExclusive(False)
        for mark, button in self._buttons.items():
            button.setChecked(review is not None and review.mark == mark)
            button.setEnabled(enabled)
        self._group.setExclusive(True)
        self.comment.setEnabled(enabled or review is not None)
        self.comment.setReadOnly(not enabled)
        self.comment.setText(self._drafts.get(key, review.comment if review else ""))
        if not enabled:
            self.comment.setCursorPosition(0)
        if review is not None:
            who = review.examiner or "examiner not supplied"
            self._note.setText(f"{who}, {words.day(review.made_at)}")
        else:
            self._note.setText(why)

    @property
    def dirty(self) -> bool:
        """Whether a comment is typed, here or of another frame, that is not kept."""
        self._stash()
        return bool(self._drafts)

    def forget(self) -> None:
        """Let go of what was typed and not kept."""
        self._key = None
        self._drafts.clear()

    def _stash(self) -> None:
        if self._key is None:
            return
        typed = self.comment.text().strip()
        if typed != (self._review.comment if self._review else ""):
            self._drafts[self._key] = typed
        else:
            self._drafts.pop(self._key, None)

    def mark(self, mark: Mark) -> None:
        """As if the button of that mark was pressed."""
        if self._buttons[mark].isEnabled():
            self._buttons[mark].click()

    def _keep_comment(self) -> None:
        if self.comment.isReadOnly():
            return
        if self._review is not None:
            self.reviewed.emit(self._review.mark, self.comment.text().strip())
        else:
            self._note.setText("Choose Accept, Reject or Unclear; the comment is kept with it.")

    def _on_clicked(self) -> None:
        mark = next(mark for mark, button in self._buttons.items() if button is self.sender())
        self.reviewed.emit(mark, self.comment.text().strip())

    def _lay_out(self) -> None:
        column = parts.column(self)
        buttons = parts.row()
        for mark, text, key, hint in CHOICES:
            button = parts.Button(text, mark.value, hint=f"{hint} ({key})")
            button.setCheckable(True)
            button.clicked.connect(self._on_clicked)
            self._group.addButton(button)
            self._buttons[mark] = button
            buttons.addWidget(button, 1)
        column.addLayout(buttons)
        column.addWidget(self.comment)
        column.addWidget(self._note)
