"""Which kinds of simulated fakes weights see, on photographs that no training saw, and how two sets of weights compare.

    python -m benchmarks.kinds --self-blend ZIPS --boxes boxes.json --weights FOLDER [FOLDER] [--pairs N] [--out FILE]

A FOLDER holds ``standard.safetensors`` and ``cards/standard.toml``. Crops are made and scored as the method
``standard`` does, mirror image included; half of the pairs go through an H.264 encoder. The samples of a kind depend
on the seed and the held-out photographs alone, so two sets of weights of one input size see the same ones, and their
difference is paired: intervals are bootstraps over photographs. Donors are other held-out photographs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.derive_rule import bare_method
from benchmarks.processes import write_results
from genconvit.detector import Detector
from genconvit.evaluation.intervals import auc_interval, bootstrap
from genconvit.evaluation.kinds import KindFigure, Kinds
from genconvit.evaluation.metrics import Scores, auc
from genconvit.method import Crop
from genconvit.training.batches import Faces
from genconvit.training.effects import PASSING
from genconvit.training.prepare import prepare
from genconvit.training.redrawn import KINDS as REDRAWN
from genconvit.training.samples import Sample, generator_of, make_sample
from genconvit.training.validation import Score, evaluate
from genconvit.training.variants import Variants
from genconvit.verdict import fake_of

SEED = 1_901_08971
LIGHT = ("shadowed", "uneven", "exposed", "dim")
COVER = ("covered", "glasses", "captioned", "cut off")


@dataclass(frozen=True, slots=True)
class Kind:
    """Shares of the variants, all or nothing: see :class:`genconvit.training.variants.Variants` and
    :func:`genconvit.training.samples.make_sample`."""

    donors: float = 0.0
    redrawn: float = 0.0
    cloned: float = 0.0
    camera: float = 0.0
    beauty: float = 0.0
    redrawn_kinds: tuple[str, ...] = REDRAWN
    filming: float = 0.0
    effects: tuple[str, ...] = ()


KINDS = {
    "self-blended": Kind(),
    "self-blended, the whole picture smoothed, sharpened or enlarged": Kind(camera=1.0),
    "self-blended, the skin smoothed by a beauty filter first": Kind(beauty=1.0),
    "another photograph's face": Kind(donors=1.0),
    "another expression, in its own colours": Kind(redrawn=1.0, redrawn_kinds=("moved",)),
    "without the skin's texture, in its own colours": Kind(redrawn=1.0, redrawn_kinds=("smooth",)),
    "laid over by Poisson blending, half of them another photograph's face": Kind(donors=0.5, cloned=1.0),
    "self-blended, blurred by movement, doubled or interlaced": Kind(filming=1.0, effects=PASSING),
    "self-blended, in shadow, in uneven light, badly exposed or in the dark": Kind(filming=1.0, effects=LIGHT),
    "self-blended, partly covered, captioned or cut off": Kind(filming=1.0, effects=COVER),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A kind, and each set of weights on it."""

    kind: str
    pairs: int
    areas: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    difference: float | None
    """Second less first."""
    difference_interval: tuple[float, float] | None

    def figure(self) -> KindFigure:
        """Of the last set of weights."""
        return KindFigure(self.kind, self.pairs, self.areas[-1], *self.intervals[-1])

    def line(self) -> str:
        areas = [
            f"{area:.3f} ({low:.3f} to {high:.3f})"
            for area, (low, high) in zip(self.areas, self.intervals, strict=True)
        ]
        cells = [self.kind, str(self.pairs), *areas]
        if self.difference is not None and self.difference_interval is not None:
            low, high = self.difference_interval
            cells.append(f"{self.difference:+.3f} ({low:+.3f} to {high:+.3f})")
        return f"| {' | '.join(cells)} |"


def made(faces: Faces, crop: Crop, kind: Kind, pairs: int) -> Iterator[Sample]:
    """Pairs of a kind, spread evenly over the photographs."""
    variants = Variants(faces.photographs, kind.donors, 0.0, kind.redrawn, kind.cloned, kind.redrawn_kinds)
    plain = not any((kind.donors, kind.redrawn, kind.cloned))
    for place in np.linspace(0, len(faces.boxes) - 1, min(pairs, len(faces.boxes))).astype(int):
        photograph = faces.photographs[place]
        yield make_sample(
            photograph,
            faces.boxes[place],
            crop,
            generator_of(SEED, photograph.key),
            encode=True,
            variants=None if plain else variants,
            camera=kind.camera,
            beauty=kind.beauty,
            filming=kind.filming,
            effects=kind.effects,
        )


def row(name: str, outcomes: Sequence[tuple[Scores, Scores]]) -> Row:
    """Of the scores of real and fake crops, pair by pair, by each set of weights."""

    pairs = len(outcomes[0][0])
    areas = tuple(auc(*scores) for scores in outcomes)
    intervals = tuple(auc_interval(*scores) for scores in outcomes)
    if len(outcomes) < 2:
        return Row(name, pairs, areas, intervals, None, None)

    def difference(chosen: npt.NDArray[np.int64]) -> float:
        first, second = (auc(real[chosen], fake[chosen]) for real, fake in outcomes)
        return second - first

    return Row(name, pairs, areas, intervals, areas[1] - areas[0], bootstrap(pairs, difference))


def scorer(folder: Path) -> tuple[Score, Crop, str]:
    """Crops to scores as ``standard`` with the weights in a folder, its crop, and the SHA-256 of the method's core."""
    method = bare_method(folder, mirror=True, margin=0.1)
    detector = Detector(method, [folder], "cpu")

    def score(crops: npt.NDArray[np.uint8]) -> Scores:
        return np.array([fake_of(pairs) for pairs in detector.score(crops)])

    return score, method.crop, method.core_sha256


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-blend", type=Path, nargs="+", required=True, metavar="PATH")
    parser.add_argument("--boxes", type=Path, required=True, metavar="FILE")
    parser.add_argument("--weights", type=Path, nargs="+", required=True, metavar="FOLDER", help="one or two")
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--out", type=Path, metavar="FILE", help="keep the figures of the last FOLDER as JSON")
    given = parser.parse_args()
    if len(given.weights) > 2:
        parser.error("one or two folders of weights, not more")
    scorers = [scorer(folder) for folder in given.weights]
    faces = prepare(given.self_blend, given.boxes).held_out
    rows = []
    for name, kind in KINDS.items():
        outcomes = []
        for score, crop, _ in scorers:
            outcome = evaluate(score, made(faces, crop, kind, given.pairs))
            outcomes.append((outcome.real, outcome.fake))
        rows.append(row(name, outcomes))
        print(rows[-1].line(), flush=True)
    if given.out:
        kept = Kinds(scorers[-1][2], tuple(entry.figure() for entry in rows))
        write_results(given.out, asdict(kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
