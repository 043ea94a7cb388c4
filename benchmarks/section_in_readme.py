"""What programs that make a section of README.md do alike: write it, or say that it differs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from benchmarks.processes import ROOT
from genconvit.commands.sentences import sentence
from genconvit.errors import GenConViTError
from genconvit.evaluation.marked import Marked, MarkersUnfit

README = ROOT / "README.md"


def fill(description: str | None, place: Marked, section: Callable[[], str]) -> int:
    """The command line of such a program, and its exit status: 1 where something is said on stderr.

    Args:
        section: makes it, markers included, with a line end; may raise GenConViTError.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when README.md differs")
    check = parser.parse_args().check
    readme = README.read_text("utf-8")
    try:
        text = place.replaced(readme, section())
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return 1
    except MarkersUnfit as error:
        print(f"README.md: {error}", file=sys.stderr)
        return 1
    if text == readme:
        return 0
    if check:
        print("README.md does not have the figures that were measured.", file=sys.stderr)
        return 1
    README.write_text(text, encoding="utf-8", newline="\n")
    return 0
