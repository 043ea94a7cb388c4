"""A method: how a number is made, whole, as one TOML file with a hash.

Laboratories validate methods, not weights. Two hashes follow from that:

* ``Method.sha256`` covers everything. Change anything and it is another method.
* ``Method.core_sha256`` covers what moves the score of a face: weights, finder, crop, scoring. A decision rule is
  derived for such a core and names it; in a method with another core it is refused.

How many frames are looked at is not part of the core: more frames of the same clip give the same face the same score.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import tomli_w

from genconvit.errors import MethodInvalid, MethodMissing, RuleMismatch

SCHEMA = 1
PLANS = ("even", "every")
FINDERS = ("centerface", "hog")
SHAPES = ("box", "square")
PRECISIONS = ("float32", "bfloat16")
RULES = ("tracks", "released")
NETWORKS = ("ed", "vae")

T = TypeVar("T")


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
    ``seed``: of the one noise vector of the ``vae`` network."""

    precision: str
    mirror: bool
    seed: int


@dataclass(frozen=True, slots=True)
class WeightsRef:
    """Weights by name. An empty ``sha256`` stands for whatever was imported under that name."""

    name: str
    network: str
    sha256: str


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
    ``least_faces`` of them; FAKE at or above ``upper``, REAL below ``lower``, INCONCLUSIVE between. ``released``: the
    released script's own arithmetic, mean over all faces, FAKE when ``f >= r``; thresholds then say 0.5. A frame is
    flagged when a face in it is at or above ``frame``.
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


def load(path: Path) -> Method:
    """Read and check a method file.

    Raises:
        MethodInvalid: not TOML, a field missing, unknown or out of range.
        RuleMismatch: its rule was derived for another core.
        MethodMissing: no such file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MethodMissing(str(path), ()) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MethodInvalid(str(path), "file", str(error)) from None
    return parse(text, source=str(path))


def parse(text: str, source: str) -> Method:
    """Read and check a method from TOML text; ``source`` names it in errors. Raises as :func:`load` does."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MethodInvalid(source, "file", f"not TOML: {error}") from None
    return from_document(document, source)


def find(name: str, folders: Sequence[Path]) -> Method:
    """The method called ``name`` in the first folder that has ``<name>.toml``, or the file of that path.

    Raises:
        MethodMissing, MethodInvalid, RuleMismatch
    """
    if name.endswith(".toml"):
        return load(Path(name))
    for folder in folders:
        if (path := folder / f"{name}.toml").is_file():
            return load(path)
    raise MethodMissing(name, tuple(folders))


def names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Names of the methods in the folders, shipped ones first as the folders are given, each once."""
    found = (path.stem for folder in folders if folder.is_dir() for path in sorted(folder.glob("*.toml")))
    return tuple(dict.fromkeys(found))


def changed(
    method: Method,
    *,
    count: int | None = None,
    seconds: float | None = None,
    precision: str | None = None,
) -> Method:
    """The method with another sampling or precision: another method, named after this one.

    A rule goes along only where the core stays as it is or the rule names the new core as well; otherwise the result
    has no rule, and gives scores without FAKE or REAL.

    Raises:
        MethodInvalid: a value out of range, or both ``count`` and ``seconds``.
    """
    if count is not None and seconds is not None:
        raise MethodInvalid(method.name, "sampling", "either a number of frames or a spacing in seconds, not both")
    result, words = method, []
    if count is not None and (count != method.sampling.count or method.sampling.plan != "even"):
        result = replace(result, sampling=Sampling("even", count, 0.0))
        words.append(f"{count} frames")
    if seconds is not None and (seconds != method.sampling.seconds or method.sampling.plan != "every"):
        result = replace(result, sampling=Sampling("every", 0, seconds))
        words.append(f"a frame every {seconds:g} s")
    if precision is not None and precision != method.scoring.precision:
        result = replace(result, scoring=replace(result.scoring, precision=precision))
        words.append(precision)
    if not words:
        return method
    change = ", ".join(words)
    if result.rule is not None and result.core_sha256 not in result.rule.belongs_to:
        result = replace(result, rule=None)
    result = replace(
        result,
        name=f"{method.name} ({change})",
        derived_from=f"{method.name} {method.sha256}: {change}",
    )
    return from_document(to_document(result), method.name)


def resolved(method: Method, sha256: Mapping[str, str]) -> Method:
    """The method with the hashes of the weights that were in fact loaded; its rule goes along.

    Args:
        sha256: per weights name the hash of the file; others are left as they are.
    """
    pinned = tuple(ref if ref.sha256 else replace(ref, sha256=sha256.get(ref.name, "")) for ref in method.weights)
    if pinned == method.weights:
        return method
    result = replace(method, weights=pinned)
    if result.rule is None:
        return result
    return replace(result, rule=replace(result.rule, belongs_to=(*result.rule.belongs_to, result.core_sha256)))


def to_document(method: Method) -> dict[str, Any]:
    """As plain tables and lists, the shape of the TOML file and of the ``method`` part of an analysis."""
    document: dict[str, Any] = {"schema": SCHEMA, **asdict(method)}
    document["weights"] = [asdict(ref) for ref in method.weights]
    if method.rule is None:
        del document["rule"]
    else:
        document["rule"]["belongs_to"] = list(method.rule.belongs_to)
        document["rule"]["evidence"] = [asdict(entry) for entry in method.rule.evidence]
    if not method.derived_from:
        del document["derived_from"]
    return document


def to_toml(method: Method) -> str:
    """Text that :func:`parse` reads back to an equal method."""
    return tomli_w.dumps(to_document(method))


def from_document(document: Mapping[str, Any], source: str) -> Method:
    """The reverse of :func:`to_document`, with every check. Raises MethodInvalid, RuleMismatch."""
    table = dict(document)
    for computed in ("sha256", "core_sha256"):
        table.pop(computed, None)
    if (schema := table.pop("schema", None)) != SCHEMA:
        raise MethodInvalid(source, "schema", f"this program reads schema {SCHEMA}, not {schema!r}")
    rule = table.pop("rule", None)
    weights = table.pop("weights", None)
    if not isinstance(weights, list) or not weights:
        raise MethodInvalid(source, "weights", "at least one entry is needed")
    table["weights"] = tuple(_record(WeightsRef, entry, source, "weights") for entry in weights)
    for name, kind in (("sampling", Sampling), ("finding", Finding), ("crop", Crop), ("scoring", Scoring)):
        table[name] = _record(kind, table.get(name), source, name)
    table["rule"] = None if rule is None else _rule(rule, source)
    table.setdefault("derived_from", "")
    method = _record(Method, table, source, "")
    _check(method, source)
    return method


def _rule(document: object, source: str) -> Rule:
    if not isinstance(document, Mapping):
        raise MethodInvalid(source, "rule", "must be a table")
    table = dict(document)
    for name in ("belongs_to", "evidence"):
        if not isinstance(table.get(name), list):
            raise MethodInvalid(source, f"rule.{name}", "must be a list")
    table["belongs_to"] = tuple(str(core) for core in table["belongs_to"])
    table["evidence"] = tuple(_record(RuleEvidence, entry, source, "rule.evidence") for entry in table["evidence"])
    return _record(Rule, table, source, "rule")


def _record(kind: type[T], document: object, source: str, place: str) -> T:
    """Fill a record from a table, naming the field that is missing, unknown or of the wrong type."""
    dot = f"{place}." if place else ""
    if not isinstance(document, Mapping):
        raise MethodInvalid(source, place, "must be a table")
    hints = get_type_hints(kind)
    wanted = [f.name for f in fields(kind)]  # type: ignore[arg-type]
    if unknown := sorted(set(document) - set(wanted)):
        raise MethodInvalid(source, dot + unknown[0], "is not a field of a method")
    values: dict[str, object] = {}
    for name in wanted:
        if name not in document:
            raise MethodInvalid(source, dot + name, "is missing")
        value = document[name]
        if hints[name] is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if hints[name] in (int, float, str, bool) and type(value) is not hints[name]:
            raise MethodInvalid(source, dot + name, f"must be {hints[name].__name__}, not {value!r}")
        values[name] = value
    return kind(**values)


def _check(method: Method, source: str) -> None:
    sampling, finding, crop, scoring = method.sampling, method.finding, method.crop, method.scoring
    spaced = sampling.plan == "every"
    checks: list[tuple[str, bool, str]] = [
        ("name", bool(method.name.strip()), "must not be empty"),
        ("sampling.plan", sampling.plan in PLANS, f"must be one of {', '.join(PLANS)}"),
        ("sampling.count", spaced or 1 <= sampling.count <= 1_000_000, "must be at least 1"),
        ("sampling.seconds", not spaced or 0.001 <= sampling.seconds <= 86_400, "must be at least 0.001"),
        ("finding.finder", finding.finder in FINDERS, f"must be one of {', '.join(FINDERS)}"),
        ("finding.longest_side_px", finding.longest_side_px == 0 or finding.longest_side_px >= 64, "0 or at least 64"),
        ("finding.confidence", 0.0 <= finding.confidence <= 1.0, "must be 0..1"),
        ("finding.smallest_px", finding.smallest_px >= 0, "must not be negative"),
        ("finding.most_faces", finding.most_faces >= 0, "must not be negative"),
        ("crop.shape", crop.shape in SHAPES, f"must be one of {', '.join(SHAPES)}"),
        ("crop.margin", 0.0 <= crop.margin <= 2.0, "must be 0..2"),
        ("crop.size_px", 16 <= crop.size_px <= 1024, "must be 16..1024"),
        ("scoring.precision", scoring.precision in PRECISIONS, f"must be one of {', '.join(PRECISIONS)}"),
        ("scoring.seed", 0 <= scoring.seed < 2**63, "must be 0..2^63-1"),
    ]
    for ref in method.weights:
        checks.append(("weights.network", ref.network in NETWORKS, f"must be one of {', '.join(NETWORKS)}"))
        checks.append(("weights.sha256", ref.sha256 == "" or _is_digest(ref.sha256), "64 hexadecimal digits or empty"))
    if (rule := method.rule) is not None:
        checks += [
            ("rule.kind", rule.kind in RULES, f"must be one of {', '.join(RULES)}"),
            ("rule.lower", 0.0 <= rule.lower <= rule.upper <= 1.0, "must be 0 <= lower <= upper <= 1"),
            ("rule.frame", 0.0 <= rule.frame <= 1.0, "must be 0..1"),
            ("rule.least_faces", rule.least_faces >= 1, "must be at least 1"),
            ("rule.belongs_to", bool(rule.belongs_to), "must name the core it was derived for"),
        ]
    for field_name, holds, problem in checks:
        if not holds:
            raise MethodInvalid(source, field_name, problem)
    if rule is not None and method.core_sha256 not in rule.belongs_to:
        raise RuleMismatch(source, rule.belongs_to, method.core_sha256)


def _is_digest(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _digest(document: object) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
