"""Ship weights that were trained: put card, method and figures together, check that they fit, and replace the old ones.

    python -m genconvit train --self-blend ZIPS --out HOME/weight --name standard ...
    python -m benchmarks.derive_rule --self-blend ZIPS --weights HOME/weight --boxes HOME/weight/boxes.json --mirror
    python -m benchmarks.kinds --self-blend ZIPS --weights HOME/weight --boxes HOME/weight/boxes.json \\
        --out HOME/weight/kinds.json
    VERIFRAME_HOME=HOME python -m genconvit evaluate --layout csv --data CLIPS.csv --method candidate --out EVALUATED
    python -m benchmarks.ship --trained HOME/weight --evaluation EVALUATED/summary.json --to weight
    python -m benchmarks.accuracy_section

HOME is any folder; as the user's own, its `weight` is where the program looks for weights and methods first. The method
is called `candidate` as long as another one is shipped as `standard`: the program takes that name for no other.

The card gets, behind what the training run measured, the error rates of the rule and the result of the evaluation. What
does not fit together is refused, and nothing is changed then. `benchmarks/results/` gets the figures that the README's
section is made from, and the row of each video. What is printed at the end goes into `benchmarks/TRIES.md`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.accuracy_section import EVALUATIONS, RESULTS
from genconvit.commands.sentences import sentence
from genconvit.errors import GenConViTError
from genconvit.training.shipping import KINDS, Places, Unfit, assembled, ship

CLIPS = "clips.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trained", type=Path, required=True, metavar="DIR", help="the folder of the training run")
    parser.add_argument("--evaluation", type=Path, required=True, metavar="FILE", help="the summary.json")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the weights folder")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FOLDER", help="default: benchmarks/results")
    parser.add_argument("--name", default="standard", help="of weights and method (default: standard)")
    parser.add_argument(
        "--what", default=EVALUATIONS[CLIPS], help=f"what was evaluated (default: {EVALUATIONS[CLIPS]})"
    )
    parser.add_argument("--licence", default="", help="for the card, in place of what it says")
    parser.add_argument("--source", default="", help="for the card, in place of what it says")
    given = parser.parse_args()
    try:
        made = assembled(given.name, given.trained, given.evaluation, given.what, given.licence, given.source)
        clips = given.results / CLIPS
        measured = Places(given.results / "fixed_set.json", given.results / KINDS, clips, clips.with_suffix(".csv"))
        written = ship(made, given.to, measured)
    except Unfit as error:
        print(f"Nothing was shipped: {error}.", file=sys.stderr)
        return 1
    except GenConViTError as error:
        print(f"Nothing was shipped. {sentence(error)}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Nothing was shipped: {error}.", file=sys.stderr)
        return 1
    print("\n".join([*map(str, written), "", *made.card.measured, "", f"Fixed set {made.tried}"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
