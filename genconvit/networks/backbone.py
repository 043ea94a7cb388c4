"""The only door to timm and torchvision. Backbones are built without weights: nothing is ever downloaded.

Importing timm takes longer than importing torch, because all of its models and torchvision come along. So the
backbones that an examination meets, the released one and those of the weights of this program, are its own modules
where they are made to be filled with stored weights. Fresh ones, to be trained, are always timm's.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from genconvit.networks.convnext import ConvNeXtTiny
from genconvit.networks.efficientnet import LITE0, LITE2, EfficientNetLite

CLASSES = 1000
"""Width of a backbone's output: GenConViT keeps the ImageNet head as its feature vector."""

OWN: dict[str, Callable[[int], nn.Module]] = {
    "convnext_tiny": ConvNeXtTiny,
    "efficientnet_lite0": functools.partial(EfficientNetLite, stages=LITE0),
    "efficientnet_lite2": functools.partial(EfficientNetLite, stages=LITE2),
}
"""By timm's name, with timm's names in their state dicts."""


def create_backbone(name: str) -> nn.Module:
    """A timm model by name, randomly initialised: ``float32 [N, 3, H, W]`` to ``[N, 1000]``.

    Where torch's default device is ``meta``, one of :data:`OWN` is this program's own module of the same arithmetic.

    Raises:
        ValueError: timm has no model of that name. Addresses of models on a hub are no names.
    """
    if name in OWN and torch.get_default_device().type == "meta":
        return OWN[name](CLASSES)
    timm = load_timm()
    if not timm.is_model(name):
        raise ValueError(f"timm {timm.__version__} has no model named {name!r}")
    module: nn.Module = timm.create_model(name, pretrained=False, num_classes=CLASSES)
    return module


@functools.cache
def load_timm() -> ModuleType:
    """timm, importable also where torchvision's own operators are not. Anything else that needs torchvision calls
    this first."""
    _declare_missing_operators()
    import timm

    return timm


@functools.cache
def _declare_missing_operators() -> torch.library.Library | None:
    """Make ``import torchvision`` possible beside a CPU build of torch.

    The published Linux wheel of torchvision is built for CUDA; its C++ library does not load without it, and then
    the import fails on operators that nothing here calls. Their schemas are declared, but only if the library truly
    cannot be loaded: declaring them twice ends the process. The cache keeps the declaration alive.
    """
    if sys.platform != "linux" or "torchvision" in sys.modules or _torchvision_loads():
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    return library


def _torchvision_loads() -> bool:
    """Whether torchvision's C++ library can be loaded; tried as torchvision itself does, which may do it again."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for file in Path(spec.origin).parent.glob("_C*.so"):
        try:
            torch.ops.load_library(str(file))  # type: ignore[no-untyped-call]
        except OSError:
            return False
        return True
    return False
