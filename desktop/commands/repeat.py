"""`repeat`: the analyses of a case again, and their repeatability certificates into the case."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop import paths
from desktop.cases.case import Case
from desktop.cases.errors import CaseError, CaseReadOnly, CertificateRefused
from desktop.cases.opening import open_case
from desktop.cases.records import AnalysisEntry, CaseSnapshot, Evidence
from desktop.commands import exits
from desktop.commands.console import Bar, complain, row, tell
from desktop.commands.examine import hopeless, report
from desktop.examination import Repeated, repeat, take_in_certificate
from desktop.report.errors import ReportError
from genconvit.certificate_document import parse
from genconvit.commands.arguments import repeats
from genconvit.errors import CertificateInvalid, GenConViTError

IDENTICAL, WITHIN, DIFFERENT, FAILED = "IDENTICAL", "WITHIN", "DIFFERENT", "FAILED"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="CASE_DIR", type=Path)
    parser.add_argument("--video", metavar="NAME", action="append", help="of the case; default: each that was analyzed")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda", "mps"))
    parser.add_argument("--runs", metavar="N", type=repeats, default=2, help="on the same device (default: 2)")
    parser.add_argument("--report", metavar="FILE.pdf", type=Path, help="also write a report on the whole case")
    parser.add_argument(
        "--take-in",
        metavar="FILE.json",
        type=Path,
        help="instead of running anything, keep a certificate that `python -m genconvit repeat` made",
    )


def run(args: argparse.Namespace) -> int:
    """Print a line per video: name, IDENTICAL, WITHIN (the tolerance) or DIFFERENT, largest difference of a face's
    score, SHA-256 of the certificate; separated by tabs. Runs that do not give the analysis of the case are DIFFERENT
    too. Returns the exit status."""
    try:
        with open_case(args.folder) as case:
            if case.read_only:
                raise CaseReadOnly(args.folder, case.read_only_reason)
            status = _repeat_all(case, args) if args.take_in is None else _take_in(case, args.take_in)
            if args.report is not None and status in (exits.DONE, exits.DIFFERS, exits.VIDEO):
                tell(f"Report: {report(case, args.report)}")
            return status
    except (CaseError, ReportError) as error:
        complain(str(args.folder), error)
        return exits.CASE


def _repeat_all(case: Case, args: argparse.Namespace) -> int:
    status = exits.DONE
    for name, entry in _chosen(case.snapshot(), args.video):
        if entry is None:
            tell(f"{name}: there is no such video in the case, or it has no analysis; examine it first.")
            status = status or exits.VIDEO
            continue
        try:
            with Bar(name) as bar:
                done = repeat(case, entry.id, paths.weight_folders(), args.device, args.runs, bar.progress)
        except CertificateRefused as error:
            # The file that the case refers to is another one by now.
            complain(name, error)
            status = exits.VIDEO
            continue
        except CaseError:
            raise
        except GenConViTError as error:
            if hopeless(error):
                complain(entry.method, error)
                return exits.METHOD
            row(name, FAILED, "-", "-")
            complain(name, error)
            status = exits.VIDEO
            continue
        _show(name, done)
        status = status or (exits.DONE if done.agrees else exits.DIFFERS)
    return status


def _take_in(case: Case, path: Path) -> int:
    """Keep a certificate beside the newest analysis that it is about."""
    try:
        data = path.read_bytes()
        certificate = parse(data)
    except OSError as error:
        tell(f"{path}: cannot be read: {error.strerror or error}.")
        return exits.USAGE
    except CertificateInvalid as error:
        complain(str(path), error)
        return exits.USAGE
    snapshot = case.snapshot()
    newest = [(evidence, entry) for evidence in snapshot.evidence if (entry := _newest(snapshot, evidence))]
    if not newest:
        tell(f"{path}: the case has no analysis that it could belong to.")
        return exits.VIDEO
    # The one it is about; else one that says what is wrong with it: of its video, or any.
    by_video = [each for each in newest if each[0].sha256 == certificate.video.sha256] or newest
    fitting = [
        (evidence, entry)
        for evidence, _ in by_video
        for entry in snapshot.analyses
        if entry.evidence == evidence.id and entry.method_sha256 == certificate.method.sha256
    ]
    evidence, entry = (fitting or by_video)[-1]
    try:
        done = take_in_certificate(case, entry.id, data, path)
    except (CertificateRefused, GenConViTError) as error:
        complain(str(path), error)
        return exits.VIDEO
    _show(evidence.name, done)
    return exits.DONE if done.agrees else exits.DIFFERS


def _chosen(snapshot: CaseSnapshot, names: list[str] | None) -> list[tuple[str, AnalysisEntry | None]]:
    """Names of videos with their newest analyses."""
    if names is None:
        pairs = [(each.name, _newest(snapshot, each)) for each in snapshot.evidence]
        return [(name, entry) for name, entry in pairs if entry is not None]
    chosen: list[tuple[str, AnalysisEntry | None]] = []
    for name in names:
        found = [(each.name, _newest(snapshot, each)) for each in snapshot.evidence if name in (each.name, each.id)]
        chosen += found or [(name, None)]
    return chosen


def _newest(snapshot: CaseSnapshot, evidence: Evidence) -> AnalysisEntry | None:
    return next((entry for entry in reversed(snapshot.analyses) if entry.evidence == evidence.id), None)


def _show(name: str, done: Repeated) -> None:
    comparisons = done.certificate.comparisons
    outcome = WITHIN if done.agrees else DIFFERENT
    if done.agrees and all(each.identical for each in comparisons):
        outcome = IDENTICAL
    far = [each.scores.fake for each in comparisons if each.scores.fake is not None]
    row(name, outcome, f"{max(far):.2g}" if far else "-", done.entry.sha256)
    if done.caution:
        tell(f"{name}: {done.caution}")
