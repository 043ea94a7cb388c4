"""The least time that the two released networks can take on a machine, from what they compute and read.

Work is counted in multiply-additions (MAC); a FLOP count is twice that. Only convolutions and matrix products count;
activations, normalisation and softmax are left out, so the floor is low, and a share of it is not flattered as long as
the rate is the best that the machine reaches by any way that the networks take: benchmarks/rates.py measures packed
products too. All sizes are for one face at 224 px.

ConvNeXt-Tiny (depths 3, 3, 9, 3; widths 96, 192, 384, 768), at a map of h x h pixels and width C:
  stem       4x4 convolution, stride 4, 3 -> 96:     h^2 * 48 * 96                       56^2:   14.5 M
  block      7x7 depthwise, C -> 4C, 4C -> C:        h^2 * (49 C + 8 C^2)
             3 at 56^2, C =  96: 3 * 3136 *    78,432 =  737.9 M
             3 at 28^2, C = 192: 3 *  784 *   304,320 =  715.8 M
             9 at 14^2, C = 384: 9 *  196 * 1,198,464 = 2114.1 M
             3 at  7^2, C = 768: 3 *   49 * 4,756,224 =  699.2 M
  between    2x2 convolution, stride 2, C -> 2C:     h^2 * 8 C^2 of the smaller map     3 * 57.8 M
  head       768 * 1000                                                                     0.8 M
  together   4455.5 M MAC = 8.91 GFLOP; at 112 px (maps 28, 14, 7, 3) 1064.3 M = 2.13 GFLOP

``ed``: encoder, 3x3 convolutions 3-16-32-64-128-256 at 224, 112, 56, 28, 14 px:  21.7 + 4 * 57.8 = 252.9 M;
  decoder, 2x2 transposed convolutions 256-128-64-32-16-3 from 7 px:               4 *  6.4 + 2.4 = 28.1 M;
  two backbone passes at 224 px 8911.1 M, classifier 2000 * 500 + 500 * 2 = 1.0 M
  together 9193.0 M MAC = 18.39 GFLOP a face.

``vae``: encoder, 3x3 convolutions of stride 2, 3-16-32-64-128 to 112, 56, 28, 14 px: 5.4 + 3 * 14.5 = 48.8 M;
  mu 25,088 * 12,544 = 314.7 M, once;
  decoder, 2x2 transposed convolutions 256-64-32-16-3 from 7 px:              3.2 + 2 * 1.6 + 0.6 = 7.0 M;
  backbone at 224 px 4455.5 M and at 112 px 1064.3 M, classifier 1.0 M
  together 5891.3 M MAC = 11.78 GFLOP a face.

Weights are read once a batch: the layers of all but ``mu`` are used for hundreds of positions of every face and cost
arithmetic; ``mu`` is used once a face, so its 314.7 M weights (1.26 GB in float32, 0.63 GB in bfloat16) cost reading
unless a batch is large. Its time is the longer of the two:

  floor = (FLOP of all but mu) * faces / rate + max(FLOP of mu * faces / rate, bytes of mu * batches / bandwidth)

At 192 GFLOP/s and 13 GB/s, 15 faces, one batch, float32: 29.54 * 15 / 192 + max(0.05, 0.10) = 2.40 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

DEPTHS = (3, 3, 9, 3)
WIDTHS = (96, 192, 384, 768)
CLASSES = 1000
IMAGE_PX = 224
BYTES = {"float32": 4, "bfloat16": 2}


@dataclass(frozen=True, slots=True)
class Rates:
    """What a machine reaches: floating-point operations per second by precision, and bytes per second."""

    flops: dict[str, float]
    bandwidth: float


@dataclass(frozen=True, slots=True)
class Work:
    """FLOPs of one face in everything but ``mu``, those of ``mu``, and how many weights ``mu`` has."""

    flop: int
    mu_flop: int
    mu_weights: int


def convnext_mac(image_px: int) -> int:
    """Multiply-additions of one ConvNeXt-Tiny pass on a square image."""
    side = image_px // 4
    total = side**2 * 4 * 4 * 3 * WIDTHS[0] + WIDTHS[-1] * CLASSES
    for number, (depth, width) in enumerate(zip(DEPTHS, WIDTHS, strict=True)):
        if number:
            side //= 2
            total += side**2 * 4 * (width // 2) * width
        total += depth * side**2 * (49 * width + 8 * width**2)
    return total


def ed_work() -> Work:
    """Of the ``ed`` network."""
    encoder = _convolutions((3, 16, 32, 64, 128, 256), IMAGE_PX, stride=1)
    decoder = _transposed((256, 128, 64, 32, 16, 3))
    return Work(2 * (encoder + decoder + 2 * convnext_mac(IMAGE_PX) + _classifier_mac()), 0, 0)


def vae_work() -> Work:
    """Of the ``vae`` network, with ``mu`` once and no ``var``."""
    encoder = _convolutions((3, 16, 32, 64, 128), IMAGE_PX, stride=2)
    decoder = _transposed((256, 64, 32, 16, 3))
    backbone = convnext_mac(IMAGE_PX) + convnext_mac(IMAGE_PX // 2)
    mu = 128 * (IMAGE_PX // 16) ** 2 * 256 * (IMAGE_PX // 32) ** 2
    return Work(2 * (encoder + decoder + backbone + _classifier_mac()), 2 * mu, mu)


def both_work() -> Work:
    """Of both networks on the same face."""
    ed, vae = ed_work(), vae_work()
    return Work(ed.flop + vae.flop, vae.mu_flop, vae.mu_weights)


def floor_s(work: Work, faces: int, batches: int, precision: str, rates: Rates) -> float:
    """Seconds below which ``faces`` cannot be scored in ``batches``; 0 where there is no face."""
    if not faces:
        return 0.0
    rate = rates.flops[precision]
    mu_bytes = work.mu_weights * BYTES[precision] * batches
    return work.flop * faces / rate + max(work.mu_flop * faces / rate, mu_bytes / rates.bandwidth)


def _convolutions(widths: tuple[int, ...], side: int, *, stride: int) -> int:
    """3x3 convolutions one after the other; the map halves with each, by stride or by the maximum that follows."""
    total = 0
    for before, after in pairwise(widths):
        total += (side // stride) ** 2 * 9 * before * after
        side //= 2
    return total


def _transposed(widths: tuple[int, ...]) -> int:
    """2x2 transposed convolutions of stride 2 from S/32: each input pixel gives four."""
    side, total = IMAGE_PX // 32, 0
    for before, after in pairwise(widths):
        total += side**2 * 4 * before * after
        side *= 2
    return total


def _classifier_mac() -> int:
    return 2 * CLASSES * 500 + 500 * 2
