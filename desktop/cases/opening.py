"""Making a case and opening one."""

from __future__ import annotations

import shutil
from pathlib import Path

from desktop.cases.case import Case
from desktop.cases.durable import remove, saving
from desktop.cases.errors import CaseFolderTaken, CaseNotFound, CaseNotSaved
from desktop.cases.ledger import Ledger
from desktop.cases.lock import IN_USE, WriterLock
from desktop.cases.names import ANALYSES, CASE_FILE, EVIDENCE, FRAMES, LOCK_FILE, REPORTS, STAGING
from desktop.cases.records import CaseDetails
from genconvit import __version__

FOLDERS = (EVIDENCE, ANALYSES, FRAMES, REPORTS)


def create_case(folder: Path, details: CaseDetails) -> Case:
    """Make a case in a folder that is not there yet, or empty.

    Raises:
        CaseFolderTaken, CaseNotSaved
    """
    with saving(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CaseFolderTaken(folder)
        folder.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(folder)
    try:
        if lock.refused:
            raise CaseFolderTaken(folder) if lock.refused == IN_USE else CaseNotSaved(folder, "forbidden")
        ledger = Ledger(folder)
        with saving(folder):
            for name in FOLDERS:
                (folder / name).mkdir(exist_ok=True)
        ledger.begin(details, f"veriframe {__version__}")
    except BaseException:
        lock.release()
        _clear(folder)
        raise
    return Case(folder, ledger, lock)


def open_case(folder: Path) -> Case:
    """Open a case; read-only when another program has it open for writing, or the folder takes no changes.

    Raises:
        CaseNotFound, CaseUnreadable, CaseTooNew, CaseNotSaved
    """
    if not (folder / CASE_FILE).is_file():
        raise CaseNotFound(folder)
    lock = WriterLock(folder)
    try:
        ledger = Ledger(folder)
        ledger.load(writing=not lock.refused)
        if not lock.refused:
            shutil.rmtree(folder / STAGING, ignore_errors=True)
            remove(folder / f"{CASE_FILE}.part")
    except BaseException:
        lock.release()
        raise
    return Case(folder, ledger, lock)


def _clear(folder: Path) -> None:
    """Take back what :func:`create_case` made; a folder with anything else in it stays."""
    if not (folder / CASE_FILE).exists():
        remove(folder / LOCK_FILE)
        for path in (*(folder / name for name in FOLDERS), folder):
            try:
                path.rmdir()
            except OSError:
                continue
