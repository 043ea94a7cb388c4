"""Whether original faces score higher for how they were filmed: moving, in shadow, partly covered and the like.

    python -m benchmarks.filming --self-blend ZIPS --boxes boxes.json --weights FOLDER [FOLDER ...] [--faces N]

A FOLDER holds ``standard.safetensors`` and ``cards/standard.toml``. Held-out photographs, none of them altered, are
degraded like video and scored as the method ``standard`` scores a face, once as they are and once with one effect of
:mod:`genconvit.training.effects` or as :func:`genconvit.training.filming.posed` poses them. Two figures an effect:

- area: how often a face with it scores higher than one without, ties half; .5 where the effect tells nothing;
- share: of the faces with it, that reach the score which 5 % of those without reach.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.kinds import scorer
from genconvit.evaluation.intervals import wilson
from genconvit.evaluation.metrics import Scores, allowed_positives, auc, threshold_at
from genconvit.method import Crop
from genconvit.records import Pixels
from genconvit.training.batches import Faces
from genconvit.training.degrade import degrade, draw_recipe, encoded
from genconvit.training.effects import EFFECTS
from genconvit.training.filming import posed
from genconvit.training.prepare import prepare
from genconvit.training.samples import draw_jitter, framed, generator_of, taken
from genconvit.training.validation import scored

SEED = 2_021_05130
ALLOWED = 0.05
PLAIN, POSED = "as they are", "leaning or stretched"


def shown(faces: Faces, crop: Crop, effect: str, count: int) -> Iterator[Pixels]:
    """Original faces with an effect, ``uint8 [S, S, 3]``: the same photographs, degradation and crops for each."""
    for place in np.linspace(0, len(faces.boxes) - 1, min(count, len(faces.boxes))).astype(int):
        photograph = faces.photographs[place]
        rng, own = generator_of(SEED, photograph.key), generator_of(SEED, f"{photograph.key} {effect}")
        pixels, points = framed(photograph, faces.boxes[place], crop)
        recipe = encoded(draw_recipe(pixels.shape[0], float(rng.random()), rng), rng)
        jitter = draw_jitter(rng)
        if effect == POSED:
            as_is = pixels
            while pixels is as_is:
                pixels, _ = posed(as_is, points, own)
        elif effect != PLAIN:
            pixels = EFFECTS[effect](points, pixels.shape[0], own).apply(pixels)
        yield taken(degrade(pixels, recipe), jitter, crop.size_px)


def line(effect: str, with_it: list[Scores], without: list[Scores]) -> str:
    """A row of the table: area and share, for each set of weights."""
    cells = [effect]
    for filmed, plain in zip(with_it, without, strict=True):
        threshold = threshold_at(plain, allowed_positives(len(plain), ALLOWED))
        # Where so many tie at the top that no score is rare enough, none counts as reaching it.
        hits = 0 if threshold is None else int((filmed >= threshold).sum())
        low, high = wilson(hits, len(filmed))
        cells.append(f"{auc(plain, filmed):.2f}; {hits / len(filmed):.1%} ({low:.1%} to {high:.1%})")
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-blend", type=Path, nargs="+", required=True, metavar="PATH")
    parser.add_argument("--boxes", type=Path, required=True, metavar="FILE")
    parser.add_argument("--weights", type=Path, nargs="+", required=True, metavar="FOLDER")
    parser.add_argument("--faces", type=int, default=400, metavar="N")
    given = parser.parse_args()
    scorers = [scorer(folder) for folder in given.weights]
    faces = prepare(given.self_blend, given.boxes).held_out
    print(f"| Filmed | {' | '.join(str(folder) for folder in given.weights)} |")
    print("|---" * (1 + len(scorers)) + "|")
    plain: list[Scores] = []
    for effect in (PLAIN, *EFFECTS, POSED):
        found = [scored(score, list(shown(faces, crop, effect, given.faces))) for score, crop, _ in scorers]
        plain = plain or found
        print(line(effect, found, plain), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
