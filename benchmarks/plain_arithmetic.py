"""The released networks written out plainly: numpy, float64, from the tensors of a state dict. Nothing of this program
is used, so that what agrees with it agrees with the description and not with itself.

Sources: arXiv 2307.07036 and the names and shapes in the released files for the two networks; arXiv 2201.03545 for the
backbone, ConvNeXt-T. Pictures are ``[N, height, width, channels]`` throughout.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.special import erf

Array = npt.NDArray[np.float64]
State = Mapping[str, npt.NDArray[np.generic]]

MEAN = np.array([0.485, 0.456, 0.406])
STD = np.array([0.229, 0.224, 0.225])
LAYER_NORM_EPSILON = 1e-6
BATCH_NORM_EPSILON = 1e-5
LEAK = 0.01
ROWS = 1024
"""Of a matrix at once in float64; the largest has 12,544 and would take 2.5 GB."""


def logits(network: str, state: State, crops: npt.NDArray[np.uint8], eps: npt.NDArray[np.floating]) -> Array:
    """``uint8 [N, S, S, 3]``, RGB, to ``[N, 2]``: fake, real. ``eps``: ``[latent]``; ``ed`` does not look at it."""
    images = (crops / 255.0 - MEAN) / STD
    return ed(state, images) if network == "ed" else vae(state, images, eps.astype(np.float64))


def ed(state: State, images: Array) -> Array:
    """The autoencoder's reconstruction and the image through one backbone, then two layers with GELU."""
    x = images
    for at in (0, 3, 6, 9, 12):
        x = _halved(_rectified(_convolved(state, f"encoder.features.{at}", x, stride=1)))
    for at in (0, 2, 4, 6, 8):
        x = _rectified(_doubled(state, f"decoder.features.{at}", x))
    joined = np.concatenate((convnext(state, "backbone.", x), convnext(state, "backbone.", images)), axis=1)
    return _linear(state, "fc2", _gelu(_linear(state, "fc", _gelu(joined))))


def vae(state: State, images: Array, eps: Array) -> Array:
    """The image and a reconstruction of half its size, made from noise around ``mu``, then two layers with ReLU."""
    x = images
    for at in (0, 3, 6, 9):
        x = _convolved(state, f"encoder.features.{at}", x, stride=2)
        x = _leaky(_batch_normalised(state, f"encoder.features.{at + 1}", x))
    mu = _linear(state, "encoder.mu", x.transpose(0, 3, 1, 2).reshape(len(x), -1))
    # As in the release, the deviation is made from mu; its variance layer has no part in this.
    latent = eps * np.exp(0.5 * mu) + mu
    side = images.shape[1] // 32
    x = latent.reshape(len(x), 256, side, side).transpose(0, 2, 3, 1)
    for at in (0, 2, 4, 6):
        x = _leaky(_doubled(state, f"decoder.features.{at}", x))
    prefix = "convnext_backbone."
    joined = np.concatenate((convnext(state, prefix, images), convnext(state, prefix, x)), axis=1)
    return _linear(state, "fc2", _rectified(_linear(state, "fc", _rectified(joined))))


def convnext(state: State, prefix: str, images: Array) -> Array:
    """``[N, S, S, 3]`` to ``[N, 1000]``: stem, four stages, mean over the picture, layer norm, linear."""
    x = _layer_normalised(state, f"{prefix}stem.1", _patched(state, f"{prefix}stem.0", images))
    for stage in range(4):
        name = f"{prefix}stages.{stage}"
        if stage:
            x = _patched(state, f"{name}.downsample.1", _layer_normalised(state, f"{name}.downsample.0", x))
        block = 0
        while f"{name}.blocks.{block}.gamma" in state:
            x = x + _block(state, f"{name}.blocks.{block}", x)
            block += 1
    return _linear(state, f"{prefix}head.fc", _layer_normalised(state, f"{prefix}head.norm", x.mean(axis=(1, 2))))


def _block(state: State, name: str, x: Array) -> Array:
    """What a block adds: 7x7 per channel, layer norm, four times as wide and back, each channel scaled by gamma."""
    weight, bias = _get(state, f"{name}.conv_dw.weight"), _get(state, f"{name}.conv_dw.bias")
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (3, 3), (3, 3), (0, 0)))
    total = np.zeros_like(x) + bias
    for down in range(7):
        for right in range(7):
            total += padded[:, down : down + height, right : right + width] * weight[:, 0, down, right]
    hidden = _gelu(_linear(state, f"{name}.mlp.fc1", _layer_normalised(state, f"{name}.norm", total)))
    return _linear(state, f"{name}.mlp.fc2", hidden) * _get(state, f"{name}.gamma")


def _get(state: State, name: str) -> Array:
    return state[name].astype(np.float64)


def _linear(state: State, name: str, x: Array) -> Array:
    weight = state[f"{name}.weight"]
    flat = x.reshape(-1, x.shape[-1])
    rows = [flat @ weight[at : at + ROWS].astype(np.float64).T for at in range(0, len(weight), ROWS)]
    return (np.concatenate(rows, axis=1) + _get(state, f"{name}.bias")).reshape(*x.shape[:-1], len(weight))


def _convolved(state: State, name: str, x: Array, stride: int) -> Array:
    """3x3, one pixel of zeros around."""
    weight = _get(state, f"{name}.weight")
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1], x.shape[2]
    total = np.zeros((len(x), height // stride, width // stride, len(weight)))
    for down in range(3):
        for right in range(3):
            seen = padded[:, down : down + height : stride, right : right + width : stride]
            total += seen @ weight[:, :, down, right].T
    return total + _get(state, f"{name}.bias")


def _patched(state: State, name: str, x: Array) -> Array:
    """A convolution whose stride is its size: every pixel is seen once, or never at a far edge that fills no patch."""
    weight = _get(state, f"{name}.weight")
    outputs, inputs, size, _ = weight.shape
    high, wide = x.shape[1] // size, x.shape[2] // size
    whole = x[:, : high * size, : wide * size].reshape(len(x), high, size, wide, size, inputs)
    flat = whole.transpose(0, 1, 3, 5, 2, 4).reshape(len(x), high, wide, inputs * size * size)
    return flat @ weight.reshape(outputs, -1).T + _get(state, f"{name}.bias")


def _doubled(state: State, name: str, x: Array) -> Array:
    """A transposed convolution, 2x2, stride 2: every pixel becomes four."""
    weight = _get(state, f"{name}.weight")
    n, height, width, _ = x.shape
    spread = np.zeros((n, 2 * height, 2 * width, weight.shape[1]))
    for down in range(2):
        for right in range(2):
            spread[:, down::2, right::2] = x @ weight[:, :, down, right]
    return spread + _get(state, f"{name}.bias")


def _halved(x: Array) -> Array:
    """The largest of every 2x2 pixels."""
    n, height, width, channels = x.shape
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def _layer_normalised(state: State, name: str, x: Array) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + LAYER_NORM_EPSILON)
    return scaled * _get(state, f"{name}.weight") + _get(state, f"{name}.bias")


def _batch_normalised(state: State, name: str, x: Array) -> Array:
    """By the statistics in the file, as in evaluation."""
    mean, variance = _get(state, f"{name}.running_mean"), _get(state, f"{name}.running_var")
    scaled = (x - mean) / np.sqrt(variance + BATCH_NORM_EPSILON)
    return scaled * _get(state, f"{name}.weight") + _get(state, f"{name}.bias")


def _gelu(x: Array) -> Array:
    return 0.5 * x * (1.0 + erf(x / np.sqrt(2.0)))


def _rectified(x: Array) -> Array:
    return np.maximum(x, 0.0)


def _leaky(x: Array) -> Array:
    return np.where(x > 0, x, LEAK * x)
