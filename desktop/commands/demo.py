"""`demo`: the main job on the bundled clip, in a case of its own; and the same as a test of an installation."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from desktop import paths
from desktop.cases.case import Case
from desktop.cases.errors import CaseError
from desktop.commands import exits, screen
from desktop.commands.console import complain, tell
from desktop.commands.examine import examine_all, report
from desktop.demo import demo_case
from desktop.report.errors import ReportError
from genconvit import method as methods
from genconvit.engine import Engine
from genconvit.errors import GenConViTError
from genconvit.records import Label

METHOD = "standard"
REPORT_FILE = "report.pdf"
PICTURES = "pictures"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="DIR", type=Path, help="for case, report and pictures; default: the library")


def run(args: argparse.Namespace) -> int:
    """Do the main job, then open the app on it, or say where everything is."""
    root = paths.library_folder() if args.out is None else args.out.absolute()
    try:
        with demo_case(root) as case:
            folder = case.folder
            status = _main_job(case, paths.weight_folders())
            if status != exits.DONE:
                return status
            pdf = report(case, None if args.out is None else root / REPORT_FILE)
    except (CaseError, ReportError) as error:
        complain(str(root), error)
        return exits.CASE
    print(f"Case folder: {folder}")
    print(f"Report: {pdf}")
    if screen.available():
        return _show(folder)
    print("There is no screen here, so the window is shown in pictures:")
    for picture in _pictures(folder, root / PICTURES):
        print(f"Picture: {picture}")
    return exits.DONE


def self_test() -> int:
    """The main job with nothing but what is shipped, in a folder that is gone afterwards. Returns the exit status."""
    with tempfile.TemporaryDirectory(prefix="veriframe-") as folder:
        try:
            with demo_case(Path(folder)) as case:
                status = _main_job(case, paths.weight_folders()[-1:])
                pdf = report(case, None) if status == exits.DONE else None
                problems = _shortcomings(case, pdf)
        except (CaseError, ReportError) as error:
            complain("self-test", error)
            return exits.DIFFERS
    for problem in problems:
        tell(f"self-test: {problem}")
    print("self-test: failed" if problems else "self-test: passed")
    return exits.DIFFERS if problems else exits.DONE


def _main_job(case: Case, folders: Sequence[Path]) -> int:
    try:
        method = methods.find(METHOD, [folder / "methods" for folder in folders])
    except GenConViTError as error:
        complain(METHOD, error)
        return exits.METHOD
    with Engine(folders) as engine:
        return examine_all(case, [paths.demo_clip()], engine, method, "auto", copy=True)


def _shortcomings(case: Case, pdf: Path | None) -> list[str]:
    problems: list[str] = []
    labels = [entry.label for entry in case.snapshot().analyses]
    if not labels or labels[-1] not in list(Label):
        problems.append("there is no verdict")
    if pdf is None or not pdf.read_bytes().startswith(b"%PDF-"):
        problems.append("there is no report")
    problems += [f"{d.object} is {d.problem}" for d in case.check().differences]
    return problems


def _show(folder: Path) -> int:
    from desktop.app import run as open_window

    return open_window(case=folder)


def _pictures(folder: Path, to: Path) -> list[Path]:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from desktop.ui.pictures import take

    return list(take(folder, to))
