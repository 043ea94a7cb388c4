"""Random checkpoints with every key and shape of the released files, for measuring what only those files would allow.

python -m benchmarks.random_weights FOLDER [--seed 0]

The values are scaled so that activations stay of the size that a trained network's have: the logits are of order one,
and differ from picture to picture. They say nothing about any face. The two files take 0.24 and 2.8 GB.
"""

from __future__ import annotations

import argparse
import math
import zlib
from pathlib import Path

import torch
from torch import Tensor, nn

from genconvit.networks import NetworkConfig, build
from genconvit.networks.backbone import load_timm

BACKBONE = "convnext_tiny"
IMAGE_PX = 224
SWIN = "swin_tiny_patch4_window7_224"
FILES = {"ed": "genconvit_ed_inference.pth", "vae": "genconvit_vae_inference.pth"}
TWICE = {"ed": "backbone.patch_embed.backbone", "vae": "convnext_backbone.patch_embed.backbone"}
GAINS = {
    "encoder.features.": math.sqrt(2.0),
    "decoder.features.": math.sqrt(2.0),
    "encoder.mu.": 0.2,
    "fc.": 2.0,
    "fc2.": 2.0,
}
"""How much larger than one the spread of a layer's weights is, times the root of its inputs. A rectifier halves the
power; the classifier sees features that differ little between pictures; noise is made from ``exp(mu / 2)``."""

Shapes = dict[str, tuple[int, ...]]


def released_state(network: str, *, seed: int = 0, image_px: int = IMAGE_PX) -> dict[str, Tensor]:
    """A state dict of ``ed`` or ``vae`` as released, float32 but for the counters, with random values."""
    unused = unused_shapes(network, image_px)
    state = used_state(network, seed=seed, image_px=image_px)
    state |= {key: _values(key, shape, seed) for key, shape in unused.items() if not key.startswith(TWICE[network])}
    # The release has its Swin transformer under two names, and a file holds its tensors once.
    return state | {key: state[key.replace(TWICE[network], "embedder")] for key in unused if key not in state}


def used_state(network: str, *, seed: int = 0, image_px: int = IMAGE_PX) -> dict[str, Tensor]:
    """The part of it that the network runs on.

    Each tensor depends on the seed and its own name only. Batch-norm means and variances are away from 0 and 1.
    ``image_px``: another size than the released one makes a smaller ``vae``; in ``ed`` it changes nothing.
    """
    with torch.device("meta"):
        used = _shapes(build(NetworkConfig(network, BACKBONE, image_px)))
    return {key: _values(key, shape, seed) for key, shape in used.items()}


def unused_shapes(network: str, image_px: int = IMAGE_PX) -> Shapes:
    """What the released files carry and never run: a Swin transformer twice, a projection after it, and in ``vae`` the
    variance and three layers."""
    with torch.device("meta"):
        swin = _shapes(load_timm().create_model(SWIN, pretrained=False))
    shapes = {f"{name}.{key}": shape for name in ("embedder", TWICE[network]) for key, shape in swin.items()}
    projection = TWICE[network].replace("patch_embed.backbone", "patch_embed.proj")
    shapes |= {f"{projection}.weight": (768, 1000, 1, 1), f"{projection}.bias": (768,)}
    if network == "vae":
        flat, latent = 128 * (image_px // 16) ** 2, 256 * (image_px // 32) ** 2
        shapes |= _linear("encoder.var", flat, latent) | _linear("encoder.fc1", flat, 256)
        shapes |= _linear("encoder.fc2", 256, 128) | _linear("fc3", 1000, 500)
    return shapes


def write(network: str, folder: Path, *, seed: int = 0, image_px: int = IMAGE_PX) -> Path:
    """One of the two files, under its released name: ``ed`` as a training checkpoint with the state dict in it, ``vae``
    as the bare state dict, since released files are of either kind. The folder is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    state = released_state(network, seed=seed, image_px=image_px)
    path = folder / FILES[network]
    torch.save({"epoch": 1, "state_dict": state} if network == "ed" else state, path)
    return path


def _shapes(module: nn.Module) -> Shapes:
    return {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}


def _linear(name: str, before: int, after: int) -> Shapes:
    return {f"{name}.weight": (after, before), f"{name}.bias": (after,)}


def _values(key: str, shape: tuple[int, ...], seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(zlib.crc32(f"{seed} {key}".encode()))
    if key.endswith("num_batches_tracked"):
        return torch.tensor(1000)
    values = torch.empty(shape)
    if key.endswith("running_var"):
        return values.uniform_(0.3, 0.8, generator=generator)
    if key.endswith("gamma"):
        return values.normal_(0.3, 0.1, generator=generator)
    if len(shape) > 1:
        return values.normal_(0.0, _deviation(key, shape), generator=generator)
    return values.normal_(float(key.endswith("weight")), 0.2, generator=generator)


def _deviation(key: str, shape: tuple[int, ...]) -> float:
    """That keeps the size of what flows through; a transposed convolution has its inputs first."""
    inputs = shape[0] if key.startswith("decoder.features.") else math.prod(shape[1:])
    return next((gain for start, gain in GAINS.items() if key.startswith(start)), 1.0) / math.sqrt(inputs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for network in FILES:
        print(write(network, arguments.folder, seed=arguments.seed))


if __name__ == "__main__":
    main()
