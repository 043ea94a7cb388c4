"""The protocol that the program is compared with. What the ``released`` method gives beside such a script is held in
tests/genconvit/test_released_protocol.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmarks.random_weights import released_state
from benchmarks.released_protocol import Ed, ReleasedProtocol, Vae, fill
from genconvit.networks import NetworkConfig, build
from genconvit.weights.fitting import used_part

SIZE_PX = 64


def ours(network: str, state: dict[str, Tensor]) -> nn.Module:
    config = NetworkConfig(network, "convnext_tiny", SIZE_PX)
    with torch.device("meta"):
        module = build(config)
    module.load_state_dict(used_part(state, config, Path("none")), assign=True)
    return module.eval()


def theirs(network: str, state: dict[str, Tensor]) -> nn.Module:
    with torch.device("meta"):
        module: nn.Module = Ed() if network == "ed" else Vae(SIZE_PX)
    module.load_state_dict(state, strict=True, assign=True)
    return module.eval()


@pytest.mark.parametrize("network", ["ed", "vae"])
def test_the_plain_networks_take_every_key_and_give_the_programs_logits(network: str) -> None:
    state = released_state(network, image_px=SIZE_PX)
    images = torch.from_numpy(np.random.default_rng(1).normal(size=(2, 3, SIZE_PX, SIZE_PX)).astype(np.float32))
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(3)
        plain = theirs(network, state)(images)
        torch.manual_seed(3)
        noise = [torch.randn(2, 256 * (SIZE_PX // 32) ** 2)] if network == "vae" else []
        expected = ours(network, state)(images, *noise)
    assert plain.shape == (2, 2)
    assert torch.allclose(plain, expected, rtol=1e-5, atol=1e-5)


def test_a_file_of_another_timm_is_read_but_for_what_never_runs() -> None:
    """The Swin transformer's keys and shapes follow the version of timm that the file was saved with."""
    state = released_state("ed")
    other = {key: value for key, value in state.items() if "layers.0" not in key}
    other["embedder.layers.0.of.another.version"] = torch.zeros(3)
    other["backbone.patch_embed.proj.weight"] = torch.zeros(768, 768, 1, 1)
    network = Ed()
    fill(network, other)
    own = network.state_dict()
    assert all(torch.equal(own[key], state[key]) for key in state if "embed" not in key)
    del other["backbone.stem.0.weight"]
    with pytest.raises(RuntimeError, match=r"backbone\.stem\.0\.weight"):
        fill(network, other)


class Fixed(nn.Module):
    """Gives the same two logits for each face."""

    def __init__(self, fake: float, real: float) -> None:
        super().__init__()
        self.logits = torch.tensor([fake, real])
        self.seen: Tensor | None = None

    def forward(self, images: Tensor) -> Tensor:
        self.seen = images
        return self.logits.expand(len(images), 2)


def sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_printed_score_is_the_mean_over_both_networks_rows(root: Path, sign: float) -> None:
    networks = [Fixed(2.0 * sign, -1.0 * sign), Fixed(0.5 * sign, -0.5 * sign)]
    protocol = ReleasedProtocol(networks)
    score = protocol.run(root / "resources" / "demo.mp4", 3)
    fake, real = (sigmoid(2.0 * sign) + sigmoid(0.5 * sign)) / 2, (sigmoid(-1.0 * sign) + sigmoid(-0.5 * sign)) / 2
    assert score == pytest.approx(fake if sign > 0 else 1 - real, abs=1e-6)
    assert protocol.faces == 3 and set(protocol.seconds) == {"decode", "find", "crop", "score"}
    seen = networks[0].seen
    assert seen is not None and seen.shape == (3, 3, 224, 224)
    # Skin is redder than blue, after normalisation too: the channels are in the order of RGB.
    assert float(seen[:, 0].mean()) > float(seen[:, 2].mean()) + 0.1


def test_without_a_face_the_score_is_a_half(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protocol = ReleasedProtocol([])
    monkeypatch.setattr("benchmarks.released_protocol.face_recognition.face_locations", lambda *_, **__: [])
    assert protocol.run(root / "resources" / "demo.mp4", 2) == 0.5
    assert protocol.faces == 0
