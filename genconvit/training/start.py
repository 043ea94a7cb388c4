"""Where a network starts from: a backbone's own ImageNet weights, or weights that were trained before."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from genconvit import weights
from genconvit.cards import card_path, read_card
from genconvit.networks import Ed, NetworkConfig, Vae, build
from genconvit.training.config import TrainingConfig
from genconvit.training.growing import CannotGrow, grow
from genconvit.training.model import backbone_of, quiet_rebuilt_path

OWN = ".safetensors"


class StartUnfit(Exception):
    """A file to start from, or a backbone, does not fit the run; the text says where."""


def started(config: TrainingConfig, start: Path | None) -> tuple[Ed | Vae, str]:
    """The network at its beginning, the same for a seed, and what the card says of where it started.

    Args:
        start: ImageNet weights of the backbone (``.pth``), or weights of this program (``.safetensors``, with the card
            beside it) of the same network, to go on from; their backbone may be a smaller one of the same family.

    Raises:
        StartUnfit: the file does not fit, timm has no such backbone, or it cannot take pictures of the run's sizes.
        WeightsMissing, WeightsDamaged, WeightsRefused, CardInvalid: weights of this program that cannot be loaded.
    """
    torch.manual_seed(config.seed)
    try:
        network = build(NetworkConfig(config.network, config.backbone, config.image_px))
    except ValueError as error:
        raise StartUnfit(str(error)) from None
    if not isinstance(network, Ed | Vae):
        raise TypeError(type(network).__name__)
    _try_sizes(network, config)
    if start is not None and start.suffix.lower() == OWN:
        return network, go_on(network, start, config)
    digest = start_backbone(backbone_of(network), start) if start else ""
    if config.join > 0 and isinstance(network, Ed):
        quiet_rebuilt_path(network)
    return network, f"The backbone started from ImageNet weights with SHA-256 {digest}." if digest else ""


def go_on(network: Ed | Vae, path: Path, config: TrainingConfig) -> str:
    """Load weights of this program into a network of the same layout or one with a larger backbone, and say so with the
    card's own words on how they were trained. Raises as :func:`started`."""
    card_file = card_path(path.parent, path.stem)
    if not card_file.is_file():
        raise StartUnfit(f"{path} has no card {card_file}, so nobody can say what it was trained on")
    card = read_card(card_file)
    fixed_px = config.network == "vae" and card.image_px != config.image_px
    if card.network != config.network or fixed_px:
        had = f"{card.network}, {card.backbone}, {card.image_px} px"
        wanted = f"{config.network}, {config.backbone}, {config.image_px} px"
        raise StartUnfit(f"{path} holds {had}, this run trains {wanted}")
    given, grown = weights.load(card), ""
    if card.backbone != config.backbone:
        try:
            _enlarge(given, network, config.image_px)
        except CannotGrow as error:
            raise StartUnfit(
                f"{path} holds {card.backbone}, which cannot be grown into the {config.backbone} of this run: {error}"
            ) from None
        grown = f" (their {card.backbone} grown into a {config.backbone})"
    network.load_state_dict(given.state_dict())
    return f"Continued from weights with SHA-256 {card.sha256}{grown}, themselves trained so: [{card.training}]"


def _enlarge(given: nn.Module, network: Ed | Vae, size_px: int) -> None:
    """Give ``given`` the backbone of ``network``, grown from its own. Raises CannotGrow."""
    larger = backbone_of(network)
    if isinstance(given, Ed):
        grow(given.backbone, larger, size_px)
        given.backbone = larger
    elif isinstance(given, Vae):
        grow(given.convnext_backbone, larger, size_px)
        given.convnext_backbone = larger


def start_backbone(backbone: nn.Module, path: Path) -> str:
    """Load ImageNet weights into a backbone and give the file's SHA-256.

    Entries are matched by name; where no name agrees, in order, as between two implementations of one layout.

    Raises:
        StartUnfit: not there, no weights, another number of entries or another shape.
    """
    try:
        data = path.read_bytes()
        given: Mapping[str, Tensor] = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise StartUnfit(f"{path} cannot be read as weights: {error}") from None
    if not isinstance(given, Mapping) or not all(isinstance(value, Tensor) for value in given.values()):
        raise StartUnfit(f"{path} holds no table of tensors")
    own = backbone.state_dict()
    if len(given) != len(own):
        raise StartUnfit(f"{path} has {len(given)} entries, the backbone {len(own)}")
    pairs = zip(own, (given[key] for key in own) if given.keys() == own.keys() else given.values(), strict=True)
    matched = dict(pairs)
    for key, value in matched.items():
        if value.shape != own[key].shape:
            raise StartUnfit(f"{path}: {key} has shape {tuple(value.shape)}, not {tuple(own[key].shape)}")
    backbone.load_state_dict(matched)
    return hashlib.sha256(data).hexdigest()


def _try_sizes(network: Ed | Vae, config: TrainingConfig) -> None:
    """Some backbones take one size only; better to know before the photographs are read."""
    sizes = {config.image_px, config.early_px}
    if isinstance(network, Vae):
        sizes.add(config.image_px // 2)
    backbone = backbone_of(network).eval()
    for size_px in sorted(sizes):
        try:
            with torch.inference_mode():
                backbone(torch.zeros(1, 3, size_px, size_px))
        except (RuntimeError, AssertionError, ValueError, TypeError) as error:
            said = str(error).strip().partition("\n")[0]
            raise StartUnfit(f"the backbone {config.backbone} cannot take pictures of {size_px} px: {said}") from None
    network.train()
