"""A method from its TOML file or document, with every check."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import tomli_w

from genconvit.errors import MethodInvalid, MethodMissing, RuleMismatch
from genconvit.method.records import (
    FINDERS,
    NETWORKS,
    PLANS,
    PRECISIONS,
    RULES,
    SCHEMA,
    SHAPES,
    Crop,
    Finding,
    Method,
    Rule,
    RuleEvidence,
    Sampling,
    Scoring,
    Triple,
    WeightsRef,
    to_document,
)

T = TypeVar("T")


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
    given = {f.name: f.default for f in fields(kind) if f.default is not MISSING}  # type: ignore[arg-type]
    for name in wanted:
        if name not in document and name not in given:
            raise MethodInvalid(source, dot + name, "is missing")
        value = document.get(name, given.get(name))
        if hints[name] == Triple:
            value = _triple(value, source, dot + name)
        if hints[name] is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if hints[name] in (int, float, str, bool) and type(value) is not hints[name]:
            raise MethodInvalid(source, dot + name, f"must be {hints[name].__name__}, not {value!r}")
        values[name] = value
    return kind(**values)


def _triple(value: object, source: str, place: str) -> Triple:
    if not isinstance(value, (list, tuple)) or len(value) != 3 or any(type(v) not in (int, float) for v in value):
        raise MethodInvalid(source, place, f"must be three numbers, not {value!r}")
    red, green, blue = (float(v) for v in value)
    return red, green, blue


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
        ("scoring.mean", all(0.0 <= mean <= 1.0 for mean in scoring.mean), "must be 0..1"),
        ("scoring.std", all(0.0 < std <= 1.0 for std in scoring.std), "must be above 0, at most 1"),
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
            ("rule.apart_s", 0.0 <= rule.apart_s <= 60.0, "must be 0..60"),
            ("rule.apart_s", rule.kind == "tracks" or rule.apart_s == 0, "only of a rule of tracks"),
            ("rule.belongs_to", bool(rule.belongs_to), "must name the core it was derived for"),
        ]
    for field_name, holds, problem in checks:
        if not holds:
            raise MethodInvalid(source, field_name, problem)
    if rule is not None and method.core_sha256 not in rule.belongs_to:
        raise RuleMismatch(source, rule.belongs_to, method.core_sha256)


def _is_digest(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")
