from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from genconvit.method import Crop
from genconvit.networks import Ed, NetworkConfig, Vae, build
from genconvit.networks.backbone import load_timm
from genconvit.training import samples
from genconvit.training.batches import REAL, Faces, SelfBlendBatches
from genconvit.training.blended import Blended
from genconvit.training.config import TrainingConfig
from genconvit.training.data import DataUnusable
from genconvit.training.folders import scan
from genconvit.training.labelled import Labelled
from genconvit.training.locating import Locator, NothingToAsk
from genconvit.training.loop import RunFailed, gradients, train
from genconvit.training.losses import Batch, draw_batch_noise
from genconvit.training.photographs import Photograph, read
from genconvit.training.prepare import Sets
from genconvit.training.samples import Jitter, altered_maps, generator, make_sample, taken
from genconvit.training.self_blend import Pair
from genconvit.training.start import started

BOX = (24.0, 16.0, 72.0, 76.0)
CROP = Crop("square", 0.1, 96)
CONFIG = TrainingConfig(
    backbone="lcnet_035", image_px=64, early_px=32, early_until=0.5, join=0.5, batch=4, steps=4, warm_up=1, locate=1.0
)


@pytest.fixture(scope="module")
def photographs(photographs_folder: Path) -> tuple[Photograph, ...]:
    return read([photographs_folder])


def network_of(kind: str) -> Ed | Vae:
    torch.manual_seed(3)
    network = build(NetworkConfig(kind, "lcnet_035", 64))
    assert isinstance(network, Ed | Vae)
    return network.eval()


def test_what_is_altered_lies_where_the_two_pictures_differ(
    photographs: tuple[Photograph, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without degradation, which spreads a difference."""
    monkeypatch.setattr(samples, "degrade", lambda pixels, recipe: pixels)
    wide = (8.0, 0.0, 88.0, 92.0)
    altered = unaltered = 0
    for place, photograph in enumerate(photographs[:12]):
        sample = make_sample(photograph, wide, CROP, generator(1, 0, place))
        assert sample.altered.shape == (2, 6, 6) and sample.altered.dtype == np.float32
        assert sample.altered.min() >= 0 and sample.altered.max() <= 1
        inside, _ = sample.altered
        apart = np.abs(sample.real.astype(int) - sample.fake).sum(axis=2)
        # Resizing to a larger crop takes from the neighbouring place, by less than 2 px.
        differ = apart.reshape(6, 16, 6, 16)[:, 2:-2, :, 2:-2].any(axis=(1, 3))
        assert not differ[inside == 0].any()
        assert differ[inside > 0.5].all()
        altered, unaltered = altered + int((inside > 0.5).sum()), unaltered + int((inside == 0).sum())
    assert altered > 20 and unaltered > 20


def test_maps_are_seen_through_the_same_window_as_the_crop() -> None:
    mask = np.zeros((125, 125), np.float32)
    mask[20:60, 70:110] = 0.5
    pictured = np.repeat((mask * 510).astype(np.uint8)[..., None], 3, axis=2)
    for jitter in (Jitter(1.0, 0.0, 0.0), Jitter(0.92, 0.04, -0.04), Jitter(1.1, -0.04, 0.03)):
        inside, border = altered_maps(Pair(pictured, pictured, mask, 0.5, pictured), jitter, 96)
        assert np.abs(inside - taken(pictured, jitter, 96)[..., 0] / 255).max() < 0.01
        assert np.abs(border).max() == 0


def test_the_border_is_where_the_blend_is_half_and_a_ratio_is_not_in_it() -> None:
    ramp = np.tile(np.linspace(0, 1, 130, dtype=np.float32), (130, 1))
    picture = np.zeros((130, 130, 3), np.uint8)
    maps = [altered_maps(Pair(picture, picture, ramp * r, r, picture), Jitter(1.0, 0.0, 0.0), 9) for r in (1.0, 0.25)]
    assert np.allclose(maps[0], maps[1], atol=1e-6)
    inside, border = maps[0]
    assert (np.diff(inside, axis=1) > 0).all()
    assert border.argmax(axis=1).tolist() == [4] * 9 and border.max() == pytest.approx(1, abs=0.05)


def test_a_batch_says_of_its_fakes_alone_where_they_are_altered(photographs: tuple[Photograph, ...]) -> None:
    faces = Faces(photographs, (BOX,) * len(photographs))
    made = SelfBlendBatches(faces, CROP, 8, 1, 0).batch(3)
    assert made.altered is not None and made.altered.shape == (8, 2, 6, 6)
    for label, maps in zip(made.labels.tolist(), made.altered, strict=True):
        assert (float(maps.max()) == 0) == (label == REAL)


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("kind", ["ed", "vae"])
def test_the_error_is_added_and_reaches_the_backbone_in_parts_as_whole(kind: str, joined: bool) -> None:
    config = replace(CONFIG, network=kind, early_px=64, join=0.0, batch=8, locate=0.5)
    network = network_of(kind)
    locator = Locator(network.backbone if isinstance(network, Ed) else network.convnext_backbone)
    torch.nn.init.normal_(locator.layer.weight, std=0.2)
    images = torch.randn(8, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    wanted = torch.rand(8, 2, 4, 4, generator=torch.Generator().manual_seed(2))
    noise = draw_batch_noise(network, 8, 1, 0)
    batch = Batch(images, torch.tensor([0, 1] * 4), noise, wanted)
    joined = joined or kind == "vae"
    plain, _ = gradients(copy.deepcopy(network), batch, config, joined)
    split, locator_split = copy.deepcopy((network, locator))
    loss, right = gradients(network, batch, config, joined, locator)
    expected = functional.binary_cross_entropy_with_logits(locator(features_of(network, locator, images)), wanted)
    assert loss == pytest.approx(plain + 0.5 * float(expected.detach()), rel=1e-5)
    apart = gradients(split, batch, replace(config, accumulate=2), joined, locator_split)
    assert apart == (pytest.approx(loss, rel=1e-5), right)
    for one, other in zip(network.parameters(), split.parameters(), strict=True):
        if one.grad is not None and other.grad is not None:
            assert torch.allclose(one.grad, other.grad, rtol=1e-3, atol=1e-6)
    assert locator.layer.weight.grad is not None and locator.layer.weight.grad.abs().max() > 0


def features_of(network: Ed | Vae, locator: Locator, images: Tensor) -> Tensor:
    backbone = network.backbone if isinstance(network, Ed) else network.convnext_backbone
    with locator.listening() as heard:
        backbone(images)
    assert len(heard) == 1
    return heard[0]


@pytest.mark.parametrize("name", ["efficientnet_lite0", "convnext_atto", "mobilenetv2_050"])
def test_the_backbones_that_are_trained_have_places_to_ask(name: str) -> None:
    backbone = load_timm().create_model(name, pretrained=False)
    locator = Locator(backbone)
    with torch.no_grad(), locator.listening() as heard:
        backbone(torch.zeros(1, 3, 64, 64))
    assert locator(heard[0]).shape == (1, 2, 4, 4)
    assert {name for name, _ in locator.named_parameters()} == {"layer.weight", "layer.bias"}


def test_a_locator_starts_at_nothing_and_draws_no_random_numbers() -> None:
    network = network_of("ed")
    assert isinstance(network, Ed)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    locator = Locator(network.backbone)
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(values.detach().any() for values in locator.parameters())


def test_a_backbone_that_has_none_is_named() -> None:
    with pytest.raises(NothingToAsk, match="Linear has no features"):
        Locator(torch.nn.Linear(2, 2))


@pytest.fixture(scope="module")
def blended(photographs: tuple[Photograph, ...]) -> Blended:
    faces = [Faces(part, (BOX,) * len(part)) for part in (photographs[:16], photographs[16:])]
    return Blended(Sets(faces[0], faces[1], 0))


def test_a_stopped_run_goes_on_with_what_the_locator_had_learnt(blended: Blended, tmp_path: Path) -> None:
    def stop(step: int, share: float, loss: float) -> None:
        if step == 3:
            raise KeyboardInterrupt

    config = replace(CONFIG, save_every=2)
    whole = train(started(config, None)[0], blended, config, tmp_path / "whole", workers=0)
    with pytest.raises(KeyboardInterrupt):
        train(started(config, None)[0], blended, config, tmp_path / "stopped", workers=0, tell=stop)
    resumed = train(started(config, None)[0], blended, config, tmp_path / "stopped", workers=0)
    assert whole.locator is not None and resumed.locator is not None
    for one, other in ((whole.network, resumed.network), (whole.locator, resumed.locator)):
        states = one.state_dict(), other.state_dict()
        assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert whole.locator.layer.weight.abs().max() > 0


def test_labelled_images_cannot_be_asked_where(labelled_folder: Path) -> None:
    with pytest.raises(DataUnusable, match="do not say where"):
        Labelled(scan(labelled_folder)).batches(CONFIG, 0)


def test_a_run_with_a_backbone_without_such_features_says_so(
    blended: Blended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = started(CONFIG, None)[0]
    assert isinstance(network, Ed)
    monkeypatch.setattr(network.backbone, "feature_info", [])
    with pytest.raises(RunFailed, match="cannot learn where a face was altered"):
        train(network, blended, CONFIG, tmp_path, workers=0)
