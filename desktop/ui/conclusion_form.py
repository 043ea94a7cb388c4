"""The examiner's own conclusion on a video. The machine never fills anything in here."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFormLayout, QLineEdit, QPlainTextEdit, QRadioButton, QWidget

from desktop.cases.records import Conclusion, Opinion
from desktop.models import words
from desktop.ui import parts

CHOICES = (
    (Opinion.CONSISTENT, "Consistent with an original"),
    (Opinion.INCONSISTENT, "Inconsistent with an original"),
    (Opinion.INCONCLUSIVE, "Inconclusive"),
)
Entered = tuple[Opinion | None, str, str, str]
INTRODUCTION = "Your own finding, from everything you know of the video. It stands apart from the machine’s result."


class ConclusionForm(QWidget):
    """``concluded`` carries opinion, reasons, examiner and reviewer."""

    concluded = Signal(object, str, str, str)

    def __init__(self) -> None:
        super().__init__()
        self.kept: Conclusion | None = None
        self._enabled = False
        self._key = ""
        self._drafts: dict[str, Entered] = {}
        self._group = QButtonGroup(self)
        self.choices: dict[Opinion, QRadioButton] = {}
        self.reasons = QPlainTextEdit()
        self.reasons.setPlaceholderText("What you observed, and why it leads there")
        self.reasons.setAccessibleName("Reasons")
        self.reasons.setTabChangesFocus(True)
        self.reasons.setMinimumHeight(96)
        self.examiner = QLineEdit()
        self.examiner.setAccessibleName("Examiner")
        self.reviewer = QLineEdit()
        self.reviewer.setAccessibleName("Reviewer")
        self.reviewer.setPlaceholderText("Second examiner, if any")
        self.record = parts.Button("Record conclusion", primary=True)
        self.record.clicked.connect(self._on_record)
        self._note = parts.label("", "small", wrap=True)
        self._lay_out()

    def show_conclusion(self, key: str, conclusion: Conclusion | None, examiner: str, *, enabled: bool) -> None:
        """What was typed of the video ``key`` before, or the conclusion recorded last, or an empty form.

        ``examiner`` is whose case it is.
        """
        self._stash()
        self._key, self.kept, self._enabled = key, conclusion, enabled
        shown = self._drafts.get(key)
        if shown is None and conclusion is not None:
            shown = (conclusion.opinion, conclusion.reasons, conclusion.examiner, conclusion.reviewer)
        chosen, reasons, who, reviewer = shown or (None, "", examiner, "")
        self._group.setExclusive(False)
        for opinion, button in self.choices.items():
            button.setChecked(chosen == opinion)
        self._group.setExclusive(True)
        self.reasons.setPlainText(reasons)
        self.examiner.setText(who)
        self.reviewer.setText(reviewer)
        for button in self.choices.values():
            button.setEnabled(enabled)
        for field in (self.reasons, self.examiner, self.reviewer):  # one scrolls through long reasons of a closed case
            field.setReadOnly(not enabled)
        self._update()

    @property
    def dirty(self) -> bool:
        """Whether something was entered, of this video or another one, that is not recorded."""
        self._stash()
        return bool(self._drafts)

    def forget(self) -> None:
        """Let go of what was entered and not recorded."""
        self._key = ""
        self._drafts.clear()

    def _stash(self) -> None:
        if not self._key:
            return
        if self._enabled and self._changed:
            self._drafts[self._key] = self._entered()
        else:
            self._drafts.pop(self._key, None)

    @property
    def _changed(self) -> bool:
        kept = self.kept
        if kept is None:
            entered = (self.opinion, self.reasons.toPlainText().strip(), self.reviewer.text().strip())
            return entered != (None, "", "")
        return self._entered() != (kept.opinion, kept.reasons, kept.examiner, kept.reviewer)

    @property
    def opinion(self) -> Opinion | None:
        return next((opinion for opinion, button in self.choices.items() if button.isChecked()), None)

    def _entered(self) -> Entered:
        return (
            self.opinion,
            self.reasons.toPlainText().strip(),
            self.examiner.text().strip(),
            self.reviewer.text().strip(),
        )

    def _on_record(self) -> None:
        opinion, reasons, examiner, reviewer = self._entered()
        if opinion is not None:
            self.concluded.emit(opinion, reasons, examiner, reviewer)

    def _update(self) -> None:
        self.record.setEnabled(self._enabled and self.opinion is not None and self._changed)
        if self.kept is None:
            self._note.setText("Nothing recorded yet." if self._enabled else "")
        elif self._changed:
            self._note.setText("Changed since it was recorded. The earlier conclusion is kept as well.")
        else:
            self._note.setText(f"Recorded {words.day(self.kept.made_at)}.")

    def _lay_out(self) -> None:
        column = parts.column(self, spacing=10)
        column.addWidget(parts.label(INTRODUCTION, "small", wrap=True))
        choices = parts.column(spacing=2)
        for opinion, text in CHOICES:
            button = QRadioButton(text)
            button.toggled.connect(self._update)
            self._group.addButton(button)
            self.choices[opinion] = button
            choices.addWidget(button)
        column.addLayout(choices)
        column.addWidget(parts.label("Reasons", "small"))
        column.addWidget(self.reasons, 1)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(parts.label("Examiner", "small"), self.examiner)
        form.addRow(parts.label("Reviewer", "small"), self.reviewer)
        column.addLayout(form)
        column.addWidget(self.record)
        column.addWidget(self._note)
        for part in (self.reasons, self.examiner, self.reviewer):
            part.textChanged.connect(self._update)
