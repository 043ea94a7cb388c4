"""Put a trained backbone into a larger one of its family, which then computes what the smaller one did and has room to
learn more (Chen, Goodfellow and Shlens 2016, Net2Net, arXiv 1511.05641; new channels are drawn afresh here and
not copies of old ones).

What is known of the larger one stands in names and shapes alone: blocks that the smaller one has not must be residual
ones. Whether the two agree is tried.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

CLOSE = 1e-3
"""Of the largest output. float32 adds in another order where there are more channels."""


class CannotGrow(Exception):
    """The smaller backbone does not fit into the larger one; the text says where."""


def grow(small: nn.Module, large: nn.Module, size_px: int) -> None:
    """Give ``large``, freshly drawn, the weights of ``small``, so that both give the same outputs in evaluation.

    Old channels come first. What a new channel says is not heard by an old one, a block that is new adds nothing: both
    by weights that start at zero and are learnt.

    Raises:
        CannotGrow: an entry is missing in the larger one or smaller there, or the two differ afterwards in what they
            give for pictures of ``size_px``.
    """
    old, new = small.state_dict(), large.state_dict()
    for key, values in old.items():
        if key not in new:
            raise CannotGrow(f"the larger backbone has no {key}")
        new[key] = _embedded(key, values, new[key])
    for key in _last_norms(set(new) - set(old)):
        new[key] = torch.zeros_like(new[key])
    large.load_state_dict(new)
    _same_outputs(small, large, size_px)


def _embedded(key: str, values: Tensor, fresh: Tensor) -> Tensor:
    if values.ndim != fresh.ndim or any(a > b for a, b in zip(values.shape, fresh.shape, strict=True)):
        raise CannotGrow(f"{key} has shape {tuple(values.shape)}, in the larger backbone {tuple(fresh.shape)}")
    grown = fresh.clone()
    if values.ndim > 1:
        grown[: len(values)] = 0
    grown[tuple(slice(size) for size in values.shape)] = values
    return grown


def _last_norms(added: set[str]) -> list[str]:
    """The scale of the last normalisation of every block among added entries."""
    last: dict[str, str] = {}
    for key in sorted(key for key in added if key.endswith(".running_var")):
        norm = key.removesuffix(".running_var")
        last[norm.rpartition(".")[0]] = f"{norm}.weight"
    return list(last.values())


@torch.inference_mode()
def _same_outputs(small: nn.Module, large: nn.Module, size_px: int) -> None:
    images = torch.linspace(-40, 40, 2 * 3 * size_px * size_px).sin().view(2, 3, size_px, size_px)
    training = large.training
    try:
        wanted, found = small.eval()(images), large.eval()(images)
    except (RuntimeError, AssertionError, ValueError, TypeError) as error:
        said = str(error).strip().partition("\n")[0]
        raise CannotGrow(f"whether the two agree cannot be tried with pictures of {size_px} px: {said}") from None
    large.train(training)
    if wanted.shape != found.shape or not bool((wanted - found).abs().max() <= CLOSE * wanted.abs().max()):
        raise CannotGrow("the larger backbone computes something else with the smaller one's weights")
