from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from genconvit.method import Crop
from genconvit.records import FoundFace, Pixels
from genconvit.training import checkpoint, loop
from genconvit.training.batches import SelfBlendBatches, load
from genconvit.training.blended import Blended
from genconvit.training.checkpoint import CheckpointDamaged
from genconvit.training.config import ConfigUnfit, TrainingConfig, filled
from genconvit.training.data import Measured, Watched
from genconvit.training.export import trained_on
from genconvit.training.loop import Run, RunDiffers, RunFailed, train
from genconvit.training.metrics import Metrics, read
from genconvit.training.model import Average
from genconvit.training.prepare import Sets, prepare
from genconvit.training.start import started
from genconvit.training.validation import Score

CONFIG = TrainingConfig(
    backbone="test_resnet",
    image_px=64,
    early_px=32,
    early_until=0.4,
    join=0.7,
    batch=4,
    steps=6,
    warm_up=2,
    evaluate_every=3,
    evaluate_pairs=2,
    save_every=3,
)


class Killed(Exception):
    pass


def find_middle(pixels: Pixels) -> Sequence[FoundFace]:
    """A finder that sees every drawn face where it is: the drawings are 96 px wide and laid into the middle."""
    left, top = pixels.shape[1] // 2 - 24, pixels.shape[0] // 2 - 32
    return [FoundFace((left, top, left + 48, top + 60), 0.9)]


@pytest.fixture(scope="module")
def sets(photographs_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return prepare([photographs_folder], tmp_path_factory.mktemp("cache") / "boxes.json", find_middle)


def run(sets: Sets, folder: Path, config: TrainingConfig = CONFIG, **options: Any) -> Average:
    done: Run = train(started(config, None)[0], Blended(sets), config, folder, workers=0, **options)
    return done.average


@pytest.fixture(scope="module")
def whole(sets: Sets, tmp_path_factory: pytest.TempPathFactory) -> tuple[Average, Path]:
    folder = tmp_path_factory.mktemp("whole")
    return run(sets, folder), folder


def same(one: Average, other: Average) -> bool:
    first, second = one.network.state_dict(), other.network.state_dict()
    return all(torch.equal(first[key], second[key]) for key in first)


def test_the_split_keeps_faces_apart(sets: Sets) -> None:
    train_keys = {photograph.key for photograph in sets.train.photographs}
    held_keys = {photograph.key for photograph in sets.held_out.photographs}
    assert train_keys and held_keys and not train_keys & held_keys
    assert len(train_keys) + len(held_keys) == 24


def evaluations(folder: Path) -> list[dict[str, float]]:
    return [entry for entry in read(folder / "metrics.jsonl") if "auc" in entry]


@pytest.mark.parametrize("last_step", [1, 4, 5])
def test_a_stopped_run_ends_like_one_that_was_not(
    last_step: int, sets: Sets, whole: tuple[Average, Path], tmp_path: Path
) -> None:
    def kill(step: int, share: float, loss: float) -> None:
        if step == last_step:
            raise Killed

    with pytest.raises(Killed):
        run(sets, tmp_path, tell=kill)
    resumed = run(sets, tmp_path)
    average, folder = whole
    assert same(resumed, average)
    areas = [[(entry["step"], entry["auc"]) for entry in evaluations(path)] for path in (tmp_path, folder)]
    assert areas[0] == areas[1] and len(areas[0]) == 2


@pytest.mark.parametrize(("save_every_s", "kept"), [(0.0, 2), (240.0, None)])
def test_a_run_is_saved_by_the_clock(save_every_s: float, kept: int | None, sets: Sets, tmp_path: Path) -> None:
    def kill(step: int, share: float, loss: float) -> None:
        if step == 2:
            raise Killed

    with pytest.raises(Killed):
        run(sets, tmp_path, replace(CONFIG, evaluate_every=0, save_every=0, save_every_s=save_every_s), tell=kill)
    state = checkpoint.load(tmp_path / checkpoint.NAME)
    assert (state and state["step"]) == kept


@pytest.mark.parametrize("last_step", [3, 6])
def test_a_run_killed_in_an_evaluation_has_lost_no_step_and_makes_up_for_it(
    last_step: int, sets: Sets, whole: tuple[Average, Path], tmp_path: Path
) -> None:
    config = replace(CONFIG, save_every=0)

    class Slow(Blended):
        def watched(self, config: TrainingConfig) -> Watched:
            watched = super().watched(config)
            measures = iter(range(3, last_step, 3))

            def measure(score: Score) -> Measured:
                if next(measures, None) is None:
                    raise Killed
                return watched.measure(score)

            return cast("Watched", SimpleNamespace(measure=measure))

    class Counted(Blended):
        built = 0

        def watched(self, config: TrainingConfig) -> Watched:
            Counted.built += 1
            return super().watched(config)

    with pytest.raises(Killed):
        train(started(config, None)[0], Slow(sets), config, tmp_path, workers=0)
    state = checkpoint.load(tmp_path / checkpoint.NAME)
    assert state is not None and state["step"] == last_step
    average, folder = whole
    assert same(train(started(config, None)[0], Counted(sets), config, tmp_path, workers=0).average, average)
    assert Counted.built == 1, "what is watched takes long to make"
    areas = [[(entry["step"], entry["auc"]) for entry in evaluations(path)] for path in (tmp_path, folder)]
    assert areas[0] == areas[1] and len(areas[0]) == 2


def test_a_finished_run_is_not_trained_on(sets: Sets, whole: tuple[Average, Path]) -> None:
    average, folder = whole
    assert same(run(sets, folder), average)


def test_other_settings_do_not_go_on_in_the_same_folder(sets: Sets, whole: tuple[Average, Path]) -> None:
    other = replace(CONFIG, seed=2)
    with pytest.raises(RunDiffers, match="seed: 1, now 2"):
        run(sets, whole[1], other)


def test_how_often_to_save_may_change(sets: Sets, whole: tuple[Average, Path]) -> None:
    assert same(run(sets, whole[1], replace(CONFIG, save_every=1)), whole[0])


@pytest.mark.parametrize("changed", ["start", "data"])
def test_another_start_or_other_photographs_do_not_go_on(changed: str, sets: Sets, whole: tuple[Average, Path]) -> None:
    fewer = replace(sets, train=replace(sets.train, photographs=sets.train.photographs[1:], boxes=sets.train.boxes[1:]))
    with pytest.raises(RunDiffers, match=changed):
        run(fewer if changed == "data" else sets, whole[1], start="elsewhere" if changed == "start" else "")


def test_a_checkpoint_of_before_the_newer_settings_goes_on(
    sets: Sets, whole: tuple[Average, Path], tmp_path: Path
) -> None:
    state = checkpoint.load(whole[1] / checkpoint.NAME)
    assert state is not None
    settings = json.loads(state["config"])
    for name in ("network", "schedule", "accumulate", "encode"):
        del settings[name]
    assert filled(settings) == asdict(CONFIG)
    old = {key: value for key, value in state.items() if key not in ("origin", "right", "images")}
    checkpoint.save(tmp_path / checkpoint.NAME, {**old, "config": json.dumps(settings)})
    assert same(run(sets, tmp_path), whole[0])


@pytest.mark.parametrize("spoilt", ["settings", "network"])
def test_a_checkpoint_that_does_not_hold_what_it_says_is_named(
    spoilt: str, sets: Sets, whole: tuple[Average, Path], tmp_path: Path
) -> None:
    state = checkpoint.load(whole[1] / checkpoint.NAME)
    assert state is not None
    few = {key: value[..., :1] if value.ndim else value for key, value in state["network"].items()}
    changed = {"config": "[1]"} if spoilt == "settings" else {"network": few}
    checkpoint.save(tmp_path / checkpoint.NAME, {**state, **changed})
    with pytest.raises(CheckpointDamaged, match=r"checkpoint\.pt"):
        run(sets, tmp_path)


def test_the_devices_of_a_run_by_an_older_program_are_not_known(
    sets: Sets, whole: tuple[Average, Path], tmp_path: Path
) -> None:
    state = checkpoint.load(whole[1] / checkpoint.NAME)
    assert state is not None and state.pop("machines") == ["cpu"]
    data, words = Blended(sets), "on a device that was not recorded"
    for step, said in ((6, ""), (5, f", {words} and cpu.")):
        checkpoint.save(tmp_path / checkpoint.NAME, {**state, "step": step})
        done = train(started(CONFIG, None)[0], data, CONFIG, tmp_path, workers=0)
        text = trained_on(data, done)
        assert f"float32{said}" in text if said else words not in text and " on cpu" not in text


def test_a_run_that_goes_on_from_a_small_checkpoint_ends_next_to_the_same(
    sets: Sets, whole: tuple[Average, Path], tmp_path: Path
) -> None:
    def kill(step: int, share: float, loss: float) -> None:
        if step == 4:
            raise Killed

    with pytest.raises(Killed):
        run(sets, tmp_path, tell=kill, packed=True)
    resumed = run(sets, tmp_path).network.state_dict()
    for key, value in whole[0].network.state_dict().items():
        assert torch.allclose(resumed[key].double(), value.double(), atol=2e-3), key


def test_without_an_average_the_network_itself_is_kept(sets: Sets, tmp_path: Path) -> None:
    config = replace(CONFIG, decay=0.0, steps=2)
    done = train(started(config, None)[0], Blended(sets), config, tmp_path, workers=0)
    assert done.average.network is done.network
    assert same(run(sets, tmp_path, config), done.average)


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_its_checkpoint(
    sets: Sets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = loop.gradients
    monkeypatch.setattr(loop, "gradients", lambda *a, **k: (told(*a, **k)[0] * float("nan"), 0))
    with pytest.raises(RunFailed, match="step 1 the loss or its gradient is no number"):
        run(sets, tmp_path)
    assert not (tmp_path / checkpoint.NAME).exists()


def test_a_gradient_that_is_no_number_never_reaches_the_weights(
    sets: Sets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, network = loop.gradients, started(CONFIG, None)[0]

    def spoilt(*arguments: Any, **words: Any) -> tuple[float, int]:
        result = told(*arguments, **words)
        next(p for p in network.parameters() if p.grad is not None).grad.fill_(float("nan"))  # type: ignore[union-attr]
        return result

    monkeypatch.setattr(loop, "gradients", spoilt)
    with pytest.raises(RunFailed, match="gradient is no number"):
        train(network, Blended(sets), replace(CONFIG, clip=0.0), tmp_path, workers=0)
    assert all(torch.isfinite(parameter).all() for parameter in network.parameters())


def test_memory_that_runs_out_is_told_with_what_helps(
    sets: Sets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **words: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(loop, "gradients", full)
    with pytest.raises(RunFailed, match="4 images at once"):
        run(sets, tmp_path)


def test_metrics_hold_loss_and_training_accuracy_and_the_watched_figures(
    sets: Sets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "LOG_EVERY", 2)
    run(sets, tmp_path)
    entries = read(tmp_path / "metrics.jsonl")
    assert [entry["step"] for entry in entries if "loss" in entry] == [2, 4, 6]
    assert all(0 <= entry["train_accuracy"] <= 1 for entry in entries if "loss" in entry)
    watched = evaluations(tmp_path)
    assert [entry["step"] for entry in watched] == [3, 6]
    # Of two pairs: shares of four images and of four orders, of which a tie is half of one.
    assert all({4 * entry["accuracy"], 8 * entry["auc"]} <= set(range(9)) for entry in watched)


def test_training_moves_every_part_of_the_network(sets: Sets, whole: tuple[Average, Path]) -> None:
    before, after = started(CONFIG, None)[0].state_dict(), whole[0].network.state_dict()
    for part in ("encoder.features.0.weight", "decoder.features.8.weight", "fc.weight", "fc2.weight"):
        assert not torch.equal(before[part], after[part])
    half = after["fc.weight"].shape[1] // 2
    assert after["fc.weight"][:, :half].abs().max() > 0


def test_each_batch_is_half_real_and_depends_on_its_step_alone(sets: Sets) -> None:
    batches = SelfBlendBatches(sets.train, Crop("square", 0.1, 32), 4, seed=1, first_step=5)
    images, labels, _ = next(load(batches, 0))
    assert images.shape == (4, 3, 32, 32) and sorted(labels.tolist()) == [0, 0, 1, 1]
    assert torch.equal(images, batches.batch(5)[0])
    assert not torch.equal(images, batches.batch(6)[0])


@pytest.mark.parametrize("first", [0, 5])
def test_batches_come_in_order_of_step_wherever_a_run_begins(first: int, sets: Sets) -> None:
    batches = SelfBlendBatches(sets.train, Crop("square", 0.1, 32), 4, seed=1, first_step=first)
    for step, made in enumerate(islice(load(batches, 0), 3), start=first):
        again = batches.batch(step)
        assert torch.equal(made.images, again.images) and torch.equal(made.labels, again.labels)


def test_a_photograph_and_its_fake_stand_in_neighbouring_batches(sets: Sets) -> None:
    batches = SelfBlendBatches(sets.train, Crop("square", 0.1, 32), 4, seed=1, first_step=0)
    (first, said, _), (second, other, _) = batches.batch(8), batches.batch(9)
    assert torch.equal(said, 1 - other)
    apart = (first.float() - second.float()).abs().mean(dim=(1, 2, 3))
    strangers = (first.float() - second.float().roll(1, 0)).abs().mean(dim=(1, 2, 3))
    assert (apart < strangers).all()


def test_metrics_after_the_checkpoint_are_dropped_and_a_half_line_too(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path, keep_until=0)
    for step in (1, 2, 3):
        metrics.add(step, loss=0.5)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"step": 4, "lo')
    assert [entry["step"] for entry in read(path)] == [1, 2, 3]
    Metrics(path, keep_until=2)
    assert [entry["step"] for entry in read(path)] == [1, 2]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": 0}, "number of steps"),
        ({"batch": 3}, "pairs"),
        ({"batch": 0}, "pairs"),
        ({"batch": 8, "accumulate": 3}, "8 images cannot be computed in 3 parts"),
        ({"accumulate": 0}, "parts"),
        ({"image_px": 100}, "multiples"),
        ({"early_px": 16}, "multiples"),
        ({"network": "swin"}, "ed or vae"),
        ({"network": "vae"}, "one size"),
        ({"schedule": "steps"}, "schedule"),
        ({"precision": "float8"}, "precision"),
        ({"seed": -1}, "seed"),
        ({"learning_rate": float("nan")}, "learning rate"),
        ({"decay": 1.0}, "decay of the average of 1"),
        ({"smoothing": -0.1}, "label smoothing of -0.1"),
        ({"clip": -1.0}, "below 0"),
        ({"steps": 0, "minutes": float("nan")}, "minutes, not 0 and nan"),
        ({"steps": 0, "minutes": float("inf")}, "minutes, not 0 and inf"),
        ({"steps": -1, "minutes": 2.0}, "steps or of minutes, not -1"),
        ({"join": -3.0}, "join of the reconstruction at -3: must be a share"),
        ({"join": 1.5}, "must be a share"),
        ({"early_until": float("nan")}, "end of the early size at nan: must be a share"),
        ({"evaluate_every": -1}, "how often"),
        ({"save_every": -1}, "how often"),
        ({"save_every_s": float("nan")}, "how often"),
        ({"evaluate_pairs": 0}, "needs a pair"),
    ],
)
def test_settings_that_make_no_run_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigUnfit, match=words):
        replace(CONFIG, **wrong)


def test_a_constant_schedule_rises_and_stays() -> None:
    config = replace(CONFIG, schedule="constant")
    rates = [config.rate(step, step / 100) for step in range(100)]
    assert rates[0] < rates[1] == rates[99] == config.learning_rate


def test_the_rate_rises_then_falls() -> None:
    rates = [CONFIG.rate(step, step / 100) for step in range(100)]
    assert rates[0] < rates[1] and rates[2] > rates[50] > rates[99] > 0
    assert max(rates) <= CONFIG.learning_rate
