"""Photographs that are the same picture under two names: collections overlap, and hold doubles."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from genconvit.records import Pixels
from genconvit.training.photographs import Photograph

NEAR = 40
"""Bits of 256 in which two prints of one picture may differ. Looked at by eye on 14,558 portraits: other sizes,
watermarks and crops of a few per cent go up to here. Between 30 and 40 bits most are different people, cut alike;
leaving those out costs little."""
ROWS, COLUMNS = 16, 16
BLOCK = 64
Prints = npt.NDArray[np.uint8]
"""``uint8 [N, 32]``: 256 bits each."""


def print_of(pixels: Pixels) -> Prints:
    """Difference hash, ``uint8 [32]``: whether each of 16 x 16 areas is darker than the one to its right.

    Args:
        pixels: ``uint8 [height, width, 3]``, RGB.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (COLUMNS + 1, ROWS), interpolation=cv2.INTER_AREA)
    return np.packbits(small[:, 1:] > small[:, :-1])


def without_twins(held_out: Sequence[Photograph], train: Sequence[Photograph]) -> list[Photograph]:
    """The held-out photographs that are, upright and mirrored, no near copy of a training photograph, nor of a
    held-out one before them. Raises PhotographsUnreadable."""
    if not held_out:
        return []
    pictures = [photograph.pixels() for photograph in held_out]
    upright = np.stack([print_of(pixels) for pixels in pictures])
    mirrored = np.stack([print_of(np.ascontiguousarray(pixels[:, ::-1])) for pixels in pictures])
    known = np.stack([print_of(photograph.pixels()) for photograph in train]) if train else upright[:0]
    of_training = near(upright, known) | near(mirrored, known)
    of_earlier = np.tril(near(upright, upright) | near(mirrored, upright), k=-1)
    twins = set(np.nonzero(np.concatenate([of_training, of_earlier], axis=1))[0].tolist())
    return [photograph for place, photograph in enumerate(held_out) if place not in twins]


def near(prints: Prints, others: Prints) -> npt.NDArray[np.bool_]:
    """``bool [N, M]``: which of ``prints [N, 32]`` lie within ``NEAR`` bits of which ``others [M, 32]``."""
    found = np.zeros((len(prints), len(others)), bool)
    for start in range(0, len(prints), BLOCK):
        block = prints[start : start + BLOCK, None].view(np.uint64) ^ others[None].view(np.uint64)
        found[start : start + BLOCK] = np.bitwise_count(block).sum(axis=-1, dtype=np.int64) <= NEAR
    return found
