from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from genconvit import weights
from genconvit.cards import CLASSES, Card
from genconvit.errors import WeightsDamaged
from genconvit.networks import NetworkConfig, build
from genconvit.training.config import TrainingConfig
from genconvit.training.model import MEAN, STD
from genconvit.training.start import StartUnfit, start_backbone, started

CONFIG = TrainingConfig(backbone="lcnet_035", image_px=32, early_px=32, steps=1)
VAE = TrainingConfig(network="vae", backbone="lcnet_035", image_px=32, early_px=32, join=0.0, steps=1)


def backbone() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))


def test_a_start_is_matched_in_order_where_no_name_agrees(tmp_path: Path) -> None:
    given, own = backbone(), backbone()
    path = tmp_path / "start.pth"
    torch.save({f"layer.{name}": value for name, value in given.state_dict().items()}, path)
    start_backbone(own, path)
    assert all(torch.equal(a, b) for a, b in zip(given.parameters(), own.parameters(), strict=True))


@pytest.mark.parametrize("content", [None, b"", b"not weights", [1, 2], {"a": "text"}, {"a": torch.zeros(1)}])
def test_what_is_no_start_is_refused_in_words(tmp_path: Path, content: object) -> None:
    path = tmp_path / "start.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(StartUnfit, match=r"start\.pth"):
        start_backbone(backbone(), path)


@pytest.fixture
def earlier(tmp_path: Path) -> Card:
    """Weights that were trained before."""
    torch.manual_seed(9)
    texts = {"file": "", "bytes": 1, "sha256": "", "licence": "any", "source": "here", "source_sha256": ""}
    card = Card(
        name="earlier",
        network="ed",
        backbone="lcnet_035",
        image_px=64,
        mean=MEAN,
        std=STD,
        classes=CLASSES,
        training="On 12 photographs.",
        measured=(),
        weaknesses=(),
        **texts,
    )
    return weights.save(build(NetworkConfig("ed", "lcnet_035", 64)).state_dict(), card, tmp_path)


def test_a_run_goes_on_from_weights_of_this_program_and_says_how_those_were_trained(earlier: Card) -> None:
    network, said = started(CONFIG, earlier.path)
    expected = weights.load(earlier).state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in network.state_dict().items())
    assert earlier.sha256 in said and "On 12 photographs." in said
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_weights_of_another_network_are_no_start(earlier: Card) -> None:
    with pytest.raises(StartUnfit, match=r"holds ed, lcnet_035, 64 px, this run trains vae, lcnet_035, 32 px"):
        started(VAE, earlier.path)
    other = TrainingConfig(backbone="test_resnet", image_px=32, early_px=32, steps=1)
    with pytest.raises(StartUnfit, match=r"cannot be grown into the test_resnet of this run: .* has no"):
        started(other, earlier.path)


def test_a_smaller_backbone_is_grown_and_says_the_same_at_first(earlier: Card) -> None:
    larger = replace(CONFIG, backbone="lcnet_050")
    network, said = started(larger, earlier.path)
    assert "(their lcnet_035 grown into a lcnet_050)" in said and earlier.sha256 in said
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        wanted, found = (one.eval()(images) for one in (weights.load(earlier), network))
    torch.testing.assert_close(found, wanted)
    again, _ = started(larger, earlier.path)
    assert all(torch.equal(value, again.state_dict()[key]) for key, value in network.state_dict().items())


def test_weights_without_a_card_or_damaged_are_no_start(earlier: Card, tmp_path: Path) -> None:
    with pytest.raises(StartUnfit, match="has no card"):
        started(CONFIG, tmp_path / "nowhere.safetensors")
    earlier.path.write_bytes(earlier.path.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsDamaged):
        started(CONFIG, earlier.path)


def test_a_start_is_the_same_for_a_seed_and_the_reconstruction_is_silent(tmp_path: Path) -> None:
    first, again = (started(CONFIG, None)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not first["fc.weight"][:, :1000].any() and first["fc.weight"][:, 1000:].any()
    vae = started(VAE, None)[0].state_dict()
    assert vae["fc.weight"][:, 1000:].any()


def test_a_backbone_of_one_size_says_so() -> None:
    with pytest.raises(StartUnfit, match="the backbone vit_tiny_patch16_224 cannot take pictures of 32 px"):
        started(TrainingConfig(backbone="vit_tiny_patch16_224", image_px=32, early_px=32, steps=1), None)


def test_a_backbone_that_nobody_knows_is_named() -> None:
    with pytest.raises(StartUnfit, match="no model named 'resnext_of_tomorrow'"):
        started(TrainingConfig(backbone="resnext_of_tomorrow", image_px=32, early_px=32, steps=1), None)
