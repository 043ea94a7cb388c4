"""The training loop. It can be stopped at any moment and goes on from its last checkpoint as if it had not been.

Whatever is random depends on seed and step alone, so nothing of it has to be kept. On a CPU a run by steps is the same
to the last bit, stopped or not; on a GPU up to the order in which it adds.
"""

from __future__ import annotations

import contextlib
import gc
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from genconvit.devices import Device
from genconvit.networks import Ed, Vae
from genconvit.training import checkpoint
from genconvit.training.batches import LabelledImages, load
from genconvit.training.checkpoint import CheckpointDamaged
from genconvit.training.config import TrainingConfig, filled
from genconvit.training.data import DataUnusable, TrainingData, Watched
from genconvit.training.locating import Locator, NothingToAsk
from genconvit.training.losses import Batch, draw_batch_noise, located_loss
from genconvit.training.metrics import Metrics, read
from genconvit.training.model import Average, backbone_of, normalised, scorer
from genconvit.training.photographs import PhotographsUnreadable

LOG_EVERY = 20
METRICS = "metrics.jsonl"
UNKNOWN = "a device that was not recorded"
Tell = Callable[[int, float, float], None]
"""Step, share of the run done, loss."""
CPU = Device(torch.device("cpu"), "cpu")
FREE = ("evaluate_every", "evaluate_pairs", "save_every", "save_every_s")
"""Settings that may differ when a run goes on: they do not touch the weights."""


class RunDiffers(Exception):
    """A checkpoint was made by a run with other settings, data or start; the text names them."""


class RunFailed(Exception):
    """A run that cannot go on; the text says why. Its last checkpoint stands."""


@dataclass(slots=True)
class Tally:
    """Since the last line of metrics."""

    losses: list[float] = field(default_factory=list)
    right: int = 0
    images: int = 0


@dataclass(slots=True)
class Run:
    """A run's moving parts."""

    config: TrainingConfig
    origin: dict[str, str]
    """Where it started and what it is trained on; a run goes on with the same only."""
    network: Ed | Vae
    average: Average
    locator: Locator | None
    optimizer: torch.optim.Optimizer
    device: torch.device
    step: int = 0
    elapsed_s: float = 0.0
    tally: Tally = field(default_factory=Tally)
    machines: list[str] = field(default_factory=list)
    """The devices that it ran on, in words."""

    def state(self) -> dict[str, object]:
        return {
            "config": self.config.to_json(),
            "origin": dict(self.origin),
            "network": self.network.state_dict(),
            "average": self.average.network.state_dict(),
            "locator": self.locator.state_dict() if self.locator else {},
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "losses": list(self.tally.losses),
            "right": self.tally.right,
            "images": self.tally.images,
            "machines": list(self.machines),
        }


def train(
    network: Ed | Vae,
    data: TrainingData,
    config: TrainingConfig,
    folder: Path,
    *,
    start: str = "",
    device: Device = CPU,
    workers: int = 1,
    packed: bool = False,
    tell: Tell | None = None,
) -> Run:
    """Train until the run's end; ``average.network`` of what comes back is the result.

    Args:
        network: at its start; a checkpoint in ``folder`` replaces it.
        folder: gets ``checkpoint.pt``, which is at most ``save_every_s`` and one step behind, and ``metrics.jsonl``.
        start: what the network started from, in words.
        workers: processes that make batches.
        packed: whether checkpoints are small ones, see :mod:`genconvit.training.checkpoint`.

    Raises:
        RunDiffers: the folder holds a run with other settings, data or start.
        RunFailed: memory ran out, or the loss is no number any more.
        CheckpointDamaged, DataUnusable, OSError
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _memory_told(config, device.name):
        run = _begin(network, data, config, folder, start, device.torch_device)
    missing, done = _unmeasured(run, folder / METRICS), config.share(run.step, run.elapsed_s) >= 1
    if done and not missing:
        return run
    metrics = Metrics(folder / METRICS, keep_until=run.step)
    watched = data.watched(config)
    if missing:
        _measure(run, watched, metrics)
    if done:
        return run
    run.machines = list(dict.fromkeys([*run.machines, device.name]))
    batches = load(data.batches(config, run.step), workers)
    since, saved = time.monotonic() - run.elapsed_s, time.monotonic()
    while (share := config.share(run.step, run.elapsed_s)) < 1:
        made = _next(batches)
        with _memory_told(config, device.name):
            loss = _step(run, made, share)
        run.step += 1
        run.elapsed_s = time.monotonic() - since
        if run.step % LOG_EVERY == 0:
            _log(run, metrics, config.rate(run.step, share))
        measured = _falls_on(run.step, config.evaluate_every)
        # Before the evaluation, which may take longer than a run may go unsaved.
        if measured or _falls_on(run.step, config.save_every) or time.monotonic() - saved >= config.save_every_s:
            checkpoint.save(folder / checkpoint.NAME, run.state(), packed=packed)
            saved = time.monotonic()
        if measured:
            _measure(run, watched, metrics)
        if tell is not None:
            tell(run.step, min(share, 1.0), loss)
    checkpoint.save(folder / checkpoint.NAME, run.state(), packed=packed)
    return run


def gradients(
    network: Ed | Vae, batch: Batch, config: TrainingConfig, joined: bool, locator: Locator | None = None
) -> tuple[float, int]:
    """Add a batch's gradients to the network's, in as many parts as the settings say.

    Returns:
        The batch's loss, and how many of its images were told right.
    """
    total, right = 0.0, 0
    size = len(batch.images) // config.accumulate
    for start in range(0, len(batch.images), size):
        with torch.autocast(batch.images.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
            loss, hits = located_loss(network, locator, batch, slice(start, start + size), config, joined)
        loss.backward()  # type: ignore[no-untyped-call]
        total, right = total + float(loss.detach()), right + hits
    return total, right


def _begin(
    network: Ed | Vae, data: TrainingData, config: TrainingConfig, folder: Path, start: str, device: torch.device
) -> Run:
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    origin = {"start": start, "data": data.digest}
    locator = _locator(network, config, device)
    optimizer = _optimizer(nn.ModuleList([network, locator] if locator else [network]), config)
    run = Run(config, origin, network, Average(network, config.decay), locator, optimizer, device)
    state = checkpoint.load(folder / checkpoint.NAME)
    if state is None:
        return run
    _same(filled(_settings(state, folder)), asdict(config))
    _same({**origin, **state.get("origin", {})}, origin)
    shapes = {key: value.shape for key, value in network.state_dict().items()}
    if shapes != {key: value.shape for key, value in state["network"].items()}:
        raise CheckpointDamaged(f"{folder / checkpoint.NAME} holds another network than its settings name")
    network.load_state_dict(state["network"])
    run.average.network.load_state_dict(state["average"])
    if locator:
        locator.load_state_dict(state["locator"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.step, run.elapsed_s = state["step"], state["elapsed_s"]
    run.tally = Tally(list(state["losses"]), state.get("right", 0), state.get("images", 0))
    run.machines = list(state.get("machines", [UNKNOWN]))
    return run


def _settings(state: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    try:
        settings = json.loads(state["config"])
    except ValueError:
        settings = None
    if not isinstance(settings, dict):
        raise CheckpointDamaged(f"{folder / checkpoint.NAME} does not hold the settings of a training run")
    return settings


def _same(was: Mapping[str, object], now: Mapping[str, object]) -> None:
    changed = [name for name in now if was[name] != now[name] and name not in FREE]
    if different := [f"{name}: {was[name]!r}, now {now[name]!r}" for name in changed]:
        raise RunDiffers(f"this folder holds a run with other settings or data ({'; '.join(different)})")


def _locator(network: Ed | Vae, config: TrainingConfig, device: torch.device) -> Locator | None:
    if config.locate == 0:
        return None
    try:
        return Locator(backbone_of(network)).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
    except NothingToAsk as error:
        raise RunFailed(f"the network cannot learn where a face was altered: {error}") from None


def _optimizer(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW; biases and normalisation are not decayed."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    other = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": other, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def _next(batches: Iterator[LabelledImages]) -> LabelledImages:
    """The next batch. What went wrong in a process that makes them arrives as a whole traceback: the last line of it is
    what happened."""
    failure: Exception
    try:
        return next(batches)
    except (DataUnusable, PhotographsUnreadable) as error:
        last = str(error).strip().splitlines()[-1]
        failure = DataUnusable(last.partition(f"{type(error).__name__}: ")[2] or last)
    except RuntimeError as error:
        if "DataLoader worker" not in str(error):
            raise
        failure = RunFailed("a process that makes images ended, perhaps because memory ran out")
    # Out of the handler first: the error holds the frames that hold the processes, in a circle.
    gc.collect()
    raise failure


def _step(run: Run, made: LabelledImages, share: float) -> float:
    config, network = run.config, run.network
    network.train()
    for group in run.optimizer.param_groups:
        group["lr"] = config.rate(run.step, share)
    noise = draw_batch_noise(network, len(made.images), config.seed, run.step)
    shown = normalised(made.images.to(run.device))
    shown = _shrunk(shown, config.early_px if share < config.early_until else config.image_px)
    placed, altered = (None if given is None else given.to(run.device) for given in (noise, made.altered))
    batch = Batch(shown, made.labels.to(run.device), placed, altered)
    run.optimizer.zero_grad(set_to_none=True)
    loss, right = gradients(network, batch, config, share >= config.join, run.locator)
    trained = [values for group in run.optimizer.param_groups for values in group["params"]]
    norm = nn.utils.clip_grad_norm_(trained, config.clip or math.inf)
    if not math.isfinite(loss) or not math.isfinite(float(norm)):
        # Before the optimizer takes it: one such number spreads to every weight.
        raise RunFailed(
            f"at step {run.step + 1} the loss or its gradient is no number any more; a lower learning rate or "
            "--precision float32 may help"
        )
    run.optimizer.step()
    run.average.update(network, run.step)
    run.tally.losses.append(loss)
    run.tally.right += right
    run.tally.images += len(made.images)
    return loss


def _falls_on(step: int, every: int) -> bool:
    return every > 0 and step % every == 0


def _unmeasured(run: Run, path: Path) -> bool:
    """Whether a run goes on from a step whose evaluation is missing: the checkpoint is written before it."""
    if run.step == 0 or not _falls_on(run.step, run.config.evaluate_every):
        return False
    return not any(entry["step"] == run.step and "auc" in entry for entry in read(path))


def _measure(run: Run, watched: Watched, metrics: Metrics) -> None:
    facts = watched.measure(scorer(run.average.network)).facts()
    metrics.add(run.step, elapsed_s=round(run.elapsed_s, 1), **facts)


def _log(run: Run, metrics: Metrics, rate: float) -> None:
    tally, run.tally = run.tally, Tally()
    figures = {"loss": sum(tally.losses) / len(tally.losses), "rate": rate}
    if tally.images:
        figures["train_accuracy"] = tally.right / tally.images
    metrics.add(run.step, elapsed_s=round(run.elapsed_s, 1), **figures)


def _shrunk(images: Tensor, size_px: int) -> Tensor:
    if size_px >= images.shape[-1]:
        return images
    smaller = functional.interpolate(images, (size_px, size_px), mode="bilinear", antialias=True)
    return smaller.contiguous(memory_format=torch.channels_last)


@contextlib.contextmanager
def _memory_told(config: TrainingConfig, device: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not isinstance(error, MemoryError | torch.OutOfMemoryError) and "allocate memory" not in str(error):
            raise
        at_once = config.batch // config.accumulate
    else:
        return
    # Out of the handler first: the error holds the frames that hold the memory.
    raise RunFailed(f"memory ran out on {device} with {at_once} images at once; a larger --accumulate takes less")
