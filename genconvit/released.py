"""The released networks by themselves, without a video or a method: a ``.pth`` file in, crops to logits.

For showing that this program computes what another program computes with the same weights. ::

    from genconvit import released
    files = [released.load(Path("genconvit_ed_inference.pth")), released.load(Path("genconvit_vae_inference.pth"))]
    logits = released.logits(files, crops, eps)  # {"ed": float32 [N, 2], "vae": float32 [N, 2]}

It is the arithmetic of an examination (:mod:`genconvit.forward`), not another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from genconvit.batch import BATCH
from genconvit.devices import Device, choose_device
from genconvit.errors import OutOfMemory
from genconvit.forward import Forward, Placed, out_of_memory_as, place, with_noise
from genconvit.networks.vae import latent_size
from genconvit.weights import load_checkpoint, read_checkpoint
from genconvit.weights.importing import ImportOptions

SEED = 0
"""Of the noise that ``vae`` is given when none is handed in; the shipped ``released`` method has the same."""


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """A released file, loaded."""

    path: Path
    network: str
    """``ed`` or ``vae``."""
    backbone: str
    image_px: int
    latent: int
    """Numbers that ``eps`` has; 0 for ``ed``, which takes no noise."""
    device: str
    """What the network runs on, as a record would name it."""
    placed: Placed = field(repr=False, compare=False)
    on: Device = field(repr=False, compare=False)


def load(path: Path, device: str = "cpu", *, backbone: str = "", image_px: int = 0) -> ReleasedFile:
    """Load a released file: the state dict itself, or a dict that has it under ``state_dict``.

    It is read without unpickling code. What the release carries and never runs is dropped by name
    (:data:`genconvit.weights.fitting.UNUSED`); every other name and shape has to be the network's.

    Args:
        path: of the ``.pth`` file; it is not kept open, and nothing is written.
        device: as :func:`genconvit.devices.choose_device` takes it.
        backbone: a timm model name and ``image_px`` a multiple of 32, for a file that is not as released
            (``convnext_tiny`` at 224).

    Raises:
        WeightsRefused: ``missing``, ``unsafe``, ``unreadable``, ``wrong_network``, ``wrong_keys``, ``wrong_shapes`` or
            ``not_finite``.
        DeviceUnavailable
        OutOfMemory: the network does not fit on the device.
        ValueError: no such backbone or size.
    """
    chosen = choose_device(device)
    checkpoint = read_checkpoint(path, ImportOptions(backbone, image_px))
    with out_of_memory_as(OutOfMemory(chosen.name, 0)):
        module = load_checkpoint(path, checkpoint, chosen.torch_device)
        placed = place(path.name, checkpoint.network, module, checkpoint.mean, checkpoint.std, chosen, SEED)
    latent = latent_size(checkpoint.image_px) if checkpoint.network == "vae" else 0
    size = checkpoint.image_px
    return ReleasedFile(path, checkpoint.network, checkpoint.backbone, size, latent, chosen.name, placed, chosen)


def logits(
    files: Sequence[ReleasedFile],
    crops: npt.NDArray[np.uint8],
    eps: npt.NDArray[np.floating] | None = None,
    *,
    batch: int = BATCH,
) -> dict[str, npt.NDArray[np.float32]]:
    """Logits of face crops, per network.

    Args:
        files: one, or one of each network.
        crops: ``uint8 [N, S, S, 3]``, RGB, S the files' ``image_px`` (224 as released); N may be 0.
        eps: the noise of ``vae``, ``float [latent]``, standard normal, the same for every crop; rounded to float32.
            Without it, what the ``released`` method uses: drawn from seed 0. ``ed`` takes none and does as without it.
        batch: crops that go through a network at once. It moves a logit by the rounding of float32 only.

    Returns:
        For ``ed`` and ``vae``, those that were handed in, ``float32 [N, 2]``: index 0 is fake, 1 is real.

    Raises:
        ValueError: crops or noise of another shape or type, no file, two of one network or of different sizes.
        OutOfMemory: not even one crop fits on the device.
        WeightsUnfit: a network gave something that is not a number.
    """
    size = _size(files)
    if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[1:] != (size, size, 3):
        raise ValueError(f"crops must be uint8 [N, {size}, {size}, 3], not {crops.dtype} {list(crops.shape)}")
    if batch < 1:
        raise ValueError(f"batch must be 1 or more, not {batch}")
    noise = None if eps is None else _noise(eps, latent_size(size))
    return {file.network: _logits(file, crops, noise, batch) for file in files}


def _logits(
    file: ReleasedFile, crops: npt.NDArray[np.uint8], noise: npt.NDArray[np.float32] | None, batch: int
) -> npt.NDArray[np.float32]:
    placed = file.placed if noise is None else with_noise(file.placed, noise)
    sides = Forward([placed], file.on, batch=batch).logits(crops)[file.network]
    found: npt.NDArray[np.float32] = sides[0].numpy()
    return found


def _size(files: Sequence[ReleasedFile]) -> int:
    networks, sizes = [file.network for file in files], {file.image_px for file in files}
    if not files or len(set(networks)) < len(networks):
        raise ValueError(f"files must be one, or one of each network, not {networks}")
    if len(sizes) > 1:
        raise ValueError(f"files must be of one size of crop, not of {sorted(sizes)} px")
    return sizes.pop()


def _noise(eps: npt.NDArray[np.floating], latent: int) -> npt.NDArray[np.float32]:
    if not np.issubdtype(eps.dtype, np.floating) or eps.shape != (latent,):
        raise ValueError(f"eps must be float [{latent}], not {eps.dtype} {list(eps.shape)}")
    with np.errstate(over="ignore"):
        rounded = eps.astype(np.float32)
    if not np.isfinite(rounded).all():
        raise ValueError("eps must be finite as float32")
    return rounded
