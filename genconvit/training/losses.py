"""What is made small: cross-entropy plus the error of the reconstruction.

As released (erprogs/GenConViT, ``train/train_ed.py`` and ``train_vae.py``): ``ed`` has the cross-entropy alone; ``vae``
adds, with weight 1, the mean squared error between the normalised image and the reconstruction enlarged to its size
(bilinear); the Kullback-Leibler term is computed there and left out of the sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from genconvit.networks import Ed, Vae
from genconvit.training.config import TrainingConfig
from genconvit.training.locating import Locator
from genconvit.training.model import logits_both, logits_direct, rebuild

REBUILT_EARLY = 4
"""Images a step on which the autoencoder learns before the classifier listens to it."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """A batch on the device."""

    images: Tensor
    """``float32 [N, 3, S, S]``, normalised."""
    labels: Tensor
    """``int64 [N]``: 0 fake, 1 real."""
    noise: Tensor | None
    """For ``vae`` standard normal ``[N, latent]``."""
    altered: Tensor | None = None
    """``float32 [N, 2, S/16, S/16]``, as :data:`genconvit.training.samples.Maps`."""


def draw_batch_noise(network: Ed | Vae, images: int, seed: int, step: int) -> Tensor | None:
    """Fresh noise for every image of a step, as released, by seed and step alone; None for ``ed``.

    It also sets torch's own random numbers for the step, from which a backbone with dropout draws.
    """
    # torch's generator looks at 32 bits of a seed.
    torch.manual_seed(int(np.random.SeedSequence([seed, step]).generate_state(1)[0]))
    return torch.randn(images, network.latent) if isinstance(network, Vae) else None


def located_loss(
    network: Ed | Vae, locator: Locator | None, batch: Batch, part: slice, config: TrainingConfig, joined: bool
) -> tuple[Tensor, int]:
    """As :func:`part_loss`, with the error of where the images were altered."""
    if locator is None:
        return part_loss(network, batch, part, config, joined)
    if batch.altered is None:
        raise ValueError("nobody knows where these images were altered")
    with locator.listening() as heard:
        loss, right = part_loss(network, batch, part, config, joined)
    # The first pass is that of the images themselves; a second one is of their reconstruction.
    error = locator.error(heard[0], batch.altered[part]) / len(batch.images)
    return loss + config.locate * error, right


def part_loss(network: Ed | Vae, batch: Batch, part: slice, config: TrainingConfig, joined: bool) -> tuple[Tensor, int]:
    """A part's contribution to the loss of the whole batch, and how many of its images were told right.

    The contributions of all parts of a batch add up to its loss: each is divided by the whole batch's number.
    """
    images, labels = batch.images[part], batch.labels[part]
    noise = None if batch.noise is None else batch.noise[part]
    if joined or isinstance(network, Vae):
        rebuilt = rebuild(network, images, noise)
        logits = logits_both(network, images, rebuilt)
        error = _error(network, images, rebuilt) / len(batch.images)
    else:
        logits = logits_direct(network, images)
        error = _early_error(network, batch, part)
    classified = functional.cross_entropy(logits.float(), labels, reduction="sum", label_smoothing=config.smoothing)
    right = int((logits.detach().argmax(dim=1) == labels).sum())
    return classified / len(batch.images) + config.rebuild_weight * error, right


def _error(network: Ed | Vae, images: Tensor, rebuilt: Tensor) -> Tensor:
    """Sum over images of the mean squared error. The decoder of ``ed`` ends in a ReLU: it can give the positive part
    only."""
    if isinstance(network, Ed):
        target = functional.relu(images)
    else:
        target = images
        rebuilt = functional.interpolate(rebuilt.float(), images.shape[-2:], mode="bilinear", antialias=True)
    return functional.mse_loss(rebuilt.float(), target, reduction="sum") / target[0].numel()


def _early_error(network: Ed, batch: Batch, part: slice) -> Tensor:
    """The error of those images of the part that stand for their batch."""
    stride = max(len(batch.images) // REBUILT_EARLY, 1)
    chosen = range(0, len(batch.images), stride)
    here = [place for place in chosen if part.start <= place < part.stop]
    if not here:
        return batch.images.new_zeros(())
    images = batch.images[here]
    return _error(network, images, rebuild(network, images, None)) / len(chosen)
