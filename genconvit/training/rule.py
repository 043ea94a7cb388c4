"""A decision rule from held-out photographs: each is shown several times, as frames of a video would show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from genconvit.evaluation.intervals import auc_interval, bootstrap, quantile_interval, wilson
from genconvit.evaluation.metrics import Scores, allowed_positives, auc, threshold_at
from genconvit.method import Crop, Rule, RuleEvidence
from genconvit.training.batches import Faces
from genconvit.training.boxes import FloatBox
from genconvit.training.degrade import Recipe, draw_recipe, encoded
from genconvit.training.effects import LASTING, PASSING
from genconvit.training.filming import BEFORE, draw_effects, filmed, filmed_pair
from genconvit.training.photographs import Photograph
from genconvit.training.samples import Jitter, finished, framed, generator_of
from genconvit.training.self_blend import self_blend
from genconvit.training.validation import Score

SEED = 20_204_08376
VIEWS = 12
ALLOWED = 0.05
"""Share of real videos that may cross the upper threshold, and of fake ones that may stay below the lower one."""
LIT, RESTLESS = 0.35, 0.5
"""Chosen, not measured: how much of real footage is so is not known."""
SIMULATED = "Simulated videos"
Crops = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Videos:
    """Scores of simulated videos: ``float64 [n, VIEWS]``, one row a photograph."""

    real: Scores
    fake: Scores


@dataclass(frozen=True, slots=True)
class Thresholds:
    upper: float
    lower: float
    frame: float
    crossed: bool
    """Whether fakes and reals were so far apart that both thresholds became their midpoint."""


def simulate(photograph: Photograph, box: FloatBox, crop: Crop, rng: np.random.Generator) -> tuple[Crops, Crops]:
    """A photograph as a real and as a self-blended video: ``uint8 [VIEWS, S, S, 3]`` each.

    Blend, camera, size, encoder and what lies on a share ``LIT`` of the videos (light, shadow, something in front)
    are those of the video; box, noise and compression wander from view to view, and each view moves with a chance
    that is the video's own, of up to ``RESTLESS``. Half of the videos go through an H.264 encoder.
    """
    pixels, points = framed(photograph, box, crop)
    size_px = pixels.shape[0]
    lasting = draw_effects(points, size_px, rng, LASTING) if rng.random() < LIT else ()
    before = rng.random() < BEFORE
    pair = self_blend(filmed(pixels, lasting) if before else pixels, points, rng)
    if not before:
        pair = filmed_pair(pair, lasting)
    recipe = encoded(draw_recipe(size_px, float(rng.random()), rng), rng)
    restless = rng.uniform(0, RESTLESS)
    views = []
    for _ in range(VIEWS):
        passing = draw_effects(points, size_px, rng, PASSING) if rng.random() < restless else ()
        views.append(finished(filmed_pair(pair, passing), _next(recipe, rng), _wander(rng), crop.size_px))
    return np.stack([real for real, _ in views]), np.stack([fake for _, fake in views])


def score_videos(faces: Faces, crop: Crop, score: Score, limit: int, tell: Callable[[int], None]) -> Videos:
    """Scores of ``limit`` evenly spread photographs; ``tell`` gets the number done."""
    real, fake = [], []
    count = len(faces.photographs)
    for done, place in enumerate(np.unique(np.linspace(0, count - 1, min(limit, count)).astype(int)), start=1):
        photograph = faces.photographs[place]
        views = simulate(photograph, faces.boxes[place], crop, generator_of(SEED, photograph.key))
        real.append(score(views[0]))
        fake.append(score(views[1]))
        tell(done)
    return Videos(np.stack(real), np.stack(fake))


def thresholds(videos: Videos) -> Thresholds:
    """At most 5 % of the real videos' means reach ``upper``, at most 5 % of the fake ones' lie below ``lower``; at
    most 5 % of single real views reach ``frame``."""
    upper = _above(videos.real.mean(axis=1))
    lower = 1 - _above(1 - videos.fake.mean(axis=1))
    frame = _above(videos.real.reshape(-1))
    if lower > upper:
        middle = (lower + upper) / 2
        return Thresholds(middle, middle, frame, True)
    return Thresholds(upper, lower, frame, False)


def evidence(derived: Videos, others: Videos, found: Thresholds) -> Iterator[RuleEvidence]:
    """What the thresholds were derived from, and how they do on ``others``, which they were not."""
    real, fake = derived.real.mean(axis=1), derived.fake.mean(axis=1)
    at_upper, at_lower = quantile_interval(real, 1 - ALLOWED), quantile_interval(fake, ALLOWED)
    for what, value, interval in (
        ("Derived from: 95th percentile of real ones", _q(real, 1 - ALLOWED), at_upper),
        ("Derived from: 5th percentile of self-blended ones", _q(fake, ALLOWED), at_lower),
    ):
        yield RuleEvidence(what, len(real), value, *_rs(interval), share=False)
    real, fake = others.real.mean(axis=1), others.fake.mean(axis=1)
    n, area = len(real), auc(real, fake)
    yield RuleEvidence(
        f"{SIMULATED}: area under the ROC curve", n, _r(area), *_rs(auc_interval(real, fake)), share=False
    )
    for what, hits in (
        ("real ones called FAKE", real >= found.upper),
        ("real ones called REAL", real < found.lower),
        ("self-blended ones called FAKE", fake >= found.upper),
        ("self-blended ones called REAL", fake < found.lower),
    ):
        count = int(hits.sum())
        yield RuleEvidence(f"{SIMULATED}: {what}", n, _r(count / n), *_rs(wilson(count, n)), share=True)
    flagged = (others.real >= found.frame).mean(axis=1)
    span = bootstrap(n, lambda chosen: float(flagged[chosen].mean()))
    what = f"{SIMULATED}: single real views flagged"
    yield RuleEvidence(what, others.real.size, _r(flagged.mean()), *_rs(span), share=True)


def make_rule(videos: Videos, core_sha256: str, least_faces: int, derived_from: str, apart_s: float) -> Rule:
    """The rule of a method with that core: from every other video; the rest say how well it does."""
    derived, others = (Videos(videos.real[start::2], videos.fake[start::2]) for start in (0, 1))
    found = thresholds(derived)
    return Rule(
        kind="tracks",
        upper=_r(found.upper),
        lower=_r(found.lower),
        frame=_r(found.frame),
        least_faces=least_faces,
        belongs_to=(core_sha256,),
        derived_from=derived_from,
        evidence=tuple(evidence(derived, others, found)),
        apart_s=apart_s,
    )


def _above(values: Scores) -> float:
    """The lowest number, in steps of 0.0001, that at most 5 % of the values reach; at most 1."""
    threshold = threshold_at(values, allowed_positives(len(values), ALLOWED))
    return 1.0 if threshold is None else threshold


def _next(recipe: Recipe, rng: np.random.Generator) -> Recipe:
    qualities = tuple(int(np.clip(quality + rng.integers(-4, 5), 15, 98)) for quality in recipe.qualities)
    return replace(recipe, noise_seed=int(rng.integers(2**31)), qualities=qualities)


def _wander(rng: np.random.Generator) -> Jitter:
    return Jitter(float(rng.uniform(0.96, 1.05)), float(rng.uniform(-0.02, 0.02)), float(rng.uniform(-0.02, 0.02)))


def _q(values: Scores, share: float) -> float:
    return _r(float(np.quantile(values, share)))


def _r(value: float) -> float:
    return round(float(value), 4)


def _rs(interval: tuple[float, float]) -> tuple[float, float]:
    return _r(interval[0]), _r(interval[1])
