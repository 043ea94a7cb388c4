"""`examine`: videos into a case, analyzed, and a report if asked for."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from desktop import paths
from desktop.cases.case import Case
from desktop.cases.errors import CaseError, CaseReadOnly
from desktop.cases.names import CASE_FILE
from desktop.cases.opening import create_case, open_case
from desktop.cases.records import CaseDetails
from desktop.commands import exits
from desktop.commands.console import Bar, complain, row, tell
from desktop.examination import Examiner, examine, export_report, take_in
from desktop.report.errors import ReportError
from genconvit import method as methods
from genconvit.commands.arguments import frames, seconds
from genconvit.engine import Engine
from genconvit.errors import (
    CardInvalid,
    DeviceUnavailable,
    FrameUnreadable,
    GenConViTError,
    MethodInvalid,
    MethodMissing,
    NoVideoStream,
    OutOfMemory,
    PictureNotKept,
    RuleMismatch,
    VideoNotFound,
    VideoUnreadable,
    WeightsDamaged,
    WeightsMissing,
    WeightsRefused,
    WeightsUnfit,
)
from genconvit.method import Method
from genconvit.notes import notes_on_analysis

HOPELESS = (
    CardInvalid,
    DeviceUnavailable,
    MethodInvalid,
    MethodMissing,
    RuleMismatch,
    WeightsDamaged,
    WeightsMissing,
    WeightsRefused,
    WeightsUnfit,
)
"""What goes wrong with one video and would with every other."""

UNREADABLE, FAILED = "UNREADABLE", "FAILED"
"""Stand where the label would be: the file is no readable video; it is, but the analysis did not come to an end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("videos", metavar="VIDEO", nargs="+", type=Path)
    parser.add_argument("--case", metavar="DIR", required=True, type=Path, help="case folder; made if it is not there")
    parser.add_argument("--report", metavar="FILE.pdf", type=Path, help="also write a report on the whole case")
    parser.add_argument("--method", metavar="NAME|FILE.toml", default="standard", help="default: standard")
    plan = parser.add_mutually_exclusive_group()
    plan.add_argument("--frames", metavar="N", type=frames, help="frames examined in each video, evenly spread")
    plan.add_argument("--every", metavar="SECONDS", type=seconds, help="examine a frame every so many seconds")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--reference", action="store_true", help="refer to the videos instead of copying them")
    details = parser.add_argument_group("details of a new case (an existing one keeps its own)")
    for field in fields(CaseDetails):
        details.add_argument(f"--{field.name.replace('_', '-')}", metavar="TEXT", default="")


def run(args: argparse.Namespace) -> int:
    """Print a line per video: name, label, score, faces used; separated by tabs. Returns the exit status."""
    try:
        method = chosen_method(args)
    except GenConViTError as error:
        complain(args.method, error)
        return exits.METHOD
    try:
        with opened(args.case, _details(args)) as case, Engine(paths.weight_folders()) as engine:
            status = examine_all(case, args.videos, engine, method, args.device, copy=not args.reference)
            if args.report is not None and status in (exits.DONE, exits.VIDEO):
                tell(f"Report: {report(case, args.report)}")
            return status
    except (CaseError, ReportError) as error:
        complain(str(args.case), error)
        return exits.CASE


def chosen_method(args: argparse.Namespace) -> Method:
    """The method of ``--method``, ``--frames`` and ``--every``. Raises MethodMissing, MethodInvalid, RuleMismatch."""
    method = methods.find(args.method, paths.method_folders())
    return methods.changed(method, count=args.frames, seconds=args.every)


def opened(folder: Path, details: CaseDetails) -> Case:
    """The case in a folder, made if there is none, for writing.

    Raises:
        CaseReadOnly, CaseFolderTaken, CaseUnreadable, CaseTooNew, CaseNotSaved
    """
    if not (folder / CASE_FILE).exists():
        return create_case(folder, details)
    case = open_case(folder)
    if case.read_only:
        reason = case.read_only_reason
        case.close()
        raise CaseReadOnly(folder, reason)
    if ignored := _ignored(details, case.snapshot().details):
        tell(f"{folder}: the case exists and keeps its own details; not used: {ignored}.")
    return case


def examine_all(case: Case, videos: list[Path], engine: Examiner, method: Method, device: str, *, copy: bool) -> int:
    """Examine one video after another; one that fails does not stop the others.

    Raises:
        CaseError: the case does not take what was found.
    """
    status = exits.DONE
    for path in videos:
        try:
            _examine_one(case, path, engine, method, device, copy)
        except CaseError:
            raise
        except PictureNotKept as error:
            # The pictures go to the disk of the case.
            complain(str(case.folder), error)
            return exits.CASE
        except GenConViTError as error:
            if hopeless(error):
                complain(method.name, error)
                return exits.METHOD
            status = exits.VIDEO
            unreadable = isinstance(error, FrameUnreadable | NoVideoStream | VideoNotFound | VideoUnreadable)
            row(path.name, UNREADABLE if unreadable else FAILED, "-", "-")
            complain(str(path), error)
    return status


def hopeless(error: GenConViTError) -> bool:
    """Whether what went wrong with one video would with every other."""
    # Halving the batch has come to its end where not even one face fits.
    return isinstance(error, HOPELESS) or (isinstance(error, OutOfMemory) and error.batch <= 1)


def report(case: Case, to: Path | None) -> Path:
    """Export the report. Returns where it is. Raises CaseError, ReportError."""
    with Bar("report") as bar:
        entry = export_report(case, to, bar.progress)
    return to or case.report_path(entry.id)


def _examine_one(case: Case, path: Path, engine: Examiner, method: Method, device: str, copy: bool) -> None:
    with Bar(path.name) as bar:
        evidence = take_in(case, path, engine, copy, bar.progress.part(0.0, 0.2))
        entry = examine(case, evidence.id, engine, method, device, bar.progress.part(0.2, 0.8))
        notes = notes_on_analysis(case.analysis(entry.id))
    if evidence.source != path.absolute():
        tell(f"{path}: in the case already, as {evidence.name} from {evidence.source}; recorded as seen again.")
    for note in notes:
        tell(f"{path}: {note}")
    score = "-" if entry.fake is None else f"{entry.fake:.3f}"
    row(path.name, entry.label, score, str(entry.faces_used))


def _details(args: argparse.Namespace) -> CaseDetails:
    return CaseDetails(**{field.name: getattr(args, field.name) for field in fields(CaseDetails)})


def _ignored(given: CaseDetails, kept: CaseDetails) -> str:
    """The options whose text is not that of the case; they count for a new case only."""
    names = [field.name for field in fields(CaseDetails)]
    return ", ".join(
        f"--{name.replace('_', '-')}"
        for name in names
        if getattr(given, name) and getattr(given, name) != getattr(kept, name)
    )
