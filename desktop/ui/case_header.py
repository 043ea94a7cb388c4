"""The line across the top of a case: back to the library, which case it is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal

from desktop.cases.records import CaseSnapshot
from desktop.ui import parts, theme


class CaseHeader(parts.Frame):
    """Says whose case it is; each button has a menu entry with a shortcut as well."""

    wanted_back = Signal()
    wanted_details = Signal()
    wanted_verify = Signal()
    wanted_export = Signal()

    def __init__(self) -> None:
        super().__init__("header")
        self.back = parts.ToolButton("All cases", "back", "Ctrl+W")
        self.back.clicked.connect(self.wanted_back)
        self._number = parts.label("", "heading")
        self._title = parts.ElidedLabel("muted")
        self._lock = parts.Icon("lock", 18, "warning")
        self.details = parts.Button("Details", "edit", hint="What the report says of the case (Ctrl+D)")
        self.details.clicked.connect(self.wanted_details)
        self.verify = parts.Button("Verify", "verify", hint="Check every recorded hash (Ctrl+Shift+V)")
        self.verify.clicked.connect(self.wanted_verify)
        self.export = parts.Button("Export report", "report", primary=True, hint="PDF (Ctrl+E)")
        self.export.clicked.connect(self.wanted_export)
        row = parts.row(self, spacing=8)
        row.setContentsMargins(8, 8, 16, 8)
        row.addWidget(self.back)
        row.addWidget(self._lock)
        row.addWidget(self._number)
        row.addWidget(self._title, 1)
        for button in (self.details, self.verify, self.export):
            row.addWidget(button)

    def show_case(self, snapshot: CaseSnapshot, chores: Collection[str]) -> None:
        """``chores``: kinds of what is under way, ``verify`` and ``export``."""
        exporting = "export" in chores
        self._number.setText(snapshot.details.number or snapshot.folder.name)
        self._number.setFont(theme.sized(15, theme.sized(15).Weight.DemiBold))
        self._title.setText(snapshot.details.title)
        self._title.setToolTip(snapshot.details.title)
        self._lock.setVisible(snapshot.read_only)
        self.export.setEnabled(not snapshot.read_only and not exporting and bool(snapshot.evidence))
        self.verify.setEnabled("verify" not in chores)
        self.export.setText("Exporting …" if exporting else "Export report")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
