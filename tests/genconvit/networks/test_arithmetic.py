"""Both networks against the same arithmetic written out plainly in numpy, float64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from benchmarks import plain_arithmetic
from benchmarks.random_weights import BACKBONE, used_state
from genconvit.networks import NetworkConfig, build, draw_noise

PX = 96
"""At 96 as at 224 the reconstruction of ``vae`` has an odd side before a stage that halves it."""
LATENT = 256 * (PX // 32) ** 2


@pytest.fixture(scope="module", params=["ed", "vae"])
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def module(network: str) -> nn.Module:
    with torch.device("meta"):
        module = build(NetworkConfig(network, BACKBONE, PX))
    module.load_state_dict(used_state(network, seed=5, image_px=PX), assign=True)
    return module.double().eval()


def plain(
    network: str, module: nn.Module, images: npt.NDArray[np.float64], eps: torch.Tensor
) -> npt.NDArray[np.float64]:
    state = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
    pictures = images.transpose(0, 2, 3, 1)
    if network == "ed":
        return plain_arithmetic.ed(state, pictures)
    return plain_arithmetic.vae(state, pictures, eps.double().numpy())


def run(module: nn.Module, images: torch.Tensor, eps: torch.Tensor) -> npt.NDArray[np.float64]:
    with torch.no_grad():
        logits = module(images, eps) if hasattr(module, "latent") else module(images)
    return logits.double().numpy()


def test_network_is_the_plain_arithmetic(network: str, module: nn.Module) -> None:
    images = np.random.default_rng(1).normal(size=(2, 3, PX, PX))
    eps = draw_noise(LATENT, 3)
    wanted = plain(network, module, images, eps)
    found = run(module, torch.from_numpy(images), eps.double())
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)
    assert np.ptp(wanted, axis=0).min() > 1e-3, "the images must matter, or nothing is shown"


def test_float32_is_close_to_float64(network: str, module: nn.Module) -> None:
    images = np.random.default_rng(2).normal(size=(2, 3, PX, PX))
    eps = draw_noise(LATENT, 3)
    wanted = plain(network, module, images, eps)
    try:
        found = run(module.float(), torch.from_numpy(images).float(), eps)
    finally:
        module.double()
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()
