"""``repeat VIDEO``: the same examination again, and what differed, as a certificate in JSON."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from genconvit.commands import examining
from genconvit.commands.arguments import repeats
from genconvit.commands.sentences import exit_code, sentence
from genconvit.errors import GenConViTError

if TYPE_CHECKING:
    from genconvit.certificate import Certificate, Comparison

USAGE = 2
DIFFERS = 5

DESCRIPTION = """\
Examine a video twice, each time in a process of its own, and where the machine has a GPU also on the other kind of
device (CPU or GPU), and print the largest difference of each stage as JSON.
"""
EPILOG = """\
exit status: 0 all runs on one device are the same in every stage, and a GPU agrees with the CPU within 0.0001 of every
score (0.02 in bfloat16); 5 they differ by more; 1 to 4 and 130 as of analyze
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the ``repeat`` sub-command; its ``run`` default takes the parsed arguments and gives the exit code."""
    parser = subparsers.add_parser(
        "repeat", help="examine a video again and compare", description=DESCRIPTION, epilog=EPILOG
    )
    examining.add_arguments(parser)
    parser.add_argument("--runs", type=repeats, default=2, metavar="N", help="on the same device (default: 2)")
    parser.add_argument("--out", metavar="FILE", help="also write the JSON to a file")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if problem := examining.target_problem(arguments.out, arguments.video):
        print(problem, file=sys.stderr)
        return USAGE
    try:
        certificate = _certificate(arguments)
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return exit_code(error)
    data = _json(certificate)
    if not all(examining.written(data, target) for target in dict.fromkeys(("-", arguments.out or "-"))):
        return USAGE
    for line in said(certificate):
        print(line, file=sys.stderr)
    return 0 if certificate.within else DIFFERS


def _certificate(arguments: argparse.Namespace) -> Certificate:
    # Numpy is not imported for --help.
    from genconvit import repeating

    method, folders = examining.chosen_method(arguments), examining.folders()
    with examining.bar(arguments.video.name) as progress:
        return repeating.repeat(
            arguments.video, method, folders=folders, device=arguments.device, runs=arguments.runs, progress=progress
        )


def _json(certificate: Certificate) -> bytes:
    from genconvit.certificate_document import to_document
    from genconvit.document import canonical

    return canonical(to_document(certificate))


def said(certificate: Certificate) -> list[str]:
    """A sentence for each comparison, and one where no device of the other kind ran."""
    devices = {run.number: run.device for run in certificate.runs}
    lines = [
        f"{certificate.video.name}, run {each.second} on {devices[each.second]} against run {each.first} on "
        f"{devices[each.first]}: {_outcome(each, certificate.method.precision)}"
        for each in certificate.comparisons
    ]
    if certificate.no_other_device:
        lines.append(f"CPU and GPU were not compared. {certificate.no_other_device}")
    return lines


def _outcome(each: Comparison, precision: str) -> str:
    from genconvit.certificate import TOLERANCES, beyond, in_digits_alone

    if each.identical and each.within:
        return "the same analysis, byte for byte, but for its times."
    fake = each.scores.fake
    largest = "no score was compared" if fake is None else f"the largest difference of a face's score is {fake:.2g}"
    if in_digits_alone(each, precision):
        return (
            f"same label, but not byte for byte the same; {largest}, within the {TOLERANCES[precision]:g} that CPU and "
            "GPU may differ by."
        )
    if stages := beyond(each):
        return f"DIFFERENT beyond the tolerance of {each.tolerance:g} in {', '.join(stages)}; {largest}."
    return f"the same in every stage, scores within {each.tolerance:g}; {largest}."
