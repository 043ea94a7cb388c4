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


def test_labels_are_kept_and_get_new_words(qtbot: QtBot) -> None:
    start.make_application("light")
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_rows((("Frame", "1"), ("Time", "0:01"), ("Note", "none")))
    facts.show()
    before = facts.findChildren(QLabel)
    facts.show_rows((("Frame", "2"), ("Time", "0:02")))
    assert [label.text() for label in before[:4]] == ["Frame", "2", "Time", "0:02"]
    assert before[1].accessibleName() == "Frame: 2"
    assert not before[4].isVisible() and not before[5].isVisible()
    facts.show_rows((("Frame", "2"), ("Derived from", LONG)))
    assert [label.text() for label in before[:2]] == ["Frame", "2"]
    assert not before[2].isVisible(), "a long value does not stand beside its name"
    shown = [label.text() for label in facts.findChildren(QLabel) if label.isVisible()]
    assert shown[:3] == ["Frame", "2", "Derived from"] and len(shown) == 4
    facts.show_rows((("Derived from", LONG), ("Frame", "3")))
    shown = [label.text() for label in facts.findChildren(QLabel) if label.isVisible()]
    assert [text for text in shown if len(text) < 20] == ["Derived from", "Frame", "3"], (
        "the order they are read out in"
    )
