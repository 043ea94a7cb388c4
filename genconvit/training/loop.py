"""The training loop. It can be stopped at any moment and goes on from its last checkpoint as if it had not been."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.method import Crop
from genconvit.networks import Ed
from genconvit.training import checkpoint
from genconvit.training.batches import Faces, SelfBlendBatches, load
from genconvit.training.config import TrainingConfig
from genconvit.training.metrics import Metrics
from genconvit.training.model import Average, logits_both, logits_direct, normalised, scorer
from genconvit.training.validation import evaluate, samples

REBUILT_EARLY = 4
"""Images a step on which the autoencoder learns before the classifier listens to it."""
LOG_EVERY = 20
Tell = Callable[[int, float, float], None]
"""Step, share of the run done, loss."""


@dataclass(slots=True)
class Run:
    """A run's moving parts."""

    config: TrainingConfig
    network: Ed
    average: Average
    optimizer: torch.optim.Optimizer
    step: int = 0
    elapsed_s: float = 0.0
    losses: list[float] = field(default_factory=list)

    def state(self) -> dict[str, object]:
        return {
            "config": json.dumps(asdict(self.config), sort_keys=True),
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "losses": list(self.losses),
        }


class RunDiffers(Exception):
    """A checkpoint was made by a run with other settings; the text names them."""


def train(
    network: Ed,
    train_faces: Faces,
    held_out: Faces,
    config: TrainingConfig,
    folder: Path,
    *,
    workers: int = 1,
    tell: Tell | None = None,
) -> Average:
    """Train until the run's end and give the averaged network.

    Args:
        network: at its start; a checkpoint in ``folder`` replaces it.
        folder: gets ``checkpoint.pt`` and ``metrics.jsonl``.
        workers: processes that make batches.

    Raises:
        RunDiffers: the folder holds a run with other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _begin(network, config, folder)
    if config.share(run.step, run.elapsed_s) >= 1:
        return run.average
    metrics = Metrics(folder / "metrics.jsonl", keep_until=run.step)
    crop = Crop("square", config.margin, config.image_px)
    pairs = list(samples(held_out, crop, config.evaluate_pairs))
    drawn = SelfBlendBatches(train_faces, crop, config.batch, config.seed, run.step, encode=config.encode)
    batches = load(drawn, workers)
    since, saved = time.monotonic() - run.elapsed_s, time.monotonic()
    while (share := config.share(run.step, run.elapsed_s)) < 1:
        images, labels = next(batches)
        loss = _step(run, images, labels, share)
        run.step += 1
        run.elapsed_s = time.monotonic() - since
        run.losses.append(loss)
        if run.step % LOG_EVERY == 0:
            mean, run.losses = sum(run.losses) / len(run.losses), []
            metrics.add(run.step, elapsed_s=round(run.elapsed_s, 1), loss=mean, rate=config.rate(run.step, share))
        if config.evaluate_every and run.step % config.evaluate_every == 0:
            facts = evaluate(scorer(run.average.network), pairs).facts()
            metrics.add(run.step, elapsed_s=round(run.elapsed_s, 1), **facts)
        due = config.save_every and run.step % config.save_every == 0
        if due or time.monotonic() - saved > config.save_every_s:
            checkpoint.save(folder / checkpoint.NAME, run.state())
            saved = time.monotonic()
        if tell is not None:
            tell(run.step, min(share, 1.0), loss)
    checkpoint.save(folder / checkpoint.NAME, run.state())
    return run.average


def _begin(network: Ed, config: TrainingConfig, folder: Path) -> Run:
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    run = Run(config, network, Average(network, config.decay), _optimizer(network, config))
    state = checkpoint.load(folder / checkpoint.NAME)
    if state is None:
        return run
    _same_settings(json.loads(state["config"]), asdict(config))
    network.load_state_dict(state["network"])
    run.average.network.load_state_dict(state["average"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.step, run.elapsed_s, run.losses = state["step"], state["elapsed_s"], list(state["losses"])
    return run


def _same_settings(was: dict[str, object], now: dict[str, object]) -> None:
    if different := [f"{name}: {was.get(name)!r}, now {now[name]!r}" for name in now if was.get(name) != now[name]]:
        raise RunDiffers(f"this folder holds a run with other settings ({'; '.join(different)})")


def _optimizer(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW; biases and normalisation are not decayed."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    other = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": other, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def _step(run: Run, images: Tensor, labels: Tensor, share: float) -> float:
    config, network = run.config, run.network
    network.train()
    for group in run.optimizer.param_groups:
        group["lr"] = config.rate(run.step, share)
    with torch.autocast("cpu", torch.bfloat16, enabled=config.precision == "bfloat16"):
        shown = _shrunk(normalised(images), config.early_px if share < config.early_until else config.image_px)
        loss = _loss(network, shown, labels, config, joined=share >= config.join)
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), config.clip)
    run.optimizer.step()
    run.average.update(network, run.step)
    return float(loss.detach())


def _shrunk(images: Tensor, size_px: int) -> Tensor:
    if size_px >= images.shape[-1]:
        return images
    smaller = functional.interpolate(images, (size_px, size_px), mode="bilinear", antialias=True)
    return smaller.contiguous(memory_format=torch.channels_last)


def _loss(network: Ed, images: Tensor, labels: Tensor, config: TrainingConfig, joined: bool) -> Tensor:
    """Cross-entropy plus the reconstruction's error. The decoder ends in a ReLU: it can give the positive part only."""
    shown = images if joined else images[:: max(len(images) // REBUILT_EARLY, 1)]
    rebuilt = network.decoder(network.encoder(shown))
    logits = logits_both(network, images, rebuilt) if joined else logits_direct(network, images)
    error = functional.mse_loss(rebuilt.float(), functional.relu(shown))
    classified = functional.cross_entropy(logits.float(), labels, label_smoothing=config.smoothing)
    return classified + config.rebuild_weight * error
