from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.networks import Ed, NetworkConfig, Vae, build
from genconvit.training.config import TrainingConfig
from genconvit.training.loop import gradients
from genconvit.training.losses import Batch, draw_batch_noise
from genconvit.training.model import logits_both, rebuild

ED = TrainingConfig(backbone="lcnet_035", image_px=32, early_px=32, batch=8, steps=1, smoothing=0.0)
VAE = replace(ED, network="vae", join=0.0, rebuild_weight=1.0)
RUNS = [(ED, False), (ED, True), (VAE, True)]


def made(config: TrainingConfig) -> Ed | Vae:
    torch.manual_seed(3)
    network = build(NetworkConfig(config.network, config.backbone, config.image_px))
    assert isinstance(network, Ed | Vae)
    return network


@pytest.fixture
def images() -> Tensor:
    return torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(1))


LABELS = torch.tensor([0, 1] * 4)


@pytest.mark.parametrize("parts", [2, 4])
@pytest.mark.parametrize(("config", "joined"), RUNS, ids=["ed early", "ed", "vae"])
def test_the_parts_of_a_batch_give_the_gradient_of_the_whole(
    parts: int, config: TrainingConfig, joined: bool, images: Tensor
) -> None:
    whole = made(config).eval()
    split = copy.deepcopy(whole)
    noise = draw_batch_noise(whole, 8, seed=1, step=2)
    loss, right = gradients(whole, Batch(images, LABELS, noise), config, joined)
    apart = gradients(split, Batch(images, LABELS, noise), replace(config, accumulate=parts), joined)
    assert apart == (pytest.approx(loss, rel=1e-5), right)
    for (name, one), other in zip(whole.named_parameters(), split.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None)
        if one.grad is not None and other.grad is not None:
            assert torch.allclose(one.grad, other.grad, rtol=1e-3, atol=1e-6), name


def test_the_loss_of_a_vae_is_the_released_one(images: Tensor) -> None:
    network = made(VAE).eval()
    assert isinstance(network, Vae)
    noise = draw_batch_noise(network, 8, seed=1, step=0)
    assert noise is not None
    loss, _ = gradients(network, Batch(images, LABELS, noise), VAE, True)
    enlarged = functional.interpolate(rebuild(network, images, noise), (32, 32), mode="bilinear", antialias=True)
    expected = functional.cross_entropy(network(images, noise), LABELS) + functional.mse_loss(enlarged, images)
    assert loss == pytest.approx(float(expected.detach()), rel=1e-5)


def test_the_loss_of_an_ed_without_the_reconstruction_is_the_released_one(images: Tensor) -> None:
    network = made(ED).eval()
    loss, right = gradients(network, Batch(images, LABELS, None), replace(ED, rebuild_weight=0.0), True)
    logits = network(images)
    assert loss == pytest.approx(float(functional.cross_entropy(logits, LABELS).detach()), rel=1e-5)
    assert right == int((logits.argmax(1) == LABELS).sum())


def test_label_smoothing_and_reconstruction_add_up(images: Tensor) -> None:
    config = replace(ED, smoothing=0.1, rebuild_weight=0.5)
    network = made(config).eval()
    loss, _ = gradients(network, Batch(images, LABELS, None), config, True)
    error = functional.mse_loss(rebuild(network, images, None), functional.relu(images))
    smoothed = functional.cross_entropy(network(images), LABELS, label_smoothing=0.1)
    assert loss == pytest.approx(float((smoothed + 0.5 * error).detach()), rel=1e-5)


@pytest.mark.parametrize("config", [ED, VAE], ids=["ed", "vae"])
def test_training_says_what_the_network_itself_says(config: TrainingConfig, images: Tensor) -> None:
    network = made(config).eval()
    noise = draw_batch_noise(network, 8, seed=1, step=0)
    own = network(images) if noise is None else network(images, noise)
    assert torch.allclose(logits_both(network, images, rebuild(network, images, noise)), own, atol=1e-5)


def test_noise_is_fresh_for_each_image_and_step_and_the_same_for_a_seed() -> None:
    network = made(VAE)
    drawn = [draw_batch_noise(network, 4, seed, step) for seed, step in ((1, 0), (1, 0), (1, 1), (2, 0))]
    first, again, later, other = (noise for noise in drawn if noise is not None)
    assert torch.equal(first, again) and first.shape == (4, network.latent if isinstance(network, Vae) else 0)
    assert not torch.equal(first, later) and not torch.equal(first, other) and not torch.equal(first[0], first[1])
    assert draw_batch_noise(made(ED), 4, 1, 0) is None


def test_dropout_too_depends_on_seed_and_step_alone(images: Tensor) -> None:
    layer = nn.Dropout(0.5)
    shown = []
    for step in (5, 6, 5):
        draw_batch_noise(made(ED), 4, 1, step)
        shown.append(layer(images))
    assert torch.equal(shown[0], shown[2]) and not torch.equal(shown[0], shown[1])


def test_bfloat16_gives_nearly_the_same_loss(images: Tensor) -> None:
    network = made(ED).eval()
    exact, _ = gradients(network, Batch(images, LABELS, None), ED, True)
    mixed, _ = gradients(network, Batch(images, LABELS, None), replace(ED, precision="bfloat16"), True)
    assert mixed != exact and mixed == pytest.approx(exact, rel=0.05)
