"""Write the accuracy section of README.md from the measured figures.

    python -m benchmarks.accuracy_section [--check]

It reads `benchmarks/results/fixed_set.json` and `kinds.json`, the evidence in the rule of
`weight/methods/standard.toml`, and the summaries of evaluations named in EVALUATIONS, which
`python -m genconvit evaluate --out DIR` leaves as `DIR/summary.json`. Figures of other weights or of another rule than
the shipped ones are refused. `--check` only says whether README.md has that section (exit status 1 when it does not); a
test does the same.
"""

from __future__ import annotations

import sys

from benchmarks.processes import RESULTS, ROOT
from benchmarks.section_in_readme import fill
from genconvit.evaluation.kinds import read_kinds
from genconvit.evaluation.section import PLACE, read_evaluation, read_fixed_set, render
from genconvit.method import load

METHOD = ROOT / "weight" / "methods" / "standard.toml"
EVALUATIONS = {
    "clips.json": "clips of DFDC, FaceForensics++, DeepFakeDetection and UADFV, scored with nearly every run, "
    "shipped or not; no weights and no threshold of scores were derived from them, but the rule's 0.15 s were chosen "
    "after one of the originals",
}
"""File in the results folder to what it was measured on, in the order of the table."""


def section() -> str:
    """As the measured figures have it. Raises GenConViTError."""
    evaluations = [read_evaluation(RESULTS / name, what) for name, what in EVALUATIONS.items()]
    fixed, kinds = read_fixed_set(RESULTS / "fixed_set.json"), read_kinds(RESULTS / "kinds.json")
    return render(fixed, kinds, load(METHOD), evaluations)


def main() -> int:
    return fill(__doc__, PLACE, section)


if __name__ == "__main__":
    sys.exit(main())
