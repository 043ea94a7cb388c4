"""Python's garbage, collected in the GUI thread only.

The collector runs in whichever thread happens to allocate. A widget that it finds from a thread of the store is
destroyed while the GUI thread draws, and the program crashes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 500


class Garbage(QObject):
    """Takes the collector over from its making until :meth:`hand_back`.

    What is there by then, modules for the most part, is left out meanwhile: to go through it takes the window longer
    than everything that comes after.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.collect()
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_time)
        self._timer.start(EVERY_MS)

    def hand_back(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    @Slot()
    def _on_time(self) -> None:
        """As the collector itself would: the oldest generation that is due, with the younger ones."""
        due = [generation for generation in range(3) if gc.get_count()[generation] > gc.get_threshold()[generation]]
        if due:
            gc.collect(max(due))
