"""Both networks against the same arithmetic written out plainly in numpy, float64."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from genconvit.networks import NetworkConfig, build, draw_noise

Array = npt.NDArray[np.float64]
PX = 64


def convolve(x: Array, weight: Array, bias: Array, stride: int) -> Array:
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    side = x.shape[2] // stride
    out = np.zeros((x.shape[0], weight.shape[0], side, side)) + bias[:, None, None]
    for down in range(3):
        for right in range(3):
            seen = padded[:, :, down : down + stride * side : stride, right : right + stride * side : stride]
            out += np.einsum("ncyx,oc->noyx", seen, weight[:, :, down, right])
    return out


def spread(x: Array, weight: Array, bias: Array) -> Array:
    n, _, side, _ = x.shape
    out = np.zeros((n, weight.shape[1], 2 * side, 2 * side))
    for down in range(2):
        for right in range(2):
            out[:, :, down::2, right::2] = np.einsum("ncyx,co->noyx", x, weight[:, :, down, right])
    return out + bias[:, None, None]


def halve(x: Array) -> Array:
    n, c, side, _ = x.shape
    return x.reshape(n, c, side // 2, 2, side // 2, 2).max(axis=(3, 5))


def leaky(x: Array) -> Array:
    return np.where(x > 0, x, 0.01 * x)


def gelu(x: Array) -> Array:
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


@pytest.fixture(scope="module", params=["ed", "vae"])
def module(request: pytest.FixtureRequest) -> nn.Module:
    """In float64, with batch statistics and biases that are not at their neutral start."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        module = build(NetworkConfig(request.param, "test_convnext2", PX)).double().eval()
        for name, tensor in module.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.2, 0.6)
            elif name.endswith(("running_mean", "bias")) and tensor.is_floating_point():
                tensor.normal_(0.1, 0.3)
            elif name.startswith(("encoder.features", "decoder", "fc")) and name.endswith("weight") and tensor.ndim > 1:
                tensor *= 2
    return module


def plain(module: nn.Module, images: Array, eps: Array) -> Array:
    w = {name: tensor.numpy() for name, tensor in module.state_dict().items()}

    def backbone(x: Array) -> Array:
        part = module.backbone if "backbone.stem.0.weight" in w else module.convnext_backbone
        with torch.no_grad():
            return part(torch.from_numpy(np.ascontiguousarray(x))).numpy()

    if "encoder.mu.weight" not in w:
        x = images
        for at in (0, 3, 6, 9, 12):
            x = halve(relu(convolve(x, w[f"encoder.features.{at}.weight"], w[f"encoder.features.{at}.bias"], 1)))
        for at in (0, 2, 4, 6, 8):
            x = relu(spread(x, w[f"decoder.features.{at}.weight"], w[f"decoder.features.{at}.bias"]))
        assert x.shape == images.shape
        joined = gelu(np.concatenate((backbone(x), backbone(images)), axis=1))
        return gelu(joined @ w["fc.weight"].T + w["fc.bias"]) @ w["fc2.weight"].T + w["fc2.bias"]
    x = images
    for at in (0, 3, 6, 9):
        x = convolve(x, w[f"encoder.features.{at}.weight"], w[f"encoder.features.{at}.bias"], 2)
        scale, shift, mean, var = (
            w[f"encoder.features.{at + 1}.{part}"][:, None, None]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        x = leaky((x - mean) / np.sqrt(var + 1e-5) * scale + shift)
    mu = x.reshape(len(x), -1) @ w["encoder.mu.weight"].T + w["encoder.mu.bias"]
    x = (eps * np.exp(mu / 2) + mu).reshape(len(x), 256, PX // 32, PX // 32)
    for at in (0, 2, 4, 6):
        x = leaky(spread(x, w[f"decoder.features.{at}.weight"], w[f"decoder.features.{at}.bias"]))
    assert x.shape[2:] == (PX // 2, PX // 2)
    joined = relu(np.concatenate((backbone(images), backbone(x)), axis=1))
    return relu(joined @ w["fc.weight"].T + w["fc.bias"]) @ w["fc2.weight"].T + w["fc2.bias"]


def run(module: nn.Module, images: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return module(images, eps) if hasattr(module, "latent") else module(images)


def test_network_is_the_plain_arithmetic(module: nn.Module) -> None:
    images = np.random.default_rng(1).normal(size=(3, 3, PX, PX))
    eps = draw_noise(256 * (PX // 32) ** 2, 3).double()
    wanted = plain(module, images, eps.numpy())
    found = run(module, torch.from_numpy(images), eps).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)
    assert np.ptp(wanted, axis=0).min() > 1e-4, "the images must matter, or nothing is shown"


def test_float32_is_close_to_float64(module: nn.Module) -> None:
    images = np.random.default_rng(2).normal(size=(3, 3, PX, PX))
    eps = draw_noise(256 * (PX // 32) ** 2, 3)
    wanted = plain(module, images, eps.double().numpy())
    try:
        found = run(module.float(), torch.from_numpy(images).float(), eps).numpy()
    finally:
        module.double()
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()
