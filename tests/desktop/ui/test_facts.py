"""Names and values: what is long must be readable in a narrow pane."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.ui import start
from desktop.ui.facts import Facts

LONG = "16 photographs that training never saw, each shown as a simulated video of 12 views. " * 6


def test_long_names_and_values_have_the_whole_width(qtbot: QtBot) -> None:
    start.make_application("light")
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_rows(
        (("Name", "standard"), ("Derived from", LONG), ("fake ones called FAKE, single views (Wilson)", "1 %"))
    )
    facts.resize(300, facts.heightForWidth(300))
    facts.show()
    name, value, origin, text, what, share = facts.findChildren(QLabel)
    assert value.x() > name.geometry().right()
    for above, below in ((origin, text), (what, share)):
        assert below.width() == above.width() == 300
        assert below.y() >= above.geometry().bottom()
    for label in (text, what):
        assert label.height() >= label.heightForWidth(300)
