"""Write the accuracy section of README.md from the measured figures.

    python -m benchmarks.accuracy_section [--check]

It reads `benchmarks/results/fixed_set.json`, the evidence in the rule of `weight/methods/standard.toml`, and the
summaries of evaluations named in EVALUATIONS, which `python -m genconvit evaluate --out DIR` leaves as
`DIR/summary.json`. Figures of other weights or of another rule than the shipped ones are refused. `--check` only says
whether README.md has that section (exit status 1 when it does not); a test does the same.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from genconvit.commands.sentences import sentence
from genconvit.errors import GenConViTError
from genconvit.evaluation.marked import MarkersUnfit
from genconvit.evaluation.section import PLACE, read_evaluation, read_fixed_set, render
from genconvit.method import load

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results"
METHOD = ROOT / "weight" / "methods" / "standard.toml"
EVALUATIONS = {
    "clips.json": "clips of DFDC, FaceForensics++, DeepFakeDetection and UADFV, looked at sparingly and not tuned on",
}
"""File in the results folder to what it was measured on, in the order of the table."""


def section() -> str:
    """As the measured figures have it. Raises GenConViTError."""
    evaluations = [read_evaluation(RESULTS / name, what) for name, what in EVALUATIONS.items()]
    return render(read_fixed_set(RESULTS / "fixed_set.json"), load(METHOD), evaluations)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 when README.md differs")
    check = parser.parse_args().check
    readme = README.read_text("utf-8")
    try:
        made = section()
        if PLACE.current(readme) == made:
            return 0
        text = PLACE.replaced(readme, made)
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return 1
    except MarkersUnfit as error:
        print(f"README.md: {error}", file=sys.stderr)
        return 1
    if check:
        print("README.md does not have the figures that were measured.", file=sys.stderr)
        return 1
    README.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
