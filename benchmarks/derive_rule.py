"""Derive the rule of the ``standard`` method from held-out photographs and write the method.

Run by hand after training, and again after any change of weights, finder, crop or scoring:

    python -m benchmarks.derive_rule --self-blend ZIPS --weights FOLDER --boxes boxes.json

FOLDER holds ``standard.safetensors`` and ``cards/standard.toml``; the method goes into its ``methods/standard.toml``,
and into ``methods/candidate.toml`` under that name: ``evaluate`` takes it so while another ``standard`` is shipped.
Both have the same hash.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from genconvit import whole
from genconvit.cards import find_card
from genconvit.detector import Detector
from genconvit.evaluation.metrics import Scores
from genconvit.method import Crop, Finding, Method, Sampling, Scoring, WeightsRef, to_toml
from genconvit.training.prepare import FINDING, prepare
from genconvit.training.rule import LIT, RESTLESS, VIEWS, make_rule, score_videos
from genconvit.training.validation import evaluate, samples
from genconvit.verdict import fake_of

NAME = "standard"
CANDIDATE = "candidate"
LEAST_FACES = VIEWS
APART_S = 0.15
SMALLEST_PX = 40
FRAMES = 32

DESCRIPTION = (
    "The method that comes with the program: {frames} frames spread evenly, CenterFace at 640 px, a square crop with a "
    "margin of {margin:.0%} at {size} px, the ed network on {backbone}, the mean over the faces of each "
    "person. Trained on photographs only, with simple fakes made of them, and small: see the card of its weights for "
    "what it misses."
)
DERIVED = (
    "{n} photographs that were kept back from training, no near copies of training photographs but perhaps of the "
    "same people, each shown as a simulated video of {views} views (one camera, size and compression per video, an "
    "H.264 encoder for half of them, {lit:.0%} of the videos in shadow, in uneven light, in the dark, partly covered "
    "or the like; box, noise and compression varied from view to view, and each view, with a chance that is the "
    "video's own and up to {restless:.0%}, blurred by movement, doubled or interlaced), once as it is and once "
    "self-blended. The {lit:.0%} and the chances of up to {restless:.0%} were chosen and not measured, and the "
    "weights may have been trained on the same imitations: thresholds and rates depend on both. The same photographs "
    "served to compare training runs and to choose the mirror image. The thresholds come from every other one of "
    "them, the rates beside them from the rest. Upper: at most 5 % of the real ones reach it; that is the aim, the "
    "rates beside it are what the rest gave. Lower: at most 5 % of the self-blended ones lie below it; where the two "
    "would cross, both are their midpoint. Frame: at most 5 % of single real views do. A person needs as many faces "
    "as a simulated video has views; one counts that is seen {apart:g} s or more after the last that counted, for "
    "neighbouring frames of a video nearly repeat each other. So nobody seen for less than {least:.2f} s decides a "
    "verdict, but a low score of others is not REAL beside one who reaches the upper threshold so briefly. The "
    "{apart:g} s were chosen and not measured, after a passer-by of 0.6 s had made a FAKE of an original that was "
    "examined frame by frame, and the rates were measured without them. The rates are for one person: a video of "
    "several people is called by the highest of them, and crosses a threshold more often. Self-blended photographs "
    "stand in for fakes and photographs for video: error rates on real casework are not known from this and may be "
    "much higher."
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-blend", type=Path, nargs="+", required=True, metavar="PATH")
    parser.add_argument("--weights", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--boxes", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--videos",
        type=int,
        default=640,
        help="photographs; half make the rule, half measure it",
    )
    parser.add_argument("--mirror", action="store_true", help="average over the mirror image too")
    parser.add_argument("--margin", type=float, default=0.1)
    parser.add_argument(
        "--fixed-set", type=int, default=0, metavar="PAIRS", help="score this much of the fixed set too"
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the scores (.npz)")
    arguments = parser.parse_args()
    method = bare_method(arguments.weights, arguments.mirror, arguments.margin)
    sets = prepare(arguments.self_blend, arguments.boxes)
    detector = Detector(method, [arguments.weights], "cpu")

    def score(crops: npt.NDArray[np.uint8]) -> Scores:
        return np.array([fake_of(pairs) for pairs in detector.score(crops)])

    if arguments.fixed_set:
        outcome = evaluate(score, samples(sets.held_out, method.crop, arguments.fixed_set))
        print({name: round(value, 4) for name, value in outcome.facts().items()})
    with tqdm(total=min(arguments.videos, len(sets.held_out.boxes)), unit="video") as bar:
        videos = score_videos(
            sets.held_out, method.crop, score, arguments.videos, lambda done: bar.update(done - bar.n)
        )
    if arguments.keep:
        np.savez_compressed(arguments.keep, real=videos.real, fake=videos.fake)
    derived = DERIVED.format(
        n=len(videos.real),
        views=VIEWS,
        lit=LIT,
        restless=RESTLESS,
        apart=APART_S,
        least=(LEAST_FACES - 1) * APART_S,
    )
    ruled = replace(method, rule=make_rule(videos, method.core_sha256, LEAST_FACES, derived, APART_S))
    write(ruled, arguments.weights)
    print(to_toml(ruled))
    return 0


def write(method: Method, folder: Path) -> None:
    """Into the ``methods`` of a weights folder, under both names. Raises OSError."""
    methods = folder / "methods"
    methods.mkdir(exist_ok=True)
    for name in (method.name, CANDIDATE):
        whole.write(methods / f"{name}.toml", to_toml(replace(method, name=name)).encode())


def bare_method(folder: Path, mirror: bool, margin: float) -> Method:
    """``standard`` without its rule, for the weights in a folder."""
    card = find_card(NAME, [folder])
    crop = Crop("square", margin, card.image_px)
    return Method(
        name=NAME,
        title="Standard",
        description=DESCRIPTION.format(frames=FRAMES, margin=margin, size=card.image_px, backbone=card.backbone),
        sampling=Sampling("even", FRAMES, 0.0),
        finding=Finding(FINDING.finder, FINDING.longest_side_px, FINDING.confidence, SMALLEST_PX, 0),
        crop=crop,
        scoring=Scoring("float32", mirror, 0, card.mean, card.std),
        weights=(WeightsRef(NAME, card.network, card.sha256, card.backbone),),
        rule=None,
    )


if __name__ == "__main__":
    torch.set_num_threads(2)
    sys.exit(main())
