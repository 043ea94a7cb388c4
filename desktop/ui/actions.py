"""The menus. Everything the program can do is here, with its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow


@dataclass(frozen=True, slots=True)
class Entry:
    """``needs``: ``""`` always, ``case`` an open case, ``write`` one that can be changed, ``video`` a chosen video,
    ``result`` a video with a result, ``report`` a case that one can be made of now, ``check`` one that can be verified
    now, ``repeat`` a result that can be repeated now. An empty ``text`` is a line between entries."""

    name: str = ""
    text: str = ""
    keys: str = ""
    needs: str = ""


MENUS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "&File",
        (
            Entry("new_case", "&New case …", "Ctrl+N"),
            Entry("open_folder", "&Open a case folder …", "Ctrl+O"),
            Entry("open_demo", "Open &demo case"),
            Entry(),
            Entry("export", "&Export report", "Ctrl+E", "report"),
            Entry("export_as", "Export report and save a cop&y …", "Ctrl+Shift+E", "report"),
            Entry(),
            Entry("settings", "&Settings …", "Ctrl+,"),
            Entry("close_case", "&Close case", "Ctrl+W", "case"),
            Entry("quit", "&Quit", "Ctrl+Q"),
        ),
    ),
    (
        "&Case",
        (
            Entry("add_videos", "&Add videos …", "Ctrl+Shift+N", "write"),
            Entry("analyze", "Analy&ze this video", "Ctrl+R", "video"),
            Entry("repeat", "Re&peat the examination and compare", "Ctrl+Shift+P", "repeat"),
            Entry("analyze_all", "Analyze all &videos without a result", "Ctrl+Shift+R", "write"),
            Entry("cancel", "&Cancel the work on this video", "Ctrl+.", "case"),
            Entry("cancel_all", "Cancel all &work", "Ctrl+Shift+C", "case"),
            Entry(),
            Entry("details", "Case &details …", "Ctrl+D", "case"),
            Entry("verify", "Veri&fy all hashes", "Ctrl+Shift+V", "check"),
            Entry("show_case", "&Show the case’s folder", "", "case"),
        ),
    ),
    (
        "F&rame",
        (
            Entry("next", "&Next examined frame", ".", "result"),
            Entry("previous", "&Previous examined frame", ",", "result"),
            Entry("next_flagged", "Next &flagged frame", "F", "result"),
            Entry("previous_flagged", "Previous fla&gged frame", "Shift+F", "result"),
            Entry(),
            Entry("accepted", "&Accept the flag", "A", "result"),
            Entry("rejected", "&Reject the flag", "R", "result"),
            Entry("unclear", "&Unclear", "U", "result"),
        ),
    ),
    (
        "&Go",
        (
            Entry("go_videos", "To the &videos", "Ctrl+1", "case"),
            Entry("go_frame", "To the &frame", "Ctrl+2", "case"),
            Entry("go_timeline", "To the &timeline", "Ctrl+3", "case"),
            Entry("go_review", "To the &review", "Ctrl+4", "case"),
            Entry("go_conclusion", "To the &conclusion", "Ctrl+5", "case"),
            Entry("go_details", "To the &details", "Ctrl+6", "case"),
        ),
    ),
    (
        "&Help",
        (
            Entry("log", "Show the &log file’s folder"),
            Entry("about", "&About Veriframe"),
        ),
    ),
)


class Actions:
    """Makes the menus of a window. ``handlers``: what to call, by the entry's name."""

    def __init__(self, window: QMainWindow, handlers: dict[str, Callable[[], object]]) -> None:
        self._actions: dict[str, tuple[QAction, Entry]] = {}
        for title, entries in MENUS:
            menu = window.menuBar().addMenu(title)
            for entry in entries:
                if not entry.text:
                    menu.addSeparator()
                    continue
                action = QAction(entry.text, window)
                if entry.keys:
                    action.setShortcut(QKeySequence(entry.keys))
                action.triggered.connect(handlers[entry.name])
                menu.addAction(action)
                self._actions[entry.name] = (action, entry)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name][0]

    def enable(self, have: set[str]) -> None:
        """Enable what can be done with what there is; ``have`` holds values of :attr:`Entry.needs`."""
        for action, entry in self._actions.values():
            action.setEnabled(not entry.needs or entry.needs in have)
