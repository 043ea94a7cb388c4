"""``analyze VIDEO``: the verdict on one video, as text or as JSON."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from genconvit.commands import examining
from genconvit.commands.sentences import exit_code, sentence
from genconvit.errors import GenConViTError

if TYPE_CHECKING:
    from genconvit.records import Analysis

USAGE = 2
CHANGED = (
    "This method comes with Veriframe, with its sampling or precision changed; its figures were measured without that "
    "change."
)
NOT_OURS = "This method does not come with Veriframe: its rule and figures are its author's."


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the ``analyze`` sub-command; its ``run`` default takes the parsed arguments and gives the exit code."""
    parser = subparsers.add_parser("analyze", help="examine a video", description="Examine a video for altered faces.")
    examining.add_arguments(parser)
    parser.add_argument("--json", metavar="FILE|-", help="write the analysis as JSON; - is standard output")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if problem := examining.target_problem(arguments.json, arguments.video):
        print(problem, file=sys.stderr)
        return USAGE
    try:
        analysis = _analyze(arguments)
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return exit_code(error)
    if arguments.json is not None and not examining.written(_json(analysis), arguments.json):
        return USAGE
    if arguments.json != "-":
        print(_text(analysis))
    return 0


def _analyze(arguments: argparse.Namespace) -> Analysis:
    # Numpy, decoders and finders are not imported for --help.
    from genconvit.analyze import analyze

    method, folders = examining.chosen_method(arguments), examining.folders()
    with examining.bar(arguments.video.name) as progress:
        return analyze(arguments.video, method, folders=folders, device=arguments.device, progress=progress).analysis


def _json(analysis: Analysis) -> bytes:
    from genconvit.document import canonical, to_document

    return canonical(to_document(analysis))


def _text(analysis: Analysis) -> str:
    from genconvit.notes import notes_on_analysis
    from genconvit.verdict import describe

    verdict, coverage, method = analysis.verdict, analysis.coverage, analysis.method
    score = "no score" if verdict.fake is None else f"score {verdict.fake:.3f}"
    if verdict.published_score is not None:
        score += f" (the released script prints {verdict.published_score:.3f})"
    left_out = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in coverage.faces_not_used.items() if n)
    gap = "" if coverage.longest_gap_s is None else f"; longest stretch not looked at: {coverage.longest_gap_s:.2f} s"
    lines = [
        f"{analysis.video.path}",
        f"{verdict.label}, {score}",
        describe(verdict, method.rule),
        f"Frames: {coverage.frames_read} of {coverage.frames_total} examined, {coverage.frames_with_face} with a face, "
        f"{len(verdict.flagged_frames)} flagged{gap}",
        f"Faces: {coverage.faces_found} found, {coverage.faces_used} used" + (f" ({left_out})" if left_out else ""),
        f"Method: {method.name}, SHA-256 {method.sha256}",
        f"Time: {analysis.timings_s['total']:.1f} s on {analysis.provenance.device}",
        "The score is not the probability that the video is fake.",
    ]
    if whose := _whose(analysis.provenance.method_origin):
        # Beside the verdict, where a reader who stops there has seen it.
        lines.insert(3, whose)
    return "\n".join(lines + [f"Note: {note}" for note in notes_on_analysis(analysis)])


def _whose(origin: str) -> str:
    """A sentence for a method that is not as it comes with the program; else empty."""
    from genconvit.method import Origin

    if origin == Origin.SHIPPED:
        return ""
    return CHANGED if origin == Origin.CHANGED else NOT_OURS
