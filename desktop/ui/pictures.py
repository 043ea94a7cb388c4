"""Pictures of the real window, for the README and for looking at what we build.

``python -m desktop.ui.pictures --case DIR --out DIR`` shows every screen in light and dark, at two sizes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

SIZES = ((1280, 800), (1920, 1080))
THEMES = ("light", "dark")
PATIENCE_S = 20.0


def prepare() -> None:
    """Must come before the first Qt import: without a screen, draw without one."""
    has_screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not has_screen:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


prepare()

from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from desktop import paths  # noqa: E402
from desktop.cases.case import Case  # noqa: E402
from desktop.cases.library import CaseLibrary  # noqa: E402
from desktop.cases.records import CaseDetails  # noqa: E402
from desktop.jobs.session import Session  # noqa: E402
from desktop.ui import start, theme  # noqa: E402
from desktop.ui.main_window import MainWindow  # noqa: E402
from genconvit import places  # noqa: E402
from genconvit.engine import Engine  # noqa: E402
from genconvit.method import Method  # noqa: E402
from genconvit.progress import QUIET, Progress  # noqa: E402
from genconvit.records import Examination  # noqa: E402

OTHERS = (
    CaseDetails("2026-0398", "Identity check of an account opening", "Dr. M. Lindqvist"),
    CaseDetails("2026-0402", "Statement published on a video platform", "J. Okafor"),
    CaseDetails("2026-0409", "Blackmail with an intimate recording", "Dr. M. Lindqvist"),
)


def take(case_folder: Path, out: Path) -> list[Path]:
    """A small set for the demo: the library, and the case's result in light and dark. The case is not touched."""
    out.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    with _studio(case_folder, (1280, 800)) as studio:
        taken.append(studio.grab("library-light", out))
        studio.open()
        for name in THEMES:
            studio.dress(name)
            taken.append(studio.grab(f"case-{name}", out))
    return taken


def take_all(case_folder: Path, out: Path) -> list[Path]:
    """Every screen, light and dark, at 1280 x 800 and 1920 x 1080."""
    out.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    for size in SIZES:
        for name in THEMES:
            with _studio(None, size) as studio:
                studio.dress(name)
                taken.append(studio.grab(f"{_stem('library-empty', name, size)}", out))
            with _studio(case_folder, size) as studio:
                studio.dress(name)
                taken += [studio.grab(_stem(step, name, size), out, shown) for step, shown in studio.tour()]
    return taken


@dataclass
class _Studio:
    """A window on a library of its own."""

    window: MainWindow
    session: Session
    folder: Path | None

    def dress(self, name: str) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, name)
        _settle()

    def grab(self, name: str, out: Path, widget: QWidget | None = None) -> Path:
        _settle()
        path = out / f"{name}.png"
        if not (widget or self.window).grab().save(str(path)):
            raise OSError(f"cannot write {path}")
        return path

    def open(self, label: str = "FAKE") -> None:
        """Open the case at a video of that label, or else at its first one."""
        assert self.folder is not None
        if self.session.snapshot is None:
            self.session.open_case(self.folder)
            _until(lambda: self.session.snapshot is not None and bool(self.window.case.videos.model.rows))
        rows = self.window.case.videos.model.rows
        row = next((row for row in rows if row.label == label), rows[0])
        self.window.case.videos.choose(row.key)
        self._until_shown()

    def tour(self) -> Iterator[tuple[str, QWidget | None]]:
        """Name and widget of one screen after the other; None is the whole window."""
        window, session = self.window, self.session
        yield "library", None
        window.new_case()
        yield "new-case", _dialog(window)
        _dialog(window).close()
        window.preferences.edit()
        yield "settings", _dialog(window)
        _dialog(window).close()
        self.open()
        yield "result", None
        window.case.side.go_to(1)
        yield "conclusion", None
        window.case.side.go_to(2)
        yield "details", None
        window.case.side.go_to(0)
        self.open("INCONCLUSIVE")
        yield "inconclusive", None
        self.open("REAL")
        yield "below", None
        self.open()
        window.export()
        _until(lambda: window.case.notice.isVisible())
        yield "exported", None
        evidence = session.snapshot.evidence[0] if session.snapshot is not None else None
        session.close_case()
        _until(lambda: session.snapshot is None)
        session.create_case(replace(OTHERS[0], number="2026-0421", title="Interview of a minister"))
        _until(lambda: session.snapshot is not None)
        yield "no-video", None
        if evidence is not None and self.folder is not None:
            video = self.folder / evidence.stored if evidence.stored else evidence.source
            session.add_videos([video], copy=False)
            _until(lambda: session.snapshot is not None and bool(session.snapshot.evidence))
            yield "before-analysis", None
            window.analyze()
            _until(lambda: any(job.step.left_s for job in session.jobs))
            yield "analyzing", None

    def _until_shown(self) -> None:
        case = self.window.case
        if case.row is not None and case.row.analysis is not None:
            _until(lambda: case.row is not None and case.stage.evidence == case.row.key and case.stage.view.has_picture)
            _until(lambda: all(not frame.image.isNull() for frame in case.stage.flagged.frames[:8]), 2.0)


class _HeldEngine(Engine):
    """Takes videos in for real, and then analyzes forever: for the picture of an analysis that runs."""

    def examine(
        self,
        path: Path,
        method: Method,
        device: str = "auto",
        pictures: Path | None = None,
        progress: Progress = QUIET,
    ) -> Examination:
        done = 0.0
        while True:
            progress.report(min(0.05 + done, 0.64), int(done * 100))
            done += 0.02
            time.sleep(0.03)


@contextlib.contextmanager
def _studio(case_folder: Path | None, size: tuple[int, int]) -> Iterator[_Studio]:
    """A window in a home of its own, with a copy of the case in the library."""
    kept = os.environ.get(places.HOME_VARIABLE)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ[places.HOME_VARIABLE] = home
        folder = _furnish(case_folder) if case_folder is not None else None
        start.make_application("light")
        folders = paths.weight_folders()
        engines = (_HeldEngine(folders), Engine(folders), Engine(folders))
        session = Session(paths.library_folder(), folders, *engines)
        window = MainWindow(session, start.settings_file())
        window.resize(*size)
        window.show()
        try:
            _until(lambda: window.library.is_shown)
            yield _Studio(window, session, folder)
        finally:
            session.cancel_all()  # the window would ask
            window.close()
            if kept is None:
                os.environ.pop(places.HOME_VARIABLE, None)
            else:
                os.environ[places.HOME_VARIABLE] = kept


def _furnish(case_folder: Path) -> Path:
    library = CaseLibrary(paths.library_folder())
    for details in OTHERS:
        case: Case = library.create(details)
        case.close()
    folder = paths.library_folder() / case_folder.name
    shutil.copytree(case_folder, folder)
    return folder


def _stem(step: str, name: str, size: tuple[int, int]) -> str:
    return f"{step}-{name}-{size[0]}x{size[1]}"


def _dialog(window: MainWindow) -> QWidget:
    found = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget is not window]
    return found[0]


def _settle(milliseconds: int = 60) -> None:
    """Let the window draw itself."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _until(done: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for what the window's threads deliver. Gives up without a word: the picture then shows how far it came."""
    deadline = time.monotonic() + patience_s
    while not done() and time.monotonic() < deadline:
        _settle(20)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m desktop.ui.pictures", description="Pictures of every screen.")
    parser.add_argument("--case", type=Path, required=True, help="folder of an examined case; it is not touched")
    parser.add_argument("--out", type=Path, required=True, help="folder for the PNG files")
    chosen = parser.parse_args(arguments)
    for path in take_all(chosen.case, chosen.out):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
