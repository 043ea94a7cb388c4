"""A method made from another one, with its rule where that still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from genconvit.errors import MethodInvalid
from genconvit.method.reading import from_document
from genconvit.method.records import Method, Sampling, to_document


def changed(
    method: Method,
    *,
    count: int | None = None,
    seconds: float | None = None,
    precision: str | None = None,
) -> Method:
    """The method with another sampling or precision: another method, named after this one.

    A rule goes along only where the core stays as it is or the rule names the new core as well; otherwise the result
    has no rule, and gives scores without FAKE or REAL. In the released method the limit of faces is the number of
    frames, as in the released script.

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
    result = _limited(result, method)
    result = replace(
        result,
        name=f"{method.name} ({change})",
        derived_from=f"{method.name} {method.sha256}: {change}",
    )
    return from_document(to_document(result), method.name)


def _limited(result: Method, before: Method) -> Method:
    """With the released rule, and as many faces as frames: the released script's limit follows the number of frames.

    The rule goes along, as no face's score is moved by how many others are taken.
    """
    rule, limit = result.rule, result.sampling.count
    tied = before.sampling.plan == result.sampling.plan == "even" and before.finding.most_faces == before.sampling.count
    if rule is None or rule.kind != "released" or not tied or result.finding.most_faces == limit:
        return result
    result = replace(result, finding=replace(result.finding, most_faces=limit))
    return replace(result, rule=replace(rule, belongs_to=(*rule.belongs_to, result.core_sha256)))


def resolved(method: Method, sha256: Mapping[str, str], backbones: Mapping[str, str] | None = None) -> Method:
    """The method with the hashes and backbones of the weights that were in fact loaded; its rule goes along.

    Args:
        sha256: per weights name the hash of the file; others are left as they are.
    """
    named = backbones or {}
    pinned = tuple(
        replace(ref, sha256=ref.sha256 or sha256.get(ref.name, ""), backbone=ref.backbone or named.get(ref.name, ""))
        for ref in method.weights
    )
    if pinned == method.weights:
        return method
    result = replace(method, weights=pinned)
    if result.rule is None:
        return result
    return replace(result, rule=replace(result.rule, belongs_to=(*result.rule.belongs_to, result.core_sha256)))
