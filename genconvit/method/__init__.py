"""A method: how a number is made, whole, as one TOML file with a hash.

Laboratories validate methods, not weights. Two hashes follow from that:

* ``Method.sha256`` covers everything. Change anything and it is another method.
* ``Method.core_sha256`` covers what moves the score of a face: weights, backbone, finder, crop, scoring. A decision
  rule is derived for such a core and names it; in a method with another core it is refused.

How many frames are looked at is not part of the core: more frames of the same clip give the same face the same score.
"""

from __future__ import annotations

from genconvit.method.changing import changed, resolved
from genconvit.method.finding import find, names, origin
from genconvit.method.reading import from_document, load, parse, to_toml
from genconvit.method.records import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    NETWORKS,
    SCHEMA,
    Crop,
    Finding,
    Method,
    Origin,
    Rule,
    RuleEvidence,
    Sampling,
    Scoring,
    Triple,
    WeightsRef,
    to_document,
)

__all__ = [
    "IMAGENET_MEAN",
    "IMAGENET_STD",
    "NETWORKS",
    "SCHEMA",
    "Crop",
    "Finding",
    "Method",
    "Origin",
    "Rule",
    "RuleEvidence",
    "Sampling",
    "Scoring",
    "Triple",
    "WeightsRef",
    "changed",
    "find",
    "from_document",
    "load",
    "names",
    "origin",
    "parse",
    "resolved",
    "to_document",
    "to_toml",
]
