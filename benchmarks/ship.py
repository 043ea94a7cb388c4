"""Ship weights that were trained: put card, method and figures together, check that they fit, and replace the old ones.

    python -m genconvit train --self-blend ZIPS --out RUN --name standard ...
    python benchmarks/derive_rule.py --self-blend ZIPS --weights RUN --boxes RUN/boxes.json --mirror
    python -m genconvit evaluate CLIPS --method RUN/methods/standard.toml --out EVALUATED ...
    python -m benchmarks.ship --trained RUN --evaluation EVALUATED/summary.json --to weight
    python -m benchmarks.accuracy_section

The card gets, behind what the training run measured, the error rates of the rule and the result of the evaluation. What
does not fit together is refused, and nothing is changed then. `benchmarks/results/` gets the figures that the README's
section is made from.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.accuracy_section import EVALUATIONS, RESULTS
from genconvit.commands.sentences import sentence
from genconvit.errors import GenConViTError
from genconvit.training.shipping import Unfit, assembled, ship

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
        written = ship(made, given.to, given.results / "fixed_set.json", given.results / CLIPS)
    except Unfit as error:
        print(f"Nothing was shipped: {error}.", file=sys.stderr)
        return 1
    except GenConViTError as error:
        print(f"Nothing was shipped. {sentence(error)}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Nothing was shipped: {error}.", file=sys.stderr)
        return 1
    print("\n".join([*map(str, written), "", *made.card.measured]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
