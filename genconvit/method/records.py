"""The parts of a method as frozen records, and the hashes that follow from them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

SCHEMA = 1
PLANS = ("even", "every")
FINDERS = ("centerface", "hog")
SHAPES = ("box", "square")
PRECISIONS = ("float32", "bfloat16")
RULES = ("tracks", "released")
NETWORKS = ("ed", "vae")
Triple = tuple[float, float, float]
IMAGENET_MEAN: Triple = (0.485, 0.456, 0.406)
IMAGENET_STD: Triple = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames are read.

    ``even``: ``count`` frames, ``linspace(0, n - 1, count)`` truncated to whole indices (a clip with fewer frames gives
    all of them). ``every``: the first frame presented at or after each multiple of ``seconds``.
    """

    plan: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Finding:
    """How faces are found.

    ``longest_side_px``: the frame is shrunk to this for the finder, never enlarged; 0 is full size. ``smallest_px``: a
    face whose shorter box side is below it is kept as not used. ``most_faces``: faces used in the whole video, in order
    of frame, as the released script takes them; 0 is all of them.
    """

    finder: str
    longest_side_px: int
    confidence: float
    smallest_px: int
    most_faces: int


@dataclass(frozen=True, slots=True)
class Crop:
    """How a box becomes a network's input.

    ``shape`` ``box``: the box as it is, stretched; ``square``: a square around the box's centre, as long as the box's
    longer side. ``margin``: added on every side, as a share of that length. What lies beyond the frame repeats its
    border. The result is resized to ``size_px`` with OpenCV's INTER_AREA.
    """

    shape: str
    margin: float
    size_px: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """How crops become scores. ``mirror``: the sigmoid pairs are averaged over the crop and its mirror image.
    ``seed``: of the one noise vector of the ``vae`` network. ``mean`` and ``std``: the normalisation, per channel of
    RGB in 0..1; a method that does not name them means ImageNet's."""

    precision: str
    mirror: bool
    seed: int
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD


@dataclass(frozen=True, slots=True)
class WeightsRef:
    """Weights by name. An empty ``sha256`` stands for whatever was imported under that name, an empty ``backbone`` for
    the one its card names."""

    name: str
    network: str
    sha256: str
    backbone: str = ""


@dataclass(frozen=True, slots=True)
class RuleEvidence:
    """What a threshold was derived from, or how the rule did on a set. ``low`` and ``high``: a 95 % interval.
    ``share``: whether the value is a share of the ``n``, 0..1, such as an error rate; otherwise it is a score or area.
    """

    what: str
    n: int
    value: float
    low: float
    high: float
    share: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """From scores to a label.

    ``tracks``: a track's score is the mean over its used faces; the video takes the highest track that has at least
    ``least_faces`` of them, of which one counts that comes at least ``apart_s`` seconds after the last that counted;
    FAKE at or above ``upper``, REAL below ``lower``, INCONCLUSIVE between. Neighbouring frames repeat each other, and
    do not add up to the evidence of as many moments; with 0 every face counts. Otherwise a video is not REAL beside a
    track with too few of them whose score is at or above ``upper``. ``released``: the
    released script's own arithmetic, mean over all faces, FAKE when ``f >= r``; thresholds then say 0.5. In a clip of
    fewer frames than the plan ``even`` names, a face then counts as often as its frame is named. A frame is flagged
    when a face in it is at or above ``frame``.
    """

    kind: str
    upper: float
    lower: float
    frame: float
    least_faces: int
    belongs_to: tuple[str, ...]
    """``core_sha256`` of the methods it was derived for."""
    derived_from: str
    evidence: tuple[RuleEvidence, ...]
    apart_s: float = 0.0


class Origin(StrEnum):
    """Whose a method is. Figures beside a rule are those of whoever made the method."""

    SHIPPED = "shipped"
    """As it comes with the program."""
    CHANGED = "changed"
    """A shipped one with another sampling or precision."""
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Method:
    """See the module's text. ``rule`` is None when no rule is known for this core: scores, but no FAKE or REAL."""

    name: str
    title: str
    description: str
    sampling: Sampling
    finding: Finding
    crop: Crop
    scoring: Scoring
    weights: tuple[WeightsRef, ...]
    rule: Rule | None
    derived_from: str = ""
    """Name and hash of the method this one was changed from, with what was changed; empty for one read from a file."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of everything but the words for people (name, title, description)."""
        document = to_document(self)
        for words in ("name", "title", "description", "derived_from"):
            document.pop(words, None)
        return _digest(document)

    @property
    def core_sha256(self) -> str:
        """SHA-256 of the canonical JSON of weights, finding, crop and scoring."""
        document = to_document(self)
        return _digest({part: document[part] for part in ("weights", "finding", "crop", "scoring")})


def to_document(method: Method) -> dict[str, Any]:
    """As plain tables and lists, the shape of the TOML file and of the ``method`` part of an analysis."""
    document: dict[str, Any] = {"schema": SCHEMA, **asdict(method)}
    document["weights"] = [asdict(ref) for ref in method.weights]
    document["scoring"] |= {name: list(getattr(method.scoring, name)) for name in ("mean", "std")}
    if method.rule is None:
        del document["rule"]
    else:
        if not method.rule.apart_s:
            # Methods from before there was one keep their hash.
            del document["rule"]["apart_s"]
        document["rule"]["belongs_to"] = list(method.rule.belongs_to)
        document["rule"]["evidence"] = [asdict(entry) for entry in method.rule.evidence]
    if not method.derived_from:
        del document["derived_from"]
    return document


def _digest(document: object) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
