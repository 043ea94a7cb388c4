"""The details of a case: all that the report will say of it. Only the number is needed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLineEdit, QPlainTextEdit, QWidget

from desktop import messages
from desktop.cases.records import CaseDetails
from desktop.ui import asking, parts

SHORT = (
    ("number", "Case number", "For example 2026-0417"),
    ("title", "Title", "A few words to know it by"),
    ("examiner", "Examiner", ""),
    ("laboratory", "Laboratory", ""),
    ("laboratory_address", "Address", ""),
    ("requester", "Requested by", "Person or office that asked"),
    ("authority", "Authority", "Order, warrant or mandate"),
)
LONG = (
    ("question", "Question", "What is asked of the videos, word for word"),
    ("scope", "Scope", "What is examined, and what is not"),
    ("note", "Note", ""),
)


class CaseForm(QDialog):
    """Asks for :class:`CaseDetails`; read ``details`` when it was accepted.

    ``problem``: why these details, typed before, could not be saved. ``fixed``: they are only looked at; with a
    ``problem``, because their case was left.
    """

    def __init__(
        self,
        details: CaseDetails,
        *,
        new: bool,
        problem: str = "",
        fixed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New case" if new else "Case details")
        self.fields: dict[str, QLineEdit | QPlainTextEdit] = {}
        self._buttons = QDialogButtonBox()
        self._save = parts.Button("Create case" if new else "Save", primary=True)
        if not fixed:
            self._buttons.addButton(self._save, QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = parts.Button("Close" if fixed else "Cancel", primary=fixed)
        self._buttons.addButton(cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        only_read = messages.FORM_LEFT if problem else messages.FORM_FIXED
        self._lay_out("New case" if new else "Case details", only_read if fixed else messages.FORM, problem)
        # Only now: a button that is not in its dialog yet loses the place to Cancel as soon as that had the focus.
        (cancel if fixed else self._save).setDefault(True)
        for name, field in self.fields.items():
            value = getattr(details, name)
            field.setText(value) if isinstance(field, QLineEdit) else field.setPlainText(value)
            field.setReadOnly(fixed)
            field.setPlaceholderText("" if fixed else field.placeholderText())
        self._number.textChanged.connect(self._update)
        self._kept = None if problem else self.details
        self._update()
        self._number.setFocus()

    @property
    def details(self) -> CaseDetails:
        return CaseDetails(**{name: _text(field).strip() for name, field in self.fields.items()})

    def reject(self) -> None:
        """Escape is pressed in passing; a page of typed words does not go with it."""
        if self.details == self._kept or asking.sure(self, messages.FORM_TYPED, "Discard", "Keep editing"):
            super().reject()

    @property
    def _number(self) -> QLineEdit:
        field = self.fields["number"]
        assert isinstance(field, QLineEdit)
        return field

    def _update(self) -> None:
        self._save.setEnabled(bool(self._number.text().strip()))

    def _lay_out(self, title: str, words: str, problem: str) -> None:
        column = parts.column(self, margin=24, spacing=16)
        column.addWidget(parts.label(title, "title"))
        column.addWidget(parts.label(words, "muted", wrap=True))
        if problem:
            column.addWidget(parts.label(problem, "problem", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for number, (name, caption, hint) in enumerate(SHORT + LONG):
            field: QLineEdit | QPlainTextEdit = QLineEdit() if number < len(SHORT) else QPlainTextEdit()
            field.setPlaceholderText(hint)
            field.setAccessibleName(caption)
            if isinstance(field, QPlainTextEdit):
                field.setTabChangesFocus(True)
                field.setFixedHeight(64)
            label = parts.label(caption)
            label.setBuddy(field)
            if isinstance(field, QPlainTextEdit):
                label.setContentsMargins(0, 8, 0, 0)
            top = Qt.AlignmentFlag.AlignTop if number >= len(SHORT) else Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(label, number, 0, top)
            grid.addWidget(field, number, 1)
            self.fields[name] = field
        grid.setRowStretch(len(SHORT + LONG), 1)
        column.addWidget(parts.scrolled(grid), 1)
        column.addWidget(self._buttons)
        parts.open_at(self, 680, 720)


def _text(field: QLineEdit | QPlainTextEdit) -> str:
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()
