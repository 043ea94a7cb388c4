"""How often the rule was wrong where it was measured, in a line or two."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from desktop.models import figures
from desktop.ui import parts
from genconvit.method import Rule


class KnownErrors(QWidget):
    """``wanted_more`` asks for all figures of the rule. Hidden without a rule."""

    wanted_more = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lines = parts.label("", "value", wrap=True, selectable=True)
        self.more = QToolButton()
        self.more.setObjectName("link")
        self.more.setText("More")
        self.more.setAccessibleName("More of what is known of its errors")
        self.more.setToolTip("All figures of the rule and what they were measured on, under Details")
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.clicked.connect(self.wanted_more)
        column = parts.column(self, spacing=2)
        head = parts.row()
        head.addWidget(parts.label("WHAT IS KNOWN OF ITS ERRORS", "section"), 1)
        head.addWidget(self.more)
        column.addLayout(head)
        column.addWidget(self._lines)

    def show_rule(self, rule: Rule | None) -> None:
        self._lines.setText("\n".join(figures.error_rates(rule)))
        self._lines.setToolTip("In brackets the 95 % interval and how many were measured.")
        self.setVisible(rule is not None)

    @property
    def text(self) -> str:
        return self._lines.text()
