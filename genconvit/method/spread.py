"""Frames spread evenly over a video, as the released script spreads them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from genconvit.method.records import Method


def spread(frames: int, count: int) -> tuple[int, ...]:
    """``count`` indices ``linspace(0, frames - 1, count)``, cut to whole numbers, ascending.

    A video of fewer frames than ``count`` has all of its frames named, some of them several times.
    """
    return tuple(np.linspace(0, frames - 1, count).astype(np.int64).tolist())


def repeats(method: Method, frames: int) -> Mapping[int, int]:
    """How often a frame's faces count, by its index, where that is not once, in a video of so many frames.

    The released script reads a frame as often as :func:`spread` names it, and counts its faces every time; a method
    with its rule reads it once and counts its faces as often. Any other method counts a face once.
    """
    sampling, rule = method.sampling, method.rule
    if rule is None or rule.kind != "released" or sampling.plan != "even" or sampling.count <= frames:
        return {}
    indices, times = np.unique(spread(frames, sampling.count), return_counts=True)
    return {int(index): int(count) for index, count in zip(indices, times, strict=True) if count > 1}
